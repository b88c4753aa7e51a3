import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { EgxError } from "../../src/base/errors.ts";
import { randomInt, seededRandom } from "../../src/base/random.ts";
import { listGaps, verifyGaps } from "../../src/ledger/gaps.ts";
import type { Bar } from "../../src/market/bar.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { heal, type HealOptions, type HealSummary } from "../../src/quality/heal.ts";
import { realFile } from "../feeds/files.ts";
import { clockAt } from "../support/certify-at.ts";
import { dailyTruth } from "../support/daily-truth.ts";
import { historyFeed } from "../support/history-feed.ts";
import { backfillInto, historyFeed as earlierFeed } from "../support/loads.ts";
import { barsOf, packedLake } from "../support/packed-lake.ts";
import { realSeries } from "../support/real-series.ts";
import {
  Crash,
  dyingLake,
  makeLake,
  rowsOf,
  temporaryFolder,
  type TestLake,
} from "../support/silver-lake.ts";

const calendar = egxCalendar();
const daily = parseInterval("1d");
const real = realFile("egx-daily.csv.gz");
const source = "csv:egx.csv";
const at = "2025-11-24T20:00:00Z";

/** Twelve symbols on every session from June to 24 November 2025. */
const truth = dailyTruth({ symbols: 12, from: "2025-06-01", to: "2025-11-24", source });

const dateOf = (bar: Bar): string => new Date(bar.startMs).toISOString().slice(0, 10);

async function healed(
  t: TestContext,
  testLake: TestLake,
  given: readonly Bar[],
  changes: {
    readonly source?: string;
    readonly lake?: TestLake["lake"];
    readonly feed?: HealOptions["feed"];
  } = {},
): Promise<HealSummary> {
  return heal({
    lake: changes.lake ?? testLake.lake,
    scratchFolder: await temporaryFolder(t),
    calendar,
    clock: clockAt(at),
    random: seededRandom(2),
    feed: changes.feed ?? historyFeed(changes.source ?? source, given),
    kind: "real",
    writer: "test",
    asked: { interval: daily, symbols: "all" },
  });
}

/** The bars that silver has, without where they came from. */
async function barsIn(testLake: TestLake): Promise<string> {
  const sql =
    "select symbol, date, open, high, low, close, volume, final from bars order by symbol, date";
  return JSON.stringify(await rowsOf(testLake, sql));
}

const damage = "select count(*) from certificates where state in ('missing', 'degraded')";

suite("healing", () => {
  test("from the same source in another adjustment joins no two series into one", async (t) => {
    const testLake = await packedLake(t, truth.slice(0, -5));
    const other = truth.map((bar): Bar => Object.assign({}, bar, { adjusted: "dividends" }));
    const feed = { ...historyFeed(source, other), adjusted: "dividends" } as const;
    const summary = await healed(t, testLake, other, { feed });
    assert.deepEqual([summary.healed, summary.unhealed.length], [0, 5]);
    const sql =
      "select symbol, count(*) from bar_revisions where adjusted = 'dividends' group by 1";
    const sessions = truth.length / 12;
    // A history of its own is taken whole or not at all, never its last days alone.
    for (const [, bars] of await rowsOf(testLake, sql)) assert.equal(bars, sessions);
  });

  test("puts back what was taken out, writes it down, and a second run finds nothing", async (t) => {
    const random = seededRandom("taken");
    const lost = new Set(Array.from({ length: 60 }, () => randomInt(random, truth.length)));
    const testLake = await packedLake(
      t,
      truth.filter((_, index) => !lost.has(index)),
    );
    const whole = await packedLake(t, truth);
    const summary = await healed(t, testLake, truth);
    assert.deepEqual(
      [summary.healed, summary.waived, summary.unhealed, summary.bars],
      [lost.size, 0, [], lost.size],
    );
    assert.equal(await barsIn(testLake), await barsIn(whole));
    assert.deepEqual(await rowsOf(testLake, damage), [[0]]);
    const gaps = await Array.fromAsync(listGaps(testLake.lake));
    assert.ok(gaps.length > 40 && gaps.every(({ closing }) => closing?.outcome === "healed"));
    assert.deepEqual(await Array.fromAsync(verifyGaps(testLake.lake)), []);
    const again = await healed(t, testLake, truth);
    assert.deepEqual(again, {
      gaps: 0,
      healed: 0,
      waived: 0,
      unhealed: [],
      caughtUp: 0,
      bars: 0,
    });
  });

  for (const sessions of [1, 7, 30]) {
    test(`an outage of ${sessions} sessions leaves no trace`, async (t) => {
      const dates = [...new Set(truth.map(dateOf))];
      const out = new Set(dates.slice(40, 40 + sessions));
      const testLake = await packedLake(
        t,
        truth.filter((bar) => !out.has(dateOf(bar))),
      );
      const whole = await packedLake(t, truth);
      const summary = await healed(t, testLake, truth);
      assert.equal(summary.healed, sessions * 12);
      assert.equal(await barsIn(testLake), await barsIn(whole));
    });
  }

  test("sessions behind the newest bar are caught up", async (t) => {
    const testLake = await packedLake(
      t,
      truth.filter((bar) => dateOf(bar) < "2025-11-18"),
    );
    const whole = await packedLake(t, truth);
    const summary = await healed(t, testLake, truth);
    assert.deepEqual([summary.caughtUp, summary.gaps], [60, 0]);
    assert.equal(await barsIn(testLake), await barsIn(whole));
  });

  test("what the feed has not either needs no bar, and is asked for once", async (t) => {
    const without = truth.filter((bar) => bar.symbol !== "SYM3" || dateOf(bar) !== "2025-09-10");
    const testLake = await packedLake(t, without);
    const summary = await healed(t, testLake, without);
    assert.deepEqual([summary.gaps, summary.waived, summary.unhealed], [1, 1, []]);
    assert.deepEqual(await rowsOf(testLake, damage), [[0]]);
    assert.equal((await healed(t, testLake, without)).gaps, 0);
  });

  test("a bar that looks wrong and is the feed's own is confirmed", async (t) => {
    const odd = truth.map((bar) =>
      bar.symbol === "SYM5" && dateOf(bar) === "2025-09-10" ? { ...bar, volume: 0 } : bar,
    );
    const testLake = await packedLake(t, odd);
    const summary = await healed(t, testLake, odd);
    assert.deepEqual([summary.waived, summary.bars], [1, 0]);
    const sql = "select state, waived, defects from certificates where waived is not null";
    assert.deepEqual(await rowsOf(testLake, sql), [["complete", "confirmed", ["zero"]]]);
  });

  test("a wrong bar is replaced by the right one", async (t) => {
    const wrong = truth.map((bar) =>
      bar.symbol === "SYM5" && dateOf(bar) === "2025-09-10"
        ? { ...bar, open: 1500, high: 1600, low: 1490, close: 1550 }
        : bar,
    );
    const testLake = await packedLake(t, wrong);
    const whole = await packedLake(t, truth);
    assert.equal((await healed(t, testLake, truth)).healed, 1);
    assert.equal(await barsIn(testLake), await barsIn(whole));
  });

  test("of a history that was loaded, wrong bars are no sign that it was re-based", async (t) => {
    const dates = new Set(["2025-08-05", "2025-09-10", "2025-10-15"]);
    const wrong = truth.map((bar): Bar => {
      if (bar.symbol !== "SYM5" || !dates.has(dateOf(bar))) return bar;
      const [open, high, low] = [bar.open ?? 0, bar.high ?? 0, bar.low ?? 0];
      const prices = { open: open * 100, high: high * 100, low: low * 100 };
      return { ...bar, ...prices, close: bar.close * 100, volume: 0 };
    });
    const unknown = truth.map((bar) => (wrong.includes(bar) ? bar : { ...bar, volume: null }));
    const testLake = await makeLake(t);
    const request = { symbols: "all", interval: daily } as const;
    const before = earlierFeed(() => ({ bars: wrong }), source);
    await backfillInto(testLake, before, { request, clock: clockAt(at) });
    await testLake.build();
    const summary = await healed(t, testLake, unknown);
    assert.deepEqual([summary.healed, summary.unhealed, summary.bars], [3, [], 3]);
    assert.equal(await barsIn(testLake), await barsIn(await packedLake(t, unknown)));
  });

  test("never a good value by null, nor a final bar by a provisional one", async (t) => {
    const testLake = await packedLake(
      t,
      truth.map((bar) =>
        bar.symbol === "SYM5" && dateOf(bar) === "2025-09-10" ? { ...bar, volume: 0 } : bar,
      ),
    );
    const before = await barsIn(testLake);
    const poor = truth.map((bar) => ({ ...bar, open: null, high: null, low: null }));
    const summary = await healed(t, testLake, poor);
    assert.equal(await barsIn(testLake), before);
    assert.deepEqual(
      summary.unhealed.map(({ symbol, reason }) => [symbol, reason]),
      [["SYM5", "the feed knows less than is stored"]],
    );
    const early = truth.map((bar) => ({ ...bar, final: false, close: bar.close + 0.5 }));
    await healed(t, testLake, early);
    assert.equal(await barsIn(testLake), before);
  });

  test("a feed that knows less of the past takes nothing away", async (t) => {
    const lost = truth.filter((bar) => bar.symbol !== "SYM3" || dateOf(bar) !== "2025-07-10");
    const testLake = await packedLake(t, lost);
    const before = await barsIn(testLake);
    const summary = await healed(
      t,
      testLake,
      truth.filter((bar) => dateOf(bar) >= "2025-07-13"),
    );
    assert.equal(await barsIn(testLake), before);
    assert.match(summary.unhealed[0]?.reason ?? "", /^the feed begins on 2025-07-/);
    assert.deepEqual(await rowsOf(testLake, damage), [[1]]);
  });

  test("a hole that stays is counted once, however often it is asked about", async (t) => {
    const holes = new Set(["SYM3 2025-07-10", "SYM4 2025-09-10"]);
    const lost = truth.filter((bar) => !holes.has(`${bar.symbol} ${dateOf(bar)}`));
    const testLake = await packedLake(t, lost);
    const late = truth.filter((bar) => dateOf(bar) >= "2025-07-13");
    const summary = await healed(t, testLake, late);
    assert.deepEqual([summary.gaps, summary.healed, summary.unhealed.length], [2, 1, 1]);
    assert.equal((await Array.fromAsync(listGaps(testLake.lake))).length, 2);
  });

  test("prices on another footing are not mixed in", async (t) => {
    const lost = truth.filter((bar) => bar.symbol !== "SYM3" || dateOf(bar) !== "2025-09-10");
    const testLake = await packedLake(t, lost);
    const before = await barsIn(testLake);
    const halved = truth.map((bar) => ({
      ...bar,
      open: (bar.open ?? 0) / 2,
      high: (bar.high ?? 0) / 2,
      low: (bar.low ?? 0) / 2,
      close: bar.close / 2,
    }));
    const summary = await healed(t, testLake, halved);
    assert.equal(await barsIn(testLake), before);
    assert.match(summary.unhealed[0]?.reason ?? "", /differ .* by a factor of 0\.5$/);
  });

  test("another source replaces a symbol's bars as a whole, or not at all", async (t) => {
    const lost = truth.filter((bar) => bar.symbol !== "SYM3" || dateOf(bar) !== "2025-09-10");
    const testLake = await packedLake(t, lost);
    const other = truth.map((bar) => ({ ...bar, source: "csv:other.csv" }));
    const summary = await healed(t, testLake, other, { source: "csv:other.csv" });
    assert.deepEqual([summary.healed, summary.unhealed], [1, []]);
    const sql = "select distinct symbol, source from bars where source <> 'csv:egx.csv'";
    assert.deepEqual(await rowsOf(testLake, sql), [["SYM3", "csv:other.csv"]]);
    const worse = truth.map((bar) => ({ ...bar, source: "yahoo" }));
    const second = await packedLake(t, lost);
    const refused = await healed(t, second, worse, { source: "yahoo" });
    assert.deepEqual(
      refused.unhealed.map(({ reason }) => reason),
      ["silver prefers the bars of another source"],
    );
  });

  test("a symbol that the feed cannot give just now is asked for again", async (t) => {
    const lost = truth.filter((bar) => bar.symbol !== "SYM3" || dateOf(bar) !== "2025-09-10");
    const testLake = await packedLake(t, lost);
    const failing = historyFeed(source, truth, {
      symbol: "SYM3",
      error: new EgxError("E_FEED_TIMEOUT", "no answer"),
    });
    const first = await heal({
      lake: testLake.lake,
      scratchFolder: await temporaryFolder(t),
      calendar,
      clock: clockAt(at),
      random: seededRandom(2),
      feed: failing,
      kind: "real",
      writer: "test",
      asked: { interval: daily, symbols: ["SYM3"] },
    });
    assert.deepEqual(
      first.unhealed.map(({ reason }) => reason),
      ["E_FEED_TIMEOUT"],
    );
    const [open] = await Array.fromAsync(listGaps(testLake.lake));
    assert.equal(open?.closing, null);
    assert.equal((await healed(t, testLake, truth)).healed, 1);
    const gaps = await Array.fromAsync(listGaps(testLake.lake));
    assert.deepEqual(
      gaps.map(({ closing }) => closing?.outcome),
      ["healed"],
    );
  });

  test("a process that dies at any write is ended by the next one", async (t) => {
    const out = new Set([...new Set(truth.map(dateOf))].slice(50, 52));
    const lost = truth.filter((bar) => !out.has(dateOf(bar)));
    const whole = await barsIn(await packedLake(t, truth));
    const testLake = await packedLake(t, lost);
    let crashes = 0;
    for (let write = 0; ; write += 3) {
      const lake = dyingLake(testLake.lake, write, write % 2 === 0 ? "before" : "after");
      const crashed = await healed(t, testLake, truth, { lake }).then(
        () => false,
        (error: unknown) => {
          assert.ok(error instanceof Crash, String(error));
          return true;
        },
      );
      if (!crashed) break;
      crashes += 1;
    }
    assert.ok(crashes > 3, `${crashes} crashes`);
    assert.equal(await barsIn(testLake), whole);
    assert.deepEqual(await rowsOf(testLake, damage), [[0]]);
    const gaps = await Array.fromAsync(listGaps(testLake.lake));
    assert.ok(gaps.every(({ closing }) => closing !== null));
  });
});

suite("healing real bars", { skip: real.skip }, () => {
  test("all of 500 bars that were taken out come back", async (t) => {
    const market = realSeries(real.path, "2025-01-01");
    const bars = barsOf(market, daily, source);
    const random = seededRandom("500");
    const lost = new Set<number>();
    while (lost.size < 500) lost.add(randomInt(random, bars.length));
    const testLake = await packedLake(
      t,
      bars.filter((_, index) => !lost.has(index)),
    );
    const run = async (): Promise<HealSummary> =>
      heal({
        lake: testLake.lake,
        scratchFolder: await temporaryFolder(t),
        calendar,
        clock: clockAt("2026-11-24T20:00:00Z"),
        random: seededRandom(2),
        feed: historyFeed(source, bars),
        kind: "real",
        writer: "test",
        asked: { interval: daily, symbols: "all" },
      });
    const summary = await run();
    assert.deepEqual(summary.unhealed, []);
    assert.deepEqual(await rowsOf(testLake, "select count(*) from bars"), [[bars.length]]);
    assert.deepEqual(await rowsOf(testLake, damage), [[0]]);
    const again = await run();
    assert.deepEqual([again.gaps, again.bars], [0, 0]);
  });
});
