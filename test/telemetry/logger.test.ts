import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError } from "../../src/base/errors.ts";
import { createLogger, type LogLevel } from "../../src/telemetry/logger.ts";

const clock = { ...systemClock, nowMs: () => Date.UTC(2025, 10, 24, 8) };

function linesOf(level: LogLevel, pretty: boolean): string[] {
  const lines: string[] = [];
  const logger = createLogger({
    level,
    clock,
    write: (line) => lines.push(line),
    ...(pretty ? { pretty: ({ level, text, facts }) => `${level}|${text}|${facts}` } : {}),
  });
  const error = new EgxError("E_LOG_BUSY", "held", { cause: new Error("locked") });
  logger.error("failed", { error });
  logger.warn("slow", { waitMs: 5, password: "hunter2", accessKey: "AKIA" });
  logger.info("news", { codes: new Map([["E_BAR_PRICE", 2]]) });
  logger.debug("detail");
  return lines;
}

for (const pretty of [false, true]) {
  test(`${pretty ? "pretty" : "JSON"} lines: levels, errors unfolded, secrets hidden`, () => {
    const counts = (["silent", "error", "warn", "info", "debug"] as const).map(
      (level) => linesOf(level, pretty).length,
    );
    assert.deepEqual(counts, [0, 1, 2, 3, 4]);
    const lines = linesOf("debug", pretty);
    assert.ok(lines.every((line) => line.endsWith("\n")));
    const text = lines.join("");
    assert.ok(!/hunter2|AKIA/.test(text));
    assert.match(text, /E_LOG_BUSY/);
    assert.match(text, /locked/);
    assert.match(text, /"E_BAR_PRICE":2/);
  });
}

test("a JSON line has level, time in UTC, text and facts", () => {
  assert.deepEqual(JSON.parse(linesOf("warn", false)[1] ?? ""), {
    level: "warn",
    time: "2025-11-24T08:00:00.000Z",
    waitMs: 5,
    password: "[hidden]",
    accessKey: "[hidden]",
    text: "slow",
  });
});
