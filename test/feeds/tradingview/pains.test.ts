/**
 * What users of other clients of this feed suffer, each by its number in the list that the feed was
 * built from: the fifteen that come up most in their issue trackers.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { captureTap } from "../../../src/feeds/tradingview/capture.ts";
import { barDate } from "../../../src/market/bar.ts";
import { cairoIsoOf } from "../../../src/market/cairo-time.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import {
  dailyRow,
  datesBefore,
  listingOf,
  madeUpListings,
  minuteRows,
} from "../../support/tradingview/listings.ts";
import { frameOf } from "../../support/tradingview/wire.ts";
import { answerOf, bySymbol, never } from "../events.ts";
import { feedOf, standInFor } from "./rig.ts";

const daily = parseInterval("1d");
const minute = parseInterval("1m");
const dates = datesBefore("2026-06-07", 40);
const dailyRows = dates.map(dailyRow);
const comi = listingOf("COMI", { "1D": dailyRows });
const etel = listingOf("ETEL", { "1D": dailyRows });

suite("pains", () => {
  test("1: unknown, not entitled, no data, refused, timed out, banned are six errors", async (t) => {
    const standIn = await standInFor(t, {
      listings: [
        comi,
        listingOf("PAID", {}, { refused: ["permission denied", "group", "egx_rt"] }),
        listingOf("NEW", {}),
        listingOf("ODD", {}, { refused: ["studies are not for sale"] }),
        listingOf("SLOW", { "1D": dailyRows }),
      ],
    });
    standIn.unanswered.add("EGX:SLOW");
    const limits = { requestTimeoutMs: 200 };
    const feed = feedOf(t, standIn, { limits });
    const symbols = ["NOSUCH", "PAID", "NEW", "ODD", "SLOW", "COMI"];
    const { failed, bars } = await answerOf(feed.history({ symbols, interval: daily }, never));
    assert.deepEqual(
      failed.map(({ symbol, error }) => [symbol, error.code]),
      [
        ["NOSUCH", "E_FEED_SYMBOL_UNKNOWN"],
        ["PAID", "E_FEED_NOT_ENTITLED"],
        ["NEW", "E_FEED_NO_DATA"],
        ["ODD", "E_FEED_REFUSED"],
        ["SLOW", "E_FEED_TIMEOUT"],
      ],
    );
    assert.match(failed[1]?.error.message ?? "", /permission denied, group, egx_rt/);
    assert.match(failed[3]?.error.message ?? "", /studies are not for sale/);
    assert.equal(bars.length, dailyRows.length);
    await feed.close();
    standIn.refuseStatus = 429;
    await assert.rejects(feedOf(t, standIn).connect(never), { code: "E_FEED_BANNED" });
  });

  test("2: a lost connection is replaced, and what was asked is asked again", async (t) => {
    const standIn = await standInFor(t, { listings: [comi, etel] });
    let cuts = 0;
    standIn.fate = ({ method }) => {
      if (method !== "series_completed" || cuts >= 2) return "send";
      cuts += 1;
      setImmediate(() => standIn.cut());
      return "drop";
    };
    const request = { symbols: ["COMI", "ETEL"], interval: daily };
    const { bars, failed } = await answerOf(feedOf(t, standIn).history(request, never));
    assert.equal(cuts, 2);
    assert.deepEqual(failed, []);
    assert.equal(bars.length, 2 * dailyRows.length);
  });

  test("3: many symbols take two sockets, and stay within the limits of both", async (t) => {
    const symbols = Array.from({ length: 120 }, (_, place) => `S${place}`);
    const listings = symbols.map((symbol) => listingOf(symbol, { "1D": dailyRows.slice(0, 3) }));
    const standIn = await standInFor(t, { listings, sessionsMax: 12, seriesPerSessionMax: 5 });
    // No other wait of a feed is as long as that for a turn to shake hands, which is not waited out.
    const gapMs = 60_000;
    const turns: number[] = [];
    const sleep: Clock["sleep"] = async (ms, signal) => {
      if (ms > gapMs / 2) turns.push(ms);
      else await systemClock.sleep(ms, signal);
    };
    const limits = { sessionsPerSocketMax: 10, handshakeGapMs: gapMs };
    const feed = feedOf(t, standIn, { limits, clock: { ...systemClock, sleep } });
    const { bars, failed } = await answerOf(feed.history({ symbols, interval: daily }, never));
    assert.deepEqual(failed, []);
    assert.equal(bars.length, 3 * symbols.length);
    const { seen } = standIn;
    assert.ok(seen.connectionsMost <= 2);
    assert.ok(seen.peers.every(({ sessionsMade }) => sessionsMade <= 12));
    assert.ok(seen.peers.every(({ seriesPerSession }) => seriesPerSession <= 5));
    assert.ok(seen.handshakes < symbols.length / 5);
    assert.equal(turns.length, seen.handshakes - 1, "each but the first has waited for its turn");
  });

  test("3: who is sent away rests, and does not knock again", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    for (const [status, reason] of [
      [429, null],
      [403, null],
      [null, "banned by ip"],
      [null, "user connections limit reached"],
    ] as const) {
      standIn.refuseStatus = status;
      standIn.refuseReason = reason;
      const before = standIn.seen.handshakes;
      const feed = feedOf(t, standIn);
      const request = { symbols: ["COMI"], interval: daily };
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const asked = answerOf(feed.history(request, never));
        await assert.rejects(asked, { code: "E_FEED_BANNED" }, `${status} ${reason}`);
      }
      assert.equal(standIn.seen.handshakes, before + 1, `${status} ${reason}`);
    }
  });

  test("4: heartbeats come back, each by itself, also from among data", async (t) => {
    const standIn = await standInFor(t, { listings: [comi], heartbeatMs: 10 });
    standIn.fate = ({ method, nth }) => (method === "heartbeat" && nth % 2 === 0 ? "join" : "send");
    const out: string[] = [];
    const feed = feedOf(t, standIn, {
      tap: (direction, text) => {
        if (direction === "out") out.push(text);
      },
    });
    await feed.connect(never);
    const beats = (): number => standIn.seen.peers[0]?.heartbeatsBack ?? 0;
    while (beats() < 6) await new Promise((resolve) => setTimeout(resolve, 5));
    const sent = out.filter((text) => text.includes("~h~"));
    assert.ok(sent.length >= 6);
    for (const text of sent) assert.match(text, /^~m~\d+~m~~h~\d+$/);
    assert.ok(feed.counts().heartbeats >= 6);
  });

  test("6: one bad ticker neither hangs the call nor ends the others'", async (t) => {
    const standIn = await standInFor(t, { listings: [comi, etel] });
    const request = { symbols: ["COMI", "NOSUCH", "ETEL"], interval: daily, barsMax: 10 };
    const { bars, failed } = await answerOf(feedOf(t, standIn).history(request, never));
    assert.deepEqual(
      [...bySymbol(bars)].map(([symbol, own]) => [symbol, own.length]),
      [
        ["COMI", 10],
        ["ETEL", 10],
      ],
    );
    assert.deepEqual(
      failed.map(({ error }) => [error.code, error.message]),
      [["E_FEED_SYMBOL_UNKNOWN", "NOSUCH: invalid symbol"]],
    );
  });

  test("7: more bars than there are is what there is, at once", async (t) => {
    const standIn = await standInFor(t, { listings: [comi, listingOf("NEVER", {})] });
    const feed = feedOf(t, standIn, { limits: { requestTimeoutMs: 60_000 } });
    const request = { symbols: ["COMI", "NEVER"], interval: daily, barsMax: 5000 };
    const { bars, failed } = await answerOf(feed.history(request, never));
    assert.equal(bars.length, dailyRows.length);
    assert.deepEqual(
      failed.map(({ symbol, error }) => [symbol, error.code]),
      [["NEVER", "E_FEED_NO_DATA"]],
    );
  });

  test("8: an answer that shrank is asked for again; a stale one is not mixed in", async (t) => {
    const standIn = await standInFor(t, { listings: [comi, etel], windowBars: 30 });
    const feed = feedOf(t, standIn, { limits: { requestsPerSocket: 1, socketsMax: 1 } });
    const from = Temporal.PlainDate.from(dates[12] ?? "");
    const request = { symbols: ["COMI"], interval: daily, from };
    const whole = await answerOf(feed.history(request, never));
    assert.equal(whole.bars.length, 28);
    let answers = 0;
    standIn.shape = (rows) => {
      answers += 1;
      return answers === 1 ? rows.slice(-5) : rows;
    };
    standIn.windowBars = 28;
    const again = await answerOf(feed.history(request, never));
    assert.ok(answers > 1);
    assert.equal(again.bars.length, 28);
  });

  test("8: a late answer to an earlier request is not mixed into the next", async (t) => {
    const standIn = await standInFor(t, { listings: [comi, etel] });
    const limits = { requestsPerSocket: 1, socketsMax: 1 };
    const out: string[] = [];
    let earlier = "";
    standIn.fate = ({ method, nth, payload }) => {
      if (method === "timescale_update" && nth === 1) earlier = payload;
      const isNext = method === "series_loading" && nth === 2;
      return isNext ? { text: frameOf(earlier) + frameOf(payload) } : "send";
    };
    const tap = (direction: "in" | "out", text: string): void => {
      if (direction === "out") out.push(text);
    };
    const feed = feedOf(t, standIn, { limits, tap });
    const symbols = ["ETEL", "COMI"];
    standIn.rows("EGX:COMI", "1D").splice(0, 33);
    const { bars } = await answerOf(feed.history({ symbols, interval: daily }, never));
    assert.deepEqual(
      [...bySymbol(bars)].map(([symbol, own]) => [symbol, own.length]),
      [
        ["ETEL", 40],
        ["COMI", 7],
      ],
    );
    assert.equal(out.filter((text) => text.includes("chart_create_session")).length, 1);
  });

  test("9: no account is needed; a token is given, never written, and named when refused", async (t) => {
    const standIn = await standInFor(t, { listings: [comi], refusedTokens: ["expired-secret"] });
    const lines: string[] = [];
    const token = "expired-secret";
    const write = (line: string): void => {
      lines.push(line);
    };
    const tap = captureTap({ write, clock: systemClock, token });
    const feed = feedOf(t, standIn, { token, tap });
    const request = { symbols: ["COMI"], interval: daily };
    await assert.rejects(answerOf(feed.history(request, never)), (error) => {
      assert.ok(!messageOf(error).includes(token));
      assert.match(messageOf(error), /bad auth token/);
      return true;
    });
    assert.ok(lines.length > 1);
    assert.ok(!lines.join("").includes(token));
    const { bars } = await answerOf(feedOf(t, standIn).history(request, never));
    assert.equal(bars.length, dailyRows.length);
  });

  test("10: the window is not taken for 5,000; what lies before it is a gap", async (t) => {
    const rows = datesBefore("2026-06-07", 30).flatMap(minuteRows);
    const standIn = await standInFor(t, {
      listings: [listingOf("COMI", { "1": rows })],
      windowBars: 6240,
    });
    const from = Temporal.PlainDate.from(datesBefore("2026-06-07", 30)[0] ?? "");
    const request = { symbols: ["COMI"], interval: minute, from };
    const { bars, events } = await answerOf(feedOf(t, standIn).history(request, never));
    assert.equal(bars.length, 6240);
    const gaps = events.filter((event) => event.kind === "gap");
    assert.deepEqual(
      gaps.map(({ symbol, fromMs, toMs }) => [symbol, cairoIsoOf(fromMs), toMs]),
      [["COMI", `${from.toString()}T10:00:00+02:00`, bars[0]?.startMs]],
    );
  });

  test("11: dates bound an answer, from the past as well", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    const [from = "", to = ""] = [dates[5], dates[8]];
    const range = { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to) };
    const request = { symbols: ["COMI"], interval: daily, ...range };
    const { bars } = await answerOf(feedOf(t, standIn).history(request, never));
    assert.deepEqual(bars.map(barDate), dates.slice(5, 9));
    const newest = await answerOf(feedOf(t, standIn).history({ ...request, barsMax: 2 }, never));
    assert.deepEqual(newest.bars.map(barDate), dates.slice(7, 9));
  });

  test("12: times are Cairo's (all zones in bars.tz.test.ts)", async (t) => {
    const standIn = await standInFor(t, { listings: madeUpListings(["COMI"], sizes) });
    const request = { symbols: ["COMI"], interval: minute };
    const { bars } = await answerOf(feedOf(t, standIn).history(request, never));
    assert.equal(cairoIsoOf(bars[0]?.startMs ?? 0), "2026-06-03T10:00:00+03:00");
    assert.equal(cairoIsoOf(bars.at(-1)?.startMs ?? 0), "2026-06-04T14:29:00+03:00");
  });

  test("13: all symbols are those of the universe, and never a guess", async (t) => {
    const standIn = await standInFor(t, { listings: [comi, etel] });
    const request = { symbols: "all", interval: daily, barsMax: 1 } as const;
    const universe = async (): Promise<readonly string[]> => ["ETEL", "COMI"];
    const { bars } = await answerOf(feedOf(t, standIn, { universe }).history(request, never));
    assert.deepEqual(
      bars.map(({ symbol }) => symbol),
      ["ETEL", "COMI"],
    );
    const asked = answerOf(feedOf(t, standIn).history(request, never));
    await assert.rejects(asked, { code: "E_USAGE" });
  });

  test("14: the adjustment is asked for and carried; absent volume is null", async (t) => {
    const rows = dates.map((date, place) => dailyRow(date, place).slice(0, 5));
    const standIn = await standInFor(t, { listings: [listingOf("COMI", { "1D": rows })] });
    const out: string[] = [];
    const tap = (direction: "in" | "out", text: string): void => {
      if (direction === "out") out.push(text);
    };
    const feed = feedOf(t, standIn, { adjusted: "dividends", tap });
    const { bars } = await answerOf(feed.history({ symbols: ["COMI"], interval: daily }, never));
    assert.ok(bars.length > 0);
    for (const bar of bars) assert.deepEqual([bar.adjusted, bar.volume], ["dividends", null]);
    assert.match(out.join(""), /\\"adjustment\\":\\"dividends\\"/);
  });

  test("15: the bar that forms says so, and today's placeholder does not come", async (t) => {
    const today = "2026-06-07";
    const now = Date.parse(`${today}T10:30:00+03:00`);
    const forming = minuteRows(today, 0).slice(0, 15);
    const listings = [
      listingOf("COMI", { "1": forming, "1D": [...dailyRows, dailyRow(today, 3)] }),
      listingOf("ETEL", { "1D": [...dailyRows, [...dailyRow(today, 3).slice(0, 5), 0]] }),
    ];
    const standIn = await standInFor(t, { listings, nowMs: () => now });
    const feed = feedOf(t, standIn);
    const intraday = await answerOf(feed.history({ symbols: ["COMI"], interval: minute }, never));
    // At 10:30, with a delay of 15 minutes and one to settle, 10:13 is over and 10:14 is not.
    assert.deepEqual(
      intraday.bars.map(({ final }) => final),
      forming.map((_, place) => place < 14),
    );
    const request = { symbols: ["COMI", "ETEL"], interval: daily, barsMax: 2 };
    const { bars } = await answerOf(feed.history(request, never));
    assert.deepEqual(
      bars.map((bar) => [bar.symbol, barDate(bar), bar.final]),
      [
        ["COMI", dates.at(-1), true],
        ["COMI", today, false],
        ["ETEL", dates.at(-2), true],
        ["ETEL", dates.at(-1), true],
      ],
    );
    assert.equal(feed.delaySeconds, 900);
  });
});

const sizes = { before: "2026-06-07", days: 10, minuteDays: 2 };
