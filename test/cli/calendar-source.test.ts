import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { readCalendar } from "../../src/cli/calendar-source.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { temporaryFolder } from "./run-egx.ts";

/** What is logged when the calendar is read at an instant. */
async function toldAt(instant: string, path?: string): Promise<string> {
  const clock = { ...systemClock, nowMs: () => Date.parse(instant) };
  const lines: string[] = [];
  const logger = createLogger({ level: "warn", clock, write: (line) => lines.push(line) });
  await readCalendar(path, { clock, logger });
  return lines.join("");
}

test("a calendar that ends within a month, or has ended, is told of", async () => {
  assert.equal(await toldAt("2027-12-01T12:00:00Z"), "");
  assert.match(await toldAt("2027-12-02T12:00:00Z"), /no closure after 2027-12-31/);
  assert.match(await toldAt("2031-01-05T08:00:00Z"), /no closure after 2027-12-31/);
});

test("an operator's file that knows more is not warned of before its own end", async (t) => {
  const file = join(temporaryFolder(t), "calendar.json");
  await writeFile(file, JSON.stringify({ knownUntil: "2028-06-30" }));
  assert.equal(await toldAt("2028-05-31T12:00:00Z", file), "");
  assert.match(await toldAt("2028-07-02T12:00:00Z", file), /no closure after 2028-06-30/);
});
