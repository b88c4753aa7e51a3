import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { systemClock } from "../../src/base/clock.ts";
import { recordedFeed } from "../../src/feeds/recorded.ts";
import type { Bar } from "../../src/market/bar.ts";
import { answerOf, never, type Answer } from "./events.ts";
import { realFile } from "./files.ts";

const minutes = realFile("egx-1min.csv.gz");
const days = realFile("egx-daily.csv.gz");
const index = realFile("egx-index-5min.csv.gz");
const snapshots = realFile("egx-official-snapshots-15min.csv.gz");

async function all(path: string): Promise<Answer> {
  const feed = recordedFeed({ path, clock: systemClock });
  return answerOf(feed.history({ symbols: "all", interval: await feed.interval() }, never));
}

/** The file's rows, taken apart by nothing but commas. */
function rowsOf(path: string): readonly (readonly string[])[] {
  const text = gunzipSync(readFileSync(path)).toString();
  return text
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
}

function number(text: string | undefined): number | null {
  return text === undefined || text === "" ? null : Number(text);
}

test("the 1-minute file: every row is a bar", { skip: minutes.skip }, async () => {
  const rows = rowsOf(minutes.path);
  const { bars, rejected } = await all(minutes.path);
  assert.equal(bars.length, 164_588);
  assert.deepEqual(rejected, []);
  assert.equal(bars[0]?.interval.name, "1 Minute");
  const expected = rows.map(([symbol, time = "", ...values]) =>
    [symbol, Date.parse(`${time.replace(" ", "T")}Z`), values.map(number)].flat(),
  );
  assert.deepEqual(bars.map(valuesOf), expected);
});

test("the daily file: every row is a bar or refused", { skip: days.skip }, async () => {
  const rows = rowsOf(days.path);
  const { bars, rejected } = await all(days.path);
  assert.equal(bars.length + rejected.length, 204_329);
  assert.equal(bars[0]?.interval.name, "Daily");
  // 12 opens of 0 and 5 highs of 0.
  const isBad = (row: readonly string[]): boolean => row.slice(2, 6).includes("0");
  const bad = rows.filter(isBad);
  assert.equal(bad.length, 17);
  assert.deepEqual(
    rejected.map(({ symbol, error }) => [symbol, error.code]),
    bad.map(([symbol]) => [symbol, "E_BAR_PRICE"]),
  );
  const expected = rows
    .filter((row) => !isBad(row))
    .map(([symbol, date = "", ...values]) =>
      [
        symbol,
        Temporal.ZonedDateTime.from(`${date}T10:00[Africa/Cairo]`).epochMilliseconds,
        values.slice(0, 5).map(number),
      ].flat(),
    );
  assert.deepEqual(bars.map(valuesOf), expected);
});

test("the index file: closes in Cairo's time", { skip: index.skip }, async () => {
  const { bars, rejected } = await all(index.path);
  assert.equal(bars.length, 6873);
  assert.deepEqual(rejected, []);
  const [first] = bars;
  assert.ok(first !== undefined);
  assert.deepEqual(valuesOf(first), [
    "EGX100EWI",
    Date.UTC(2026, 6, 12, 6, 58),
    null,
    null,
    null,
    22067.78,
    null,
  ]);
  assert.equal(first.interval.name, "5 Minute");
});

test("the snapshots are refused as what they are", { skip: snapshots.skip }, async () => {
  const feed = recordedFeed({ path: snapshots.path, clock: systemClock });
  await assert.rejects(feed.interval(), {
    code: "E_FILE_FORMAT",
    message: /snapshots of the running/,
  });
});

test("symbols and dates select from the daily file", { skip: days.skip }, async () => {
  const feed = recordedFeed({ path: days.path, clock: systemClock });
  const symbols = ["COMI", "ABUK", "SWDY"];
  const from = Temporal.PlainDate.from("2024-01-01");
  const request = { symbols, interval: await feed.interval(), from };
  const { bars, failed } = await answerOf(feed.history(request, never));
  const expected = rowsOf(days.path).filter(
    ([symbol = "", date = ""]) => symbols.includes(symbol) && date >= "2024-01-01",
  );
  assert.equal(bars.length, expected.length);
  assert.ok(bars.length > 1500);
  assert.deepEqual(failed, []);
});

function valuesOf(bar: Bar): readonly unknown[] {
  return [bar.symbol, bar.startMs, bar.open, bar.high, bar.low, bar.close, bar.volume];
}
