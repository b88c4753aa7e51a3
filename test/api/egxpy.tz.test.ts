import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { openEgxData, type EgxData } from "../../src/api/egxpy.ts";
import { systemClock, type Clock } from "../../src/base/clock.ts";
import {
  cairoSeconds,
  dailyRow,
  listingOf,
  minuteRows,
  type Row,
} from "../support/tradingview/listings.ts";
import { StandIn } from "../support/tradingview/server.ts";

const dates = ["2026-04-22", "2026-04-23", "2026-04-26", "2026-04-27", "2026-05-03"];
/** After the last of them: all is final. */
const nowMs = Date.UTC(2026, 4, 4, 6);

async function dataOf(
  t: TestContext,
  now = nowMs,
): Promise<{ readonly standIn: StandIn; readonly data: EgxData }> {
  const listings = ["COMI", "ABUK"].map((symbol, place) =>
    listingOf(symbol, {
      "1D": dates.map((date, day): Row => dailyRow(date, place * 10 + day)),
      "1": dates.flatMap((date) => minuteRows(date, place)),
    }),
  );
  const unvalued = listingOf("NOVOL", { "1D": [[cairoSeconds("2026-04-22", 600), 5, 6, 4, 5]] });
  const standIn = await StandIn.start({ listings: [...listings, unvalued], nowMs: () => now });
  t.after(async () => standIn.close());
  const clock: Clock = { ...systemClock, nowMs: () => now };
  const data = openEgxData({ url: standIn.url, clock });
  t.after(async () => data.close());
  return { standIn, data };
}

test("getOhlcvData gives whole bars with Cairo's dates, or why there are none", async (t) => {
  const { data } = await dataOf(t);
  const comi = await data.getOhlcvData("COMI", "EGX", "Daily", 2);
  assert.ok(comi.ok);
  assert.deepEqual(
    comi.bars.map(({ date }) => date.toString()),
    ["2026-04-27", "2026-05-03"],
  );
  const [, last] = comi.bars;
  // Summer time began on 2026-04-24: 10:00 in Cairo is 07:00 in UTC.
  assert.equal(last?.start.toString(), "2026-05-03T07:00:00Z");
  const { open, high, low, close, volume, final, currency, adjusted } = last;
  assert.deepEqual(
    { open, high, low, close, volume, final, currency, adjusted },
    {
      open: 21,
      high: 21.5,
      low: 20.75,
      close: 21.25,
      volume: 1004,
      final: true,
      currency: "EGP",
      adjusted: "splits",
    },
  );
  const none = await data.getOhlcvData("NOSUCH", "EGX", "Daily", 2);
  assert.ok(!none.ok);
  assert.equal(none.error.code, "E_FEED_SYMBOL_UNKNOWN");
  const unvalued = await data.getOhlcvData("NOVOL", "EGX", "Daily", 2);
  assert.deepEqual(unvalued.ok && unvalued.bars.map(({ volume }) => volume), [null]);
});

test("getEgxData gives old ranges, and one bad ticker stops no other", async (t) => {
  const { standIn, data } = await dataOf(t);
  const answers = await data.getEgxData(
    ["COMI", "NOSUCH", "ABUK"],
    "Daily",
    "2026-04-22",
    Temporal.PlainDate.from("2026-04-26"),
  );
  assert.deepEqual(
    answers.map((answer) => [answer.symbol, answer.ok ? answer.bars.length : answer.error.code]),
    [
      ["COMI", 3],
      ["NOSUCH", "E_FEED_SYMBOL_UNKNOWN"],
      ["ABUK", 3],
    ],
  );
  assert.ok(standIn.seen.handshakes <= 2, "over the sockets that there are");
  const before = await data.getEgxData(["COMI"], "Daily", "2020-01-01", "2020-02-01");
  assert.deepEqual(
    before.map((answer) => answer.ok || answer.error.code),
    ["E_FEED_NO_DATA"],
  );
});

test("what is spelt as no symbol is one that is not known, and the feed is not asked for it", async (t) => {
  const { standIn, data } = await dataOf(t);
  const asked = ["comi", "EGX:COMI", "COMI"];
  const answers = await data.getEgxData(asked, "Daily", "2026-04-22", "2026-04-26");
  assert.deepEqual(
    answers.map((answer) => [answer.symbol, answer.ok ? answer.bars.length : answer.error.code]),
    [
      ["comi", "E_FEED_SYMBOL_UNKNOWN"],
      ["EGX:COMI", "E_FEED_SYMBOL_UNKNOWN"],
      ["COMI", 3],
    ],
  );
  assert.equal(standIn.seen.commands.get("resolve_symbol"), 1);
  const none = await data.getOhlcvData("comi", "EGX", "Daily", 2);
  assert.match(none.ok ? "" : none.error.hint, /COMI/);
});

test("getEgxIntradayData has the last day whole, on both sides of summer time", async (t) => {
  const { data } = await dataOf(t);
  const [answer] = await data.getEgxIntradayData(["COMI"], "1 Minute", "2026-04-23", "2026-04-26");
  assert.ok(answer?.ok);
  assert.equal(answer.bars.length, 540);
  assert.equal(answer.truncated, false);
  const [first] = answer.bars;
  assert.equal(first?.start.toString(), "2026-04-23T08:00:00Z");
  assert.equal(answer.bars.at(-1)?.start.toString(), "2026-04-26T11:29:00Z");
  const hours = new Set(
    answer.bars.map(({ start }) => start.toZonedDateTimeISO("Africa/Cairo").hour),
  );
  assert.deepEqual([...hours], [10, 11, 12, 13, 14]);
});

test("what the feed keeps no longer is told, and so is a bar that can still change", async (t) => {
  const { standIn, data } = await dataOf(t, Date.UTC(2026, 4, 3, 9));
  standIn.windowBars = 3;
  const [answer] = await data.getEgxData(["COMI"], "Daily", "2026-04-22", "2026-05-03");
  assert.ok(answer?.ok);
  assert.equal(answer.truncated, true);
  assert.deepEqual(
    answer.bars.map(({ final }) => final),
    [true, true, false],
  );
});

test("arguments that cannot be meant, and feeds that cannot be had, are errors", async (t) => {
  const { data } = await dataOf(t);
  const usage = { code: "E_USAGE" };
  await assert.rejects(data.getOhlcvData("COMI", "EGX", "Daily", 0), usage);
  await assert.rejects(data.getEgxData(["COMI"], "Daily", "2026-05-01", "2026-04-01"), usage);
  await assert.rejects(data.getEgxData(["COMI"], "Daily", "1 May", "2 May"), usage);
  const { standIn, data: refused } = await dataOf(t);
  standIn.refuseStatus = 429;
  await assert.rejects(refused.getOhlcvData("COMI", "EGX", "Daily", 1), { code: "E_FEED_BANNED" });
  const gone = openEgxData({ url: standIn.url, signal: AbortSignal.abort(new Error("enough")) });
  await assert.rejects(gone.getOhlcvData("COMI", "EGX", "Daily", 1), /enough/);
});
