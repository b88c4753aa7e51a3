import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../src/base/clock.ts";
import type { EgxError } from "../../src/base/errors.ts";
import type { FeedRequest } from "../../src/feeds/feed.ts";
import { recordedFeed } from "../../src/feeds/recorded.ts";
import { parseInterval, type Interval } from "../../src/market/interval.ts";
import { answerOf, never } from "./events.ts";
import { fileWith } from "./files.ts";

const header = "symbol,ts_utc,open,high,low,close,volume";
const good = "ABUK,2025-08-03 07:19:00,49.12,49.13,49.11,49.11,4696.0";
const next = "ABUK,2025-08-03 07:20:00,49.1,49.1,49.01,49.01,21973.0";

function csv(...lines: readonly string[]): string {
  return [header, ...lines, ""].join("\n");
}

async function interval(t: TestContext, content: string | Uint8Array): Promise<Interval> {
  const path = await fileWith(t, content);
  return recordedFeed({ path, clock: systemClock }).interval();
}

const wrongFiles: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ["an empty file", "", /prices\.csv is empty/],
  ["blank lines alone", "\n\n", /prices\.csv is empty/],
  ["a header alone", `${header}\n`, /has a header and no rows/],
  ["no header", `${good}\n${next}\n`, /no column for the time.*its header is: ABUK,2025/],
  [
    "a misspelt close",
    "symbol,date,clsoe\nCOMI,2025-11-24,5\n",
    /no column for the close; expected one of close, .*"clsoe" comes nearest; its header is: symbol,date,clsoe/,
  ],
  ["two columns of one name", "symbol,date,close,Close\nCOMI,2025-11-24,5,6\n", /two columns/],
  ["dates with slashes", "symbol,date,close\nCOMI,01/02/2025,5\n", /the first is "01\/02\/2025"/],
  [
    "a step of 7 minutes",
    "ticker,time,price\nA,2025-11-24T10:00,5\nA,2025-11-24T10:07,5\n",
    /do not show an interval/,
  ],
  ["a damaged gzip", gzipSync(csv(good)).subarray(0, 40), /is damaged/],
  ["no text at all", Buffer.from("PK\u0003\u0004\u0000\u0001zip\nzap\n"), /its header is: PK/],
];

for (const [title, content, message] of wrongFiles) {
  test(`${title}: E_FILE_FORMAT that says what is wrong`, async (t) => {
    await assert.rejects(interval(t, content), (error: EgxError) => {
      assert.equal(error.code, "E_FILE_FORMAT");
      assert.match(error.message, message);
      assert.equal(error.exitCode, 78);
      return true;
    });
  });
}

test("snapshots of the running day are refused as what they are", async (t) => {
  const text =
    "ts_cairo,ticker,isin,last,close_vwap,prev_close,high,low,volume,value,trades,currency\n" +
    "2026-08-12T15:35,INFI,EGS01041C010,160.7,160.7,168,178.99,160.05,500082,84947291.83,2266,EGP\n";
  await assert.rejects(interval(t, text), (error: EgxError) => {
    assert.equal(error.code, "E_FILE_FORMAT");
    assert.match(error.message, /snapshots of the running day, not bars/);
    return true;
  });
});

test("a file that is not there, or that is a folder, is E_FILE_MISSING", async (t) => {
  const path = await fileWith(t, "");
  for (const wrong of [`${path}.missing`, import.meta.dirname]) {
    const feed = recordedFeed({ path: wrong, clock: systemClock });
    await assert.rejects(feed.interval(), { code: "E_FILE_MISSING" });
    const request: FeedRequest = { symbols: "all", interval: parseInterval("Daily") };
    await assert.rejects(answerOf(feed.history(request, never)), { code: "E_FILE_MISSING" });
  }
});

test(
  "a file that may not be read is E_FILE_MISSING",
  { skip: process.getuid?.() === 0 ? "root may read everything" : false },
  async (t) => {
    const path = await fileWith(t, csv(good));
    await chmod(path, 0);
    const feed = recordedFeed({ path, clock: systemClock });
    await assert.rejects(feed.interval(), { code: "E_FILE_MISSING" });
  },
);

test("a speed that is no number from 0 up is refused", async () => {
  for (const speed of [-1, Number.NaN]) {
    const make = (): unknown => recordedFeed({ path: "prices.csv", clock: systemClock, speed });
    assert.throws(make, { code: "E_USAGE" });
  }
});
