import assert from "node:assert/strict";
import { test } from "node:test";
import { recogniseHeader } from "../../src/feeds/recorded-header.ts";
import { readRow, readStamp, type RowContext } from "../../src/feeds/recorded-row.ts";
import { cairoIsoOf } from "../../src/market/cairo-time.ts";
import { parseInterval } from "../../src/market/interval.ts";

const ingested = "2026-01-01T00:00:00.000Z";

/** The start of the bar of a row of `column`, as Cairo writes it, or the code of its refusal. */
function startOf(column: string, text: string, interval: string): string {
  const context: RowContext = {
    columns: recogniseHeader(["symbol", column, "close"], "prices.csv"),
    facts: {
      interval: parseInterval(interval),
      source: "csv:prices.csv",
      exchange: "EGX",
      currency: "EGP",
      adjusted: "splits",
    },
    selection: { symbols: null, fromDay: -Infinity, toDay: Infinity },
    symbol: "",
  };
  const row = readRow(["COMI", text, "5"], context, { line: 2, ingested });
  assert.ok(row !== null);
  return "kind" in row ? row.error.code : cairoIsoOf(row.startMs);
}

const cases: readonly (readonly [string, string, string, string])[] = [
  ["ts_utc", "2025-08-03 07:19:00", "1m", "2025-08-03T10:19:00+03:00"],
  ["ts_utc", "2025-11-24 08:00:00", "1m", "2025-11-24T10:00:00+02:00"],
  ["ts_cairo", "2025-08-03T10:19", "1m", "2025-08-03T10:19:00+03:00"],
  ["Datetime", "2025-08-03 10:19:00", "1m", "2025-08-03T10:19:00+03:00"],
  ["timestamp", "2025-08-03T07:19:00.000Z", "1m", "2025-08-03T10:19:00+03:00"],
  ["time", "1754205540", "1m", "2025-08-03T10:19:00+03:00"],
  ["time", "1754205540000", "1m", "2025-08-03T10:19:00+03:00"],
  ["date", "2025-11-24", "1d", "2025-11-24T10:00:00+02:00"],
  ["date", "2025-08-03", "1d", "2025-08-03T10:00:00+03:00"],
  ["ts_utc", "2025-08-03", "1d", "2025-08-03T10:00:00+03:00"],
  // Cairo's midnight in UTC, as Yahoo stamps a day: the UTC date would be the day before.
  ["ts_utc", "2025-08-02 21:00:00", "1d", "2025-08-03T10:00:00+03:00"],
  ["date", "2025-11-23T22:00:00Z", "1d", "2025-11-24T10:00:00+02:00"],
  ["date", "2025-11-24T00:00:00+02:00", "1d", "2025-11-24T10:00:00+02:00"],
  // Midnight of this date is skipped by daylight saving; the date is not.
  ["date", "2024-04-26 00:00:00", "1d", "2024-04-26T10:00:00+03:00"],
  ["ts_cairo", "2024-04-26 00:30", "1m", "E_BAR_TIME"],
  ["ts_utc", "2024-04-26 00:30", "1m", "2024-04-26T03:30:00+03:00"],
  ["date", "2025-11-26", "1w", "2025-11-23T10:00:00+02:00"],
  ["date", "2025-11-26", "1mo", "2025-11-01T10:00:00+02:00"],
  ["date", "2025-02-29", "1d", "E_BAR_TIME"],
  ["date", "24.11.2025", "1d", "E_BAR_TIME"],
];

for (const [column, text, interval, expected] of cases) {
  test(`${column} "${text}" of a ${interval} bar is ${expected}`, () => {
    assert.equal(startOf(column, text, interval), expected);
  });
}

test("the date of a stamp is Cairo's", () => {
  assert.equal(readStamp("2025-11-24T23:30Z", "cairo")?.day, readStamp("2025-11-25", "cairo")?.day);
  assert.equal(readStamp("2025-11-24 23:30", "utc")?.day, readStamp("2025-11-25", "utc")?.day);
  assert.equal(readStamp("2025-11-24 23:30", "cairo")?.day, readStamp("2025-11-24", "cairo")?.day);
});
