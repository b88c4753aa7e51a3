import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError, hasCode } from "../../src/base/errors.ts";
import type { FeedRequest } from "../../src/feeds/feed.ts";
import { readLoads } from "../../src/ledger/loads.ts";
import type { Bar } from "../../src/market/bar.ts";
import { egxCalendar, tradingDaysBetween } from "../../src/market/calendar.ts";
import { backfillInto, historyFeed, verified } from "../support/loads.ts";
import { barOf, Crash, dyingLake, makeLake, rowsOf } from "../support/silver-lake.ts";

const sessions = tradingDaysBetween(
  egxCalendar(),
  Temporal.PlainDate.from("2025-01-01"),
  Temporal.PlainDate.from("2025-12-31"),
);

/** A year of daily bars of a symbol; `factor` is that of a split to come. */
function year(symbol = "COMI", factor = 1, changes: Partial<Bar> = {}): Bar[] {
  return sessions.map((date, day) =>
    barOf({
      symbol,
      at: `${date.toString()}T10:00:00+02:00`,
      startMs: date.toZonedDateTime({ timeZone: "Africa/Cairo", plainTime: "10:00" })
        .epochMilliseconds,
      open: null,
      high: null,
      low: null,
      close: (50 + (day % 13)) * factor,
      ...changes,
    }),
  );
}

/** The same bars, received a second later. */
function later(bars: readonly Bar[]): readonly Bar[] {
  return bars.map((bar) => barOf({ ...bar, ingestedMs: bar.ingestedMs + 1000 }));
}

/** The part of a history that a request wants. */
function asked(bars: readonly Bar[], { symbols, from, to }: FeedRequest): readonly Bar[] {
  const within = (bar: Bar): boolean => {
    const date = Temporal.Instant.fromEpochMilliseconds(bar.startMs)
      .toZonedDateTimeISO("Africa/Cairo")
      .toPlainDate();
    const early = from !== undefined && Temporal.PlainDate.compare(date, from) < 0;
    return !early && (to === undefined || Temporal.PlainDate.compare(date, to) <= 0);
  };
  return bars.filter((bar) => (symbols === "all" || symbols.includes(bar.symbol)) && within(bar));
}

const unknown = new EgxError("E_FEED_SYMBOL_UNKNOWN", "no NOSUCH");

suite("a backfill", () => {
  test("stores a history once: again, it adds nothing", async (t) => {
    const testLake = await makeLake(t);
    const feed = historyFeed(() => ({ bars: year() }));
    const first = await backfillInto(testLake, feed);
    assert.deepEqual([first.loads, first.read, first.added], [1, sessions.length, sessions.length]);
    const again = await backfillInto(testLake, feed);
    assert.deepEqual([again.loads, again.added, again.unchanged], [0, 0, 1]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select count(*) from bar_revisions"), [
      [sessions.length],
    ]);
    assert.deepEqual((await verified(testLake.lake)).findings, []);
  });

  test("stores of a longer or corrected history only what is new", async (t) => {
    const testLake = await makeLake(t);
    const history = year();
    await backfillInto(
      testLake,
      historyFeed((request) => ({ bars: asked(history, request) })),
      {
        request: { to: Temporal.PlainDate.from("2025-06-30") },
      },
    );
    const { startMs } = history[7] ?? barOf();
    const unknownPrices = { open: null, high: null, low: null };
    const corrected = history.with(7, barOf({ startMs, ...unknownPrices, close: 77 }));
    const second = await backfillInto(
      testLake,
      historyFeed(() => ({ bars: later(corrected) })),
    );
    const before = history.filter(({ startMs: at }) => at < Date.parse("2025-07-01T00:00:00Z"));
    assert.equal(second.added, sessions.length - before.length + 1);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select count(*) from bars where close = 77"), [[1]]);
  });

  test("that changes and changes back ends as the feed last said", async (t) => {
    const testLake = await makeLake(t);
    const first = [barOf({ close: 10.5 })];
    const second = [barOf({ close: 10.6 })];
    for (const [index, bars] of [first, second, first, second].entries()) {
      const arrived = bars.map((bar) => barOf({ close: bar.close, ingestedMs: index + 1e12 }));
      const { added } = await backfillInto(
        testLake,
        historyFeed(() => ({ bars: arrived })),
      );
      assert.equal(added, 1, String(index));
    }
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select close from bars"), [[10.6]]);
    assert.deepEqual(await rowsOf(testLake, "select count(*) from bar_revisions"), [[4]]);
  });

  test("names the symbols that cannot be had, and loads the others", async (t) => {
    const testLake = await makeLake(t);
    const feed = historyFeed(({ symbols }) => ({
      bars: year("COMI"),
      failed: new Map(symbols.includes("NOSUCH") ? [["NOSUCH", unknown]] : []),
    }));
    const summary = await backfillInto(testLake, feed, {
      request: { symbols: ["COMI", "NOSUCH", "SILENT"] },
    });
    assert.deepEqual(
      [...summary.failedSymbols].map(([symbol, { code }]) => [symbol, code]),
      [
        ["NOSUCH", "E_FEED_SYMBOL_UNKNOWN"],
        ["SILENT", "E_FEED_NO_DATA"],
      ],
    );
    assert.equal(summary.loaded, 1);
  });

  test("tries again what may pass, and gives up what stays", async (t) => {
    const testLake = await makeLake(t);
    let tries = 0;
    const flaky = historyFeed(() => {
      tries += 1;
      if (tries < 3) throw new EgxError("E_FEED_TIMEOUT", "no answer");
      return { bars: year() };
    });
    const quick = { ...systemClock, sleep: async () => undefined };
    assert.equal((await backfillInto(testLake, flaky, { clock: quick })).loads, 1);
    const dead = historyFeed(() => {
      throw new EgxError("E_FEED_UNREACHABLE", "no way");
    });
    await assert.rejects(backfillInto(testLake, dead, { clock: quick }), (error) =>
      hasCode(error, "E_FEED_UNREACHABLE"),
    );
  });

  test("does not put made-up bars beside real ones", async (t) => {
    const testLake = await makeLake(t);
    await backfillInto(
      testLake,
      historyFeed(() => ({ bars: year() })),
    );
    const simulated = historyFeed(() => ({ bars: year("COMI", 1, { source: "simulator" }) }));
    await assert.rejects(backfillInto(testLake, simulated, { kind: "simulated" }), (error) =>
      hasCode(error, "E_LAKE_KIND"),
    );
  });
});

suite("a backfill that stops", () => {
  const symbols = ["AAA", "BBB", "CCC", "DDD", "EEE"];
  const everything = symbols.flatMap((symbol) => year(symbol));
  const makeFeed = (): ReturnType<typeof historyFeed> =>
    historyFeed((request) => ({ bars: asked(everything, request) }));

  test("at any write goes on where it stopped, and stores each bar once", async (t) => {
    let died = 0;
    for (let at = 2; ; at += 3) {
      const testLake = await makeLake(t);
      const chunked = { request: { symbols }, chunkSymbols: 2, resume: true };
      const lake = dyingLake(testLake.lake, at, at % 2 === 0 ? "before" : "after");
      const end = await backfillInto({ ...testLake, lake }, makeFeed(), chunked).catch(
        (error: unknown) => error,
      );
      if (end instanceof Crash) died += 1;
      const done = (await Array.fromAsync(readLoads(testLake.lake))).length;
      const feed = makeFeed();
      const summary = await backfillInto(testLake, feed, chunked);
      assert.equal(summary.skipped, Math.min(5, done * 2), `write ${at}`);
      assert.equal(feed.requests.length, 3 - done);
      const { findings, summary: ledger } = await verified(testLake.lake);
      assert.deepEqual(findings, [], `write ${at}`);
      assert.deepEqual([ledger.loads, ledger.loadedRows], [3, everything.length], `write ${at}`);
      if (!(end instanceof Crash)) break;
    }
    assert.ok(died >= 3, String(died));
  });

  test("because it was asked to keeps what is stored, and says so", async (t) => {
    const testLake = await makeLake(t);
    const stop = new AbortController();
    const feed = historyFeed((request) => {
      if (request.symbols.includes("CCC")) stop.abort();
      return { bars: asked(everything, request) };
    });
    const summary = await backfillInto(testLake, feed, {
      request: { symbols },
      chunkSymbols: 2,
      signal: stop.signal,
    });
    assert.equal(summary.stopped, true);
    const rest = await backfillInto(testLake, makeFeed(), {
      request: { symbols },
      chunkSymbols: 2,
      resume: true,
    });
    assert.equal(rest.stopped, false);
    assert.equal((await verified(testLake.lake)).summary.loadedRows, everything.length);
  });

  test("skips only what covers the dates, and tries again what failed", async (t) => {
    const testLake = await makeLake(t);
    const wide = { from: Temporal.PlainDate.from("2025-03-01") };
    await backfillInto(testLake, makeFeed(), { request: { symbols: ["AAA"], ...wide } });
    const skipped = async (request: Partial<FeedRequest>): Promise<number> =>
      (await backfillInto(testLake, makeFeed(), { request, resume: true })).skipped;
    assert.equal(await skipped({ symbols: ["AAA"], ...wide }), 1);
    const narrow = { from: Temporal.PlainDate.from("2025-04-01") };
    assert.equal(await skipped({ symbols: ["AAA"], ...narrow }), 1);
    assert.equal(await skipped({ symbols: ["NOSUCH"], ...wide }), 0);
    assert.equal(await skipped({ symbols: ["NOSUCH", "AAA"], ...wide }), 1);
    assert.equal(await skipped({ symbols: ["AAA"] }), 0);
  });
});

suite("an answer that is not what was held", () => {
  test("and shorter leaves the bars that it lacks, and is named", async (t) => {
    const testLake = await makeLake(t);
    await backfillInto(
      testLake,
      historyFeed(() => ({ bars: year() })),
    );
    const { notes, added } = await backfillInto(
      testLake,
      historyFeed(() => ({ bars: year().slice(100) })),
    );
    assert.deepEqual(
      [notes, added],
      [[{ symbol: "COMI", note: { kind: "shrunken", bars: 100 } }], 0],
    );
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select count(*) from bars"), [[sessions.length]]);
  });

  test("without volumes does not replace those that are known", async (t) => {
    const testLake = await makeLake(t);
    await backfillInto(
      testLake,
      historyFeed(() => ({ bars: year() })),
    );
    const poor = year("COMI", 1, { volume: null });
    const { notes } = await backfillInto(
      testLake,
      historyFeed(() => ({ bars: poor })),
    );
    assert.deepEqual(notes, [{ symbol: "COMI", note: { kind: "poorer", bars: sessions.length } }]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select count(volume) from bars"), [[sessions.length]]);
  });

  test("but re-based is asked for from its beginning, so that it has one basis", async (t) => {
    const testLake = await makeLake(t);
    await backfillInto(
      testLake,
      historyFeed(() => ({ bars: year() })),
    );
    const halved = later(year("COMI", 0.5));
    const feed = historyFeed((request) => ({ bars: asked(halved, request) }));
    const { notes, added } = await backfillInto(testLake, feed, {
      request: { from: Temporal.PlainDate.from("2025-10-01") },
    });
    assert.deepEqual(
      notes.map(({ note }) => note),
      [{ kind: "rebased", bars: sessions.length, factor: 0.5 }],
    );
    assert.equal(added, sessions.length);
    assert.deepEqual(feed.requests[1]?.from?.toString(), sessions[0]?.toString());
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select min(close), max(close) from bars"), [[25, 31]]);
  });

  test("re-based, and not given back to its beginning, changes nothing", async (t) => {
    const testLake = await makeLake(t);
    await backfillInto(
      testLake,
      historyFeed(() => ({ bars: year() })),
    );
    const late = year("COMI", 0.5).slice(150);
    const { failedSymbols, added } = await backfillInto(
      testLake,
      historyFeed(() => ({ bars: late })),
    );
    assert.deepEqual([failedSymbols.get("COMI")?.code, added], ["E_FEED_REBASED", 0]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select min(close), max(close) from bars"), [[50, 62]]);
  });

  test("with fewer days than sessions is named, a whole one is not", async (t) => {
    const testLake = await makeLake(t);
    const thin = year("THIN").filter((_, day) => day % 3 === 0);
    const feed = historyFeed(() => ({ bars: [...year(), ...thin] }));
    const { notes } = await backfillInto(testLake, feed, { request: { symbols: "all" } });
    assert.deepEqual(notes, [
      {
        symbol: "THIN",
        note: { kind: "short", days: thin.length, sessions: sessions.length },
      },
    ]);
  });
});
