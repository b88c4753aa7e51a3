import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import * as fc from "fast-check";
import type { Adjustment, Bar } from "../../src/market/bar.ts";
import { builtKey, partitionKey, symbolsKey } from "../../src/silver/silver-keys.ts";
import { bestSeries, defaultSourceRank, type SourceRank } from "../../src/silver/source-rank.ts";
import type { PipelineEvent } from "../../src/telemetry/events.ts";
import {
  answersOf,
  barOf,
  contentOf,
  Crash,
  dyingLake,
  findingsOf,
  haltingLake,
  intervalOf,
  LakeWriter,
  makeLake,
  rowsOf,
  type TestLake,
} from "../support/silver-lake.ts";

const noon = Temporal.Instant.from("2025-11-24T12:00:00Z").epochMilliseconds;

/** A lake whose silver is one build behind: new revisions, a new month, a better source. */
async function lakeWithNews(t: TestContext): Promise<TestLake> {
  const testLake = await makeLake(t);
  const minute = intervalOf("1m");
  const writer = new LakeWriter(testLake.lake);
  await writer.append([
    barOf({ source: "yahoo" }),
    barOf({ source: "yahoo", at: "2024-11-24T10:00:00+02:00" }),
    barOf({ interval: minute }),
  ]);
  await testLake.build();
  await writer.append([
    barOf({ source: "tradingview", at: "2024-11-25T10:00:00+02:00" }),
    barOf({ interval: minute, close: 10.9 }),
    barOf({ interval: minute, at: "2025-12-01T10:00:00+02:00" }),
  ]);
  return testLake;
}

suite("a build that dies", () => {
  test("at any write leaves silver readable, and the next one completes it", async (t) => {
    const start = await lakeWithNews(t);
    const whole = await makeLake(t, start);
    const { objects } = await whole.build();
    const expected = await contentOf(whole);
    // The state before and after, and the objects between.
    const writes = objects + 2;
    for (let at = 0; at <= writes; at += 1) {
      const testLake = await makeLake(t, start);
      // To die after a write is to die before the next one, except behind the last.
      const when = at === writes ? "after" : "before";
      const lake = dyingLake(testLake.lake, Math.min(at, writes - 1), when);
      await assert.rejects(testLake.build({ lake }), Crash);
      assert.deepEqual(await findingsOf(testLake.lake), [], `write ${at}`);
      const bars = await rowsOf(testLake, "select 1 from bars group by interval, datetime, symbol");
      assert.ok(bars.length >= 2, `write ${at}`);
      await testLake.build();
      assert.deepEqual(await contentOf(testLake), expected, `write ${at}`);
      assert.deepEqual(await findingsOf(testLake.lake), []);
    }
  });

  test("again and again, with news in between, still completes", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    await writer.append([barOf({ source: "yahoo" })]);
    await testLake.build();
    for (const at of [3, 1, 2, 3, 2, 1, 4]) {
      await writer.append([barOf({ source: at > 2 ? "eodhd" : "yahoo", close: 10 + at / 10 })]);
      const lake = dyingLake(testLake.lake, at, at % 2 === 0 ? "before" : "after");
      await assert.rejects(testLake.build({ lake }), Crash);
      assert.deepEqual(await findingsOf(testLake.lake), []);
    }
    assert.equal((await testLake.build()).rebuilt, null);
    const content = await contentOf(testLake);
    assert.deepEqual(await findingsOf(testLake.lake), []);
    await testLake.build({ rebuild: true });
    assert.deepEqual(await contentOf(testLake), content);
  });

  test("leaves nothing of its rank to one that has another", async (t) => {
    const start = await makeLake(t);
    await new LakeWriter(start.lake).append([
      barOf({ source: "yahoo", close: 10.1 }),
      barOf({ source: "tradingview", close: 10.2 }),
    ]);
    await start.build();
    const expected = await contentOf(start);
    const rank: SourceRank = { sources: [["yahoo"]], adjusted: [] };
    // The state, the bars, the symbols, the state.
    for (const at of [1, 2, 3]) {
      const testLake = await makeLake(t, start);
      const lake = dyingLake(testLake.lake, at, "before");
      await assert.rejects(testLake.build({ lake, rank }), Crash);
      await testLake.build();
      assert.deepEqual(await contentOf(testLake), expected, `write ${at}`);
    }
  });

  test("while it makes silver anew loses nothing either", async (t) => {
    const start = await lakeWithNews(t);
    const whole = await makeLake(t, start);
    await whole.build();
    const expected = await contentOf(whole);
    for (const at of [1, 4, 9, 11]) {
      const testLake = await makeLake(t, start);
      const lake = dyingLake(testLake.lake, at, "after");
      await assert.rejects(testLake.build({ lake, rebuild: true }), Crash);
      await testLake.build();
      assert.deepEqual(await contentOf(testLake), expected, `write ${at}`);
    }
  });
});

suite("a build that is overtaken", () => {
  test("at any write gives way and begins again", async (t) => {
    const start = await makeLake(t);
    const beginning = new LakeWriter(start.lake);
    await beginning.append([barOf({ source: "yahoo" })]);
    await start.build();
    // The state, revisions, bars and symbols, the state.
    for (let at = 0; at < 5; at += 1) {
      const testLake = await makeLake(t, start);
      const writer = new LakeWriter(testLake.lake, 1);
      await writer.append([barOf({ source: "yahoo", symbol: "ETEL" })]);
      const events: PipelineEvent[] = [];
      const lake = haltingLake(testLake.lake, at, async () => {
        await writer.append([
          barOf({ source: "yahoo", close: 10.9 }),
          barOf({ source: "eodhd", symbol: "ETEL" }),
        ]);
        await testLake.build();
      });
      await testLake.build({ lake, events: (event) => events.push(event) });
      assert.deepEqual(
        events.map((event) => event.kind === "retry" && event.error.code),
        ["E_SILVER_BUSY"],
      );
      const content = await contentOf(testLake);
      assert.deepEqual(await findingsOf(testLake.lake), [], `write ${at}`);
      await testLake.build({ rebuild: true });
      assert.deepEqual(await contentOf(testLake), content, `write ${at}`);
    }
  });
});

suite("damage to silver", () => {
  const revisionsKey = partitionKey("bar_revisions", "interval=1d/year=2024");

  test("that a build meets is mended from the ledger", async (t) => {
    const whole = await lakeWithNews(t);
    await whole.build();
    const expected = await contentOf(whole);
    for (const harm of ["change", "remove"] as const) {
      const testLake = await lakeWithNews(t);
      const file = path.join(testLake.folder, revisionsKey);
      await (harm === "change" ? writeFile(file, "PAR1 no more") : rm(file));
      const summary = await testLake.build();
      assert.deepEqual([summary.rebuilt, summary.damaged], ["damaged", [revisionsKey]]);
      assert.deepEqual(await contentOf(testLake), expected);
      assert.deepEqual(await findingsOf(testLake.lake), []);
    }
  });

  test("a state that cannot be read, or is gone, makes silver anew", async (t) => {
    const testLake = await lakeWithNews(t);
    await testLake.build();
    const expected = await contentOf(testLake);
    await testLake.lake.put(builtKey, new TextEncoder().encode("{}"));
    assert.equal((await testLake.build()).rebuilt, "format");
    await testLake.lake.delete(builtKey);
    assert.equal((await testLake.build()).rebuilt, "damaged");
    assert.deepEqual(await contentOf(testLake), expected);
  });

  test("a rebuild removes what the ledger does not give", async (t) => {
    const testLake = await lakeWithNews(t);
    const stray = partitionKey("bars", "interval=1d/year=1999");
    await testLake.build();
    await testLake.lake.put(stray, new Uint8Array(1));
    assert.deepEqual(await findingsOf(testLake.lake), [{ key: stray, state: "stray" }]);
    await testLake.build({ rebuild: true });
    assert.deepEqual(await findingsOf(testLake.lake), []);
    assert.equal(await testLake.lake.head(stray), null);
  });

  test("of one byte, or a missing object, is found wherever it is", async (t) => {
    const testLake = await lakeWithNews(t);
    await testLake.build();
    const keys = (await Array.fromAsync(testLake.lake.list("silver/"))).map(({ key }) => key);
    assert.ok(keys.includes(symbolsKey) && keys.includes(builtKey));
    for (const key of keys) {
      const stored = await testLake.lake.get(key);
      assert.ok(stored !== null);
      for (const at of [0, Math.floor(stored.body.length / 2), stored.body.length - 2]) {
        const changed = Uint8Array.from(stored.body);
        changed[at] = (changed[at] ?? 0) ^ 1;
        await testLake.lake.put(key, changed);
        const found = await findingsOf(testLake.lake);
        assert.deepEqual(found[0], { key, state: "damaged" }, `${key} at ${at}`);
      }
      await testLake.lake.delete(key);
      // Without the state, all the others are strays.
      const expected = key === builtKey ? "stray" : "missing";
      assert.equal((await findingsOf(testLake.lake))[0]?.state, expected, key);
      await testLake.lake.put(key, stored.body);
    }
  });
});

interface Row {
  readonly bar: Bar;
  readonly partition: number;
  readonly offset: number;
}

/** `bars` by the words of the design, row by row: [symbol, interval, source, instant, close]. */
function barsByTheBook(rows: readonly Row[]): readonly unknown[] {
  const found: unknown[][] = [];
  const bySymbol = Map.groupBy(rows, ({ bar }) => `${bar.symbol}|${bar.interval.name}`);
  for (const ofSymbol of bySymbol.values()) {
    const series = Map.groupBy(ofSymbol, ({ bar }) => JSON.stringify([bar.source, bar.adjusted]));
    const candidates = [...series.values()].map((list) => {
      const { bar } = list[0] ?? assert.fail();
      const { exchange, symbol, source, adjusted } = bar;
      const bars = new Set(list.map((row) => row.bar.startMs)).size;
      return { exchange, symbol, source, adjusted, bars };
    });
    const best = bestSeries(candidates, defaultSourceRank) ?? assert.fail();
    const chosen = series.get(JSON.stringify([best.source, best.adjusted])) ?? [];
    for (const revisions of Map.groupBy(chosen, ({ bar }) => bar.startMs).values()) {
      const newest = revisions.reduce((left, right) => (beats(right, left) ? right : left));
      const { symbol, interval, source, startMs, close } = newest.bar;
      const instant = Temporal.Instant.fromEpochMilliseconds(startMs).toString();
      found.push([symbol, interval.name, source, instant, close]);
    }
  }
  return found.map((row) => JSON.stringify(row)).toSorted();
}

function beats(right: Row, left: Row): boolean {
  if (right.bar.final !== left.bar.final) return right.bar.final;
  if (right.bar.ingestedMs !== left.bar.ingestedMs) {
    return right.bar.ingestedMs > left.bar.ingestedMs;
  }
  return right.offset > left.offset;
}

const anyBar: fc.Arbitrary<Bar> = fc
  .record({
    symbol: fc.constantFrom("COMI", "ETEL", "SWDY"),
    interval: fc.constantFrom(intervalOf("1d"), intervalOf("1m")),
    at: fc.constantFrom(
      "2024-12-31T10:00:00+02:00",
      "2025-01-01T10:00:00+02:00",
      "2025-02-02T10:00:00+02:00",
    ),
    source: fc.constantFrom("tradingview", "yahoo", "csv:a.csv", "csv:b.csv", "kaggle:c/d", "new"),
    adjusted: fc.constantFrom<Adjustment>("none", "splits", "dividends"),
    final: fc.boolean(),
    ingestedMs: fc.constantFrom(noon, noon + 1000, noon + 2000),
    close: fc.integer({ min: 900, max: 1100 }).map((cents) => cents / 100),
  })
  .map((changes) => barOf(changes));

const anySteps = fc.array(
  fc.record({
    partition: fc.constantFrom(0, 1),
    bars: fc.array(anyBar, { minLength: 1, maxLength: 6 }),
    late: fc.boolean(),
    build: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
);

suite("builds in steps", () => {
  test("give what one build gives, and what the design says", async (t) => {
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const testLake = await makeLake(t);
        const writers = [new LakeWriter(testLake.lake, 0), new LakeWriter(testLake.lake, 1)];
        const rows: Row[] = [];
        const offsets = [0, 0];
        for (const { partition, bars, late, build } of steps) {
          // A symbol's records are all in one partition.
          const mine = bars.map((bar) => barOf({ ...bar, symbol: `${bar.symbol}${partition}` }));
          const writer = writers[partition] ?? assert.fail();
          for (const bar of mine) {
            const offset = offsets[partition] ?? 0;
            rows.push({ bar, partition, offset });
            offsets[partition] = offset + 1;
          }
          const { finish } = await writer.append(mine, { unfinished: late });
          if (build) await testLake.build();
          await finish();
        }
        await testLake.build();
        const stepwise = await contentOf(testLake);
        const byTheBook = barsByTheBook(rows);
        const bars = "select symbol, interval, source, datetime, close from bars";
        const total = "select count(*) from bar_revisions";
        const future = Temporal.Instant.from("2030-01-01T00:00Z");
        for (const asOf of [undefined, future]) {
          const [found = [], count] = await answersOf(testLake, [bars, total], asOf);
          assert.deepEqual(found.map((row) => JSON.stringify(row)).toSorted(), byTheBook);
          assert.deepEqual(count, [[rows.length]]);
        }
        await testLake.build({ rebuild: true });
        assert.deepEqual(await contentOf(testLake), stepwise);
        assert.deepEqual(await findingsOf(testLake.lake), []);
      }),
      { numRuns: 8 },
    );
  });
});
