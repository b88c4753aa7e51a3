import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError } from "../../src/base/errors.ts";
import { seededRandom } from "../../src/base/random.ts";
import { backfill } from "../../src/loads/backfill.ts";
import type { Bar } from "../../src/market/bar.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { intervalByCode } from "../../src/market/interval.ts";
import { trace, type TraceAsked, type TracedRevision } from "../../src/quality/trace.ts";
import { historyFeed } from "../support/history-feed.ts";
import {
  barOf,
  dyingLake,
  intervalOf,
  LakeWriter,
  makeLake,
  type TestLake,
} from "../support/silver-lake.ts";

const date: TraceAsked = { symbol: "COMI", at: { date: "2025-11-24" } };

function traced(testLake: TestLake, asked: TraceAsked): Promise<readonly TracedRevision[]> {
  const { lake, scratchFolder } = testLake;
  return trace({ lake, scratchFolder, clock: systemClock }, asked);
}

/** Loads COMI's bars, which have one interval, as `source`'s history. */
async function loadBars(
  { lake, scratchFolder }: TestLake,
  source: string,
  bars: readonly Bar[],
): Promise<void> {
  await backfill({
    feed: historyFeed(source, bars),
    request: { symbols: ["COMI"], interval: bars[0]?.interval ?? intervalOf("1d") },
    kind: "real",
    resume: false,
    calendar: egxCalendar(),
    lake,
    scratchFolder,
    writer: "test",
    clock: systemClock,
    random: seededRandom(1),
  });
}

suite("a bar's way back", () => {
  test("names object, line, offset and entry of every revision, in the order of receipt", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake, 3);
    const ingestedMs = barOf().ingestedMs;
    await writer.append([
      barOf({ symbol: "ABUK" }),
      barOf({ final: false, close: 10.2 }),
      barOf({ final: false, close: 10.3, ingestedMs: ingestedMs + 1 }),
    ]);
    await writer.append([barOf({ close: 10.4, ingestedMs: ingestedMs + 2 })]);
    await testLake.build();
    const revisions = await traced(testLake, date);
    assert.deepEqual(
      revisions.map(({ close, counts, proof }) => [close, counts, proof.line, proof.offset]),
      [
        [10.2, false, 1, "9f3c21ab/3:1"],
        [10.3, false, 2, "9f3c21ab/3:2"],
        [10.4, true, 1, "9f3c21ab/3:3"],
      ],
    );
    for (const { proof, close } of revisions) {
      assert.equal(proof.digest, "as written");
      assert.match(proof.text ?? "", new RegExp(`"close":${close},`));
      assert.match(
        proof.entry ?? "",
        /^_ledger\/streaming\/egx_market_data\/9f3c21ab\/3\/0+[03]\.json$/,
      );
    }
  });

  test("a record that was written twice is two revisions, of which one counts", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf(), barOf()]);
    await testLake.build();
    const revisions = await traced(testLake, date);
    assert.deepEqual(
      revisions.map(({ counts, proof }) => [counts, proof.line, proof.offset]),
      [
        [false, 1, "9f3c21ab/0:0"],
        [true, 2, "9f3c21ab/0:1"],
      ],
    );
  });

  test("says that an object is not as written, or gone", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    await testLake.build();
    const [first] = await traced(testLake, date);
    assert.ok(first !== undefined);
    const { object } = first.proof;
    const stored = await testLake.lake.get(object);
    assert.ok(stored !== null);
    const body = Uint8Array.from(stored.body);
    body[20] = (body[20] ?? 0) ^ 1;
    await testLake.lake.put(object, body);
    assert.deepEqual(
      (await traced(testLake, date)).map(({ proof }) => [proof.digest, proof.line]),
      [["damaged", null]],
    );
    await testLake.lake.delete(object);
    assert.equal((await traced(testLake, date))[0]?.proof.digest, "missing");
  });

  test("leads to the load and the row of a bar that was loaded", async (t) => {
    const testLake = await makeLake(t);
    const { lake } = testLake;
    const bars = ["20", "23", "24"].map((day) => barOf({ at: `2025-11-${day}T10:00:00+02:00` }));
    await loadBars(testLake, "tradingview", bars);
    await testLake.build();
    const [revision, ...others] = await traced(testLake, date);
    assert.equal(others.length, 0);
    assert.ok(revision !== undefined && revision.counts);
    const { proof } = revision;
    assert.equal(proof.line, 3);
    assert.equal(proof.digest, "as written");
    assert.equal(proof.entry, `_ledger/batch/${proof.load}.json`);
    const body = (await lake.get(proof.object))?.body;
    assert.ok(body !== undefined);
    await lake.put(proof.object, body.slice(0, -1));
    assert.equal((await traced(testLake, date))[0]?.proof.digest, "damaged");
  });

  test("reads each object and each load once, however many bars it holds", async (t) => {
    const testLake = await makeLake(t);
    const { lake } = testLake;
    const startMs = Temporal.Instant.from("2025-11-24T10:00:00+02:00").epochMilliseconds;
    const bars = Array.from({ length: 9 }, (_, at) =>
      barOf({ startMs: startMs + at * 60_000, interval: intervalOf("1m") }),
    );
    await new LakeWriter(lake).append(bars);
    await loadBars(testLake, "yahoo", bars);
    await testLake.build();
    const read: string[] = [];
    const get: TestLake["lake"]["get"] = (key) => {
      read.push(key);
      return lake.get(key);
    };
    const counting = { ...dyingLake(lake, Infinity, "before"), get };
    const revisions = await traced({ ...testLake, lake: counting }, date);
    assert.deepEqual(
      revisions.map(({ proof }) => [proof.digest, proof.line]),
      [...bars.keys()].flatMap((at) => [
        ["as written", at + 1],
        ["as written", at + 1],
      ]),
    );
    assert.equal(read.length, new Set(read).size, read.join());
  });

  test("an instant is one bar, of the interval that is asked for", async (t) => {
    const testLake = await makeLake(t);
    const startMs = Temporal.Instant.from("2025-11-24T10:15:00+02:00").epochMilliseconds;
    const minutes = intervalByCode("1m") ?? intervalOf("1m");
    const quarter = intervalOf("15m");
    await new LakeWriter(testLake.lake).append([
      barOf({ startMs, interval: minutes }),
      barOf({ startMs: startMs + 60_000, interval: minutes }),
      barOf({ startMs, interval: quarter }),
    ]);
    await testLake.build();
    const all = await traced(testLake, { symbol: "COMI", at: { startMs } });
    assert.deepEqual(all.map(({ interval }) => interval).toSorted(), ["1 Minute", "15 Minute"]);
    const one = await traced(testLake, { symbol: "COMI", at: { startMs }, interval: quarter });
    assert.deepEqual(
      one.map(({ interval }) => interval),
      ["15 Minute"],
    );
  });

  test("says what there is when there is no such bar", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    await testLake.build();
    await assert.rejects(
      traced(testLake, { symbol: "COMI", at: { date: "2025-11-23" } }),
      (error) =>
        error instanceof EgxError &&
        error.code === "E_TRACE_NOTHING" &&
        error.hint === "It has Daily bars from 2025-11-24 to 2025-11-24.",
    );
  });
});
