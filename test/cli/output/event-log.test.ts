import assert from "node:assert/strict";
import { test } from "node:test";
import { EgxError } from "../../../src/base/errors.ts";
import { logEvents } from "../../../src/cli/output/event-log.ts";
import type { Logger } from "../../../src/telemetry/logger.ts";

/** A logger that keeps what it is told, level by level. */
function keptLogger(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (text: string) => {
    lines.push(`${level}: ${text}`);
  };
  const logger = { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
  return { logger, lines };
}

const unknown = new EgxError("E_FEED_SYMBOL_UNKNOWN", "invalid symbol");
const failed = (symbol: string, error = unknown) =>
  ({ kind: "symbol-failed", symbol, error }) as const;

test("who goes on for ever warns of a symbol that cannot be had, once for each reason", () => {
  const { logger, lines } = keptLogger();
  const tell = logEvents(logger, { endless: true });
  for (const event of [failed("NOPE"), failed("NOPE"), failed("ALSO")]) tell(event);
  tell(failed("NOPE", new EgxError("E_FEED_TIMEOUT", "no answer")));
  assert.deepEqual(lines, [
    "warn: NOPE: could not be had (E_FEED_SYMBOL_UNKNOWN)",
    "debug: NOPE: could not be had (E_FEED_SYMBOL_UNKNOWN)",
    "warn: ALSO: could not be had (E_FEED_SYMBOL_UNKNOWN)",
    "warn: NOPE: could not be had (E_FEED_TIMEOUT)",
  ]);
});

test("who ends by itself leaves it to its summary", () => {
  const { logger, lines } = keptLogger();
  logEvents(logger)(failed("NOPE"));
  assert.deepEqual(lines, ["debug: NOPE: could not be had (E_FEED_SYMBOL_UNKNOWN)"]);
});

test("a feed that names itself in its error is named once", () => {
  const { logger, lines } = keptLogger();
  const tell = logEvents(logger);
  const error = new EgxError("E_FEED_UNREACHABLE", "Yahoo (example.com): ENOTFOUND");
  tell({ kind: "retry", operation: "Yahoo", error, attempt: 1, waitMs: 5 });
  tell({ kind: "retry", operation: "commit", error, attempt: 1, waitMs: 5 });
  assert.deepEqual(lines, [
    "warn: Yahoo (example.com): ENOTFOUND; tried again (attempt 1)",
    "warn: commit: Yahoo (example.com): ENOTFOUND; tried again (attempt 1)",
  ]);
});
