import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { EgxError, hasCode } from "../../../src/base/errors.ts";
import type { FeedRequest } from "../../../src/feeds/feed.ts";
import { yahooFeed } from "../../../src/feeds/yahoo/yahoo.ts";
import { barDate, type Adjustment } from "../../../src/market/bar.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { dayBar, midnightMs } from "../../support/services/days.ts";
import { madeUpMinutes } from "../../support/services/minutes.ts";
import { yahooStandIn, type YahooSeries, type YahooStandIn } from "../../support/services/yahoo.ts";
import { answerOf, never, type Answer } from "../events.ts";
import { JumpClock } from "../jump-clock.ts";

/** Noon in Cairo on a trading day. */
const now = Date.UTC(2026, 1, 12, 10);
const daily = parseInterval("1d");

interface Asked {
  readonly standIn: YahooStandIn;
  readonly clock: JumpClock;
  readonly ask: (request?: Partial<FeedRequest>, adjusted?: Adjustment) => Promise<Answer>;
}

async function asking(
  t: TestContext,
  series: Readonly<Record<string, YahooSeries>>,
): Promise<Asked> {
  const standIn = await yahooStandIn(t, series);
  const clock = new JumpClock(now);
  const universe = async (): Promise<readonly string[]> => ["COMI", "ETEL"];
  const ask: Asked["ask"] = (request = {}, adjusted = "splits") => {
    const random = { next: () => 0 };
    const feed = yahooFeed({ url: standIn.url, clock, random, universe, adjusted });
    return answerOf(feed.history({ symbols: ["COMI"], interval: daily, ...request }, never));
  };
  return { standIn, clock, ask };
}

function rows({ bars }: Answer): readonly unknown[] {
  return bars.map((bar) => [barDate(bar), bar.open, bar.high, bar.low, bar.close, bar.volume]);
}

suite("days", () => {
  test("have Cairo's date, in summer and in winter, also by the other half's midnight", async (t) => {
    const hour = 3_600_000;
    const winter = dayBar("2026-01-14", [80, 81, 79, 80.5], 0);
    const summer = dayBar("2025-07-15", [70, 71, 69, 70.5], 100);
    const early = { ...dayBar("2026-01-15", [80, 81, 79, 80], 10) };
    const bars = [summer, winter, { ...early, atMs: early.atMs - hour }];
    const { ask } = await asking(t, { "COMI.CA": { bars } });
    assert.deepEqual(rows(await ask()), [
      ["2025-07-15", 70, 71, 69, 70.5, 100],
      ["2026-01-14", 80, 81, 79, 80.5, 0],
      ["2026-01-15", 80, 81, 79, 80, 10],
    ]);
  });

  test("without a price are no bars; with a close alone they are", async (t) => {
    const dates = ["2026-02-08", "2026-02-09", "2026-02-10"];
    const bars = dates.map((date) => dayBar(date, [80, 81, 79, 80.5], 5));
    const holes = [midnightMs("2026-02-09") / 1000];
    const { ask, standIn } = await asking(t, { "COMI.CA": { bars, holes } });
    const { bars: found, rejected } = await ask();
    assert.deepEqual([found.map(barDate), rejected], [["2026-02-08", "2026-02-10"], []]);
    const partly = {
      timestamp: [midnightMs("2026-02-08") / 1000],
      meta: { currency: "EGP", exchangeName: "CAI" },
      indicators: {
        quote: [{ open: [null], high: [null], low: [null], close: [80.5], volume: [null] }],
      },
    };
    const body = JSON.stringify({ chart: { result: [partly], error: null } });
    standIn.faults.push({ body });
    assert.deepEqual(rows(await ask()), [["2026-02-08", null, null, null, 80.5, null]]);
  });

  test("of today are provisional, and said twice the later row counts", async (t) => {
    const today = dayBar("2026-02-12", [80, 81, 79, 80.5], 5);
    const trade = { ...today, atMs: now - 60_000, close: 80.75, volume: 6 };
    const bars = [dayBar("2026-02-11", [80, 81, 79, 80], 5), today, trade];
    const { ask } = await asking(t, { "COMI.CA": { bars } });
    const { bars: found } = await ask();
    assert.deepEqual(
      found.map((bar) => [barDate(bar), bar.close, bar.final]),
      [
        ["2026-02-11", 80, true],
        ["2026-02-12", 80.75, false],
      ],
    );
  });

  test("that break the market's rules are rejected with their symbol", async (t) => {
    const bars = [dayBar("2026-02-10", [80, 79, 81, 80], 5), dayBar("2026-02-11", [0, 1, 0, 0], 5)];
    const { ask } = await asking(t, { "COMI.CA": { bars } });
    const { bars: found, rejected } = await ask();
    assert.deepEqual(found, []);
    assert.deepEqual(
      rejected.map(({ symbol, error }) => [symbol, error.code]),
      [
        ["COMI", "E_BAR_RANGE"],
        ["COMI", "E_BAR_PRICE"],
      ],
    );
  });

  test("come in the adjustment that is asked for, each under its name", async (t) => {
    const splits = [{ atMs: midnightMs("2026-02-10"), numerator: 3, denominator: 2 }];
    const bars = [
      dayBar("2026-02-09", [40, 42, 38, 40], 300),
      dayBar("2026-02-10", [40, 44, 38, 42], 450),
      dayBar("2026-02-11", [42, 44, 40, 42], 90),
    ];
    const adjusted = [20, 21, 42];
    const { ask } = await asking(t, { "COMI.CA": { bars, splits, adjusted } });
    const series = async (kind: Adjustment): Promise<unknown> => {
      const answer = await ask({ to: Temporal.PlainDate.from("2026-02-10") }, kind);
      assert.ok(answer.bars.every((bar) => bar.adjusted === kind));
      return rows(answer);
    };
    assert.deepEqual(await series("splits"), [
      ["2026-02-09", 40, 42, 38, 40, 300],
      ["2026-02-10", 40, 44, 38, 42, 450],
    ]);
    assert.deepEqual(await series("dividends"), [
      ["2026-02-09", 20, 21, 19, 20, 300],
      ["2026-02-10", 20, 22, 19, 21, 450],
    ]);
    assert.deepEqual(await series("none"), [
      ["2026-02-09", 60, 63, 57, 60, 200],
      ["2026-02-10", 40, 44, 38, 42, 450],
    ]);
  });
});

suite("minutes", () => {
  test("are asked for a week at once; what Yahoo has thrown away is a gap", async (t) => {
    const bars = madeUpMinutes("COMI", ["2026-01-25", "2026-02-02", "2026-02-11"]);
    const { ask, standIn } = await asking(t, { "COMI.CA": { bars } });
    const from = Temporal.PlainDate.from("2025-06-01");
    const { bars: found, events } = await ask({ interval: parseInterval("1m"), from });
    assert.equal(found.length, bars.length);
    assert.equal(standIn.asked.length, 5);
    const gap = events.find((event) => event.kind === "gap");
    assert.deepEqual([gap?.fromMs, gap?.toMs], [Date.UTC(2025, 5, 1), Date.UTC(2026, 0, 15)]);
  });

  test("and months of other adjustments are refused, symbol by symbol", async (t) => {
    const { ask, standIn } = await asking(t, { "COMI.CA": { bars: [] } });
    for (const [interval, adjusted] of [
      ["1w", "splits"],
      ["1m", "dividends"],
    ] as const) {
      const { failed } = await ask({ interval: parseInterval(interval) }, adjusted);
      assert.deepEqual(
        failed.map(({ error }) => error.code),
        ["E_FEED_REFUSED"],
      );
    }
    assert.equal(standIn.asked.length, 0);
  });
});

suite("what is no answer", () => {
  const bars = [dayBar("2026-02-11", [80, 81, 79, 80], 5)];

  test("another instrument under the name is not taken", async (t) => {
    const { ask } = await asking(t, {
      "COMI.CA": { bars, exchange: "NMS", currency: "USD" },
      "ETEL.CA": { bars, currency: "USD" },
    });
    const { bars: found, failed } = await ask({ symbols: "all" });
    assert.deepEqual(found, []);
    assert.deepEqual(
      failed.map(({ symbol, error }) => [symbol, error.code]),
      [
        ["COMI", "E_FEED_REFUSED"],
        ["ETEL", "E_FEED_REFUSED"],
      ],
    );
  });

  test("429 is waited out as long as Yahoo says, in seconds or to a time", async (t) => {
    const { ask, standIn, clock } = await asking(t, { "COMI.CA": { bars } });
    standIn.faults.push({
      status: 429,
      headers: { "retry-after": "120" },
      body: "Too Many Requests",
    });
    assert.equal((await ask()).bars.length, 1);
    assert.ok(clock.sleptMs >= 120_000 && clock.sleptMs < 125_000, `${clock.sleptMs}`);
    const at = new Date(clock.nowMs() + 300_000).toUTCString();
    standIn.faults.push({ status: 429, headers: { "retry-after": at } });
    assert.equal((await ask()).bars.length, 1);
    assert.ok(clock.sleptMs >= 415_000, `${clock.sleptMs}`);
    standIn.faults.push({ status: 429, headers: { "retry-after": "86400" } });
    await assert.rejects(ask(), (error) => hasCode(error, "E_FEED_BANNED") && !error.retryable);
  });

  test("a broken one is asked for again: HTTP 502, a body cut short, half a JSON", async (t) => {
    const { ask, standIn } = await asking(t, { "COMI.CA": { bars } });
    standIn.faults.push(
      { status: 502, body: "<html>Bad gateway" },
      { body: "{".repeat(100), cutAt: 20 },
    );
    assert.equal((await ask()).bars.length, 1);
    assert.equal(standIn.asked.length, 3);
  });

  test("one symbol that stays broken is named; three in a row are Yahoo itself", async (t) => {
    const { ask, standIn } = await asking(t, { "ETEL.CA": { bars } });
    const broken = { status: 500, body: "oops" };
    standIn.faults.push(broken, broken, broken, broken);
    const { failed, bars: found } = await ask({ symbols: ["COMI", "ETEL"] });
    assert.deepEqual(
      failed.map(({ symbol, error }) => [symbol, error.code]),
      [["COMI", "E_FEED_UNREACHABLE"]],
    );
    assert.equal(found.length, 1);
    standIn.faults.push(...Array.from({ length: 12 }, () => broken));
    await assert.rejects(ask({ symbols: ["A", "B", "C", "D"] }), (error) =>
      hasCode(error, "E_FEED_UNREACHABLE"),
    );
  });

  test("a page, a redirect to one, and what is no chart end it and are not tried again", async (t) => {
    const { ask, standIn } = await asking(t, { "COMI.CA": { bars } });
    const answers = [
      { body: "<!doctype html><title>Before you continue</title>" },
      { status: 302, headers: { location: "https://consent.example.com/?x=1" } },
      { status: 401, body: '{"finance":{"error":{"code":"Unauthorized"}}}' },
      { body: '{"chart":{"result":"none"}}' },
    ];
    for (const answer of answers) {
      standIn.faults.push(answer);
      const error: unknown = await ask().catch((thrown: unknown) => thrown);
      assert.ok(error instanceof EgxError);
      assert.deepEqual([error.code, error.retryable], ["E_FEED_PROTOCOL", false]);
    }
    assert.equal(standIn.asked.length, answers.length);
  });

  test("dates without data are no failure of the whole", async (t) => {
    const { ask, standIn } = await asking(t, { "COMI.CA": { bars } });
    const description = "Data doesn't exist for startDate = 1, endDate = 2";
    const error = { code: "Bad Request", description };
    standIn.faults.push({ status: 400, body: JSON.stringify({ chart: { result: null, error } }) });
    const { failed } = await ask();
    assert.deepEqual(
      failed.map(({ error: { code } }) => code),
      ["E_FEED_NO_DATA"],
    );
  });
});
