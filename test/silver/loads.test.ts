import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { fileOf, importInto } from "../support/loads.ts";
import {
  barOf,
  contentOf,
  Crash,
  dyingLake,
  findingsOf,
  intervalOf,
  LakeWriter,
  makeLake,
  remoteLake,
  rowsOf,
  type TestLake,
} from "../support/silver-lake.ts";

interface Row {
  readonly symbol: string;
  readonly day: number;
  readonly close: number;
}

/** What reaches a lake, in some order. */
type Step =
  | { readonly kind: "stream"; readonly source: string; readonly rows: readonly Row[] }
  | { readonly kind: "load"; readonly source: string; readonly rows: readonly Row[] }
  | { readonly kind: "build" };

const rows = fc.array(
  fc.record({
    symbol: fc.constantFrom("COMI", "ETEL"),
    day: fc.integer({ min: 20, max: 27 }),
    close: fc.integer({ min: 100, max: 120 }),
  }),
  { minLength: 1, maxLength: 8 },
);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("stream" as const),
      source: fc.constantFrom("tradingview", "csv:prices", "yahoo"),
      rows,
    }),
    fc.record({
      kind: fc.constant("load" as const),
      source: fc.constantFrom("csv:prices", "csv:other", "yahoo"),
      rows,
    }),
    fc.record({ kind: fc.constant("build" as const) }),
  ),
  { minLength: 2, maxLength: 7 },
);

function csvOf(load: readonly Row[]): string {
  const lines = load.map(({ symbol, day, close }) => `${symbol},2025-11-${day},${close / 10}`);
  return `symbol,date,close\n${lines.join("\n")}\n`;
}

function streamed(source: string, stream: readonly Row[]): ReturnType<typeof barOf>[] {
  return stream.map(({ symbol, day, close }) =>
    barOf({
      symbol,
      source,
      at: `2025-11-${day}T10:00:00+02:00`,
      open: null,
      high: null,
      low: null,
      close: close / 10,
    }),
  );
}

async function take(t: TestContext, testLake: TestLake, all: readonly Step[]): Promise<void> {
  const writer = new LakeWriter(testLake.lake);
  for (const step of all) {
    if (step.kind === "build") await testLake.build();
    else if (step.kind === "stream") await writer.append(streamed(step.source, step.rows));
    else {
      const wishes = { source: step.source, interval: intervalOf("1d") };
      await importInto(testLake, await fileOf(t, csvOf(step.rows)), { wishes });
    }
  }
}

suite("loads and streams", () => {
  test("in any order, with builds in between, give what a rebuild gives", async (t) => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const testLake = await makeLake(t);
        await take(t, testLake, all);
        await testLake.build();
        const content = await contentOf(testLake);
        assert.deepEqual(await findingsOf(testLake.lake), []);
        assert.equal((await testLake.build()).objects, 0);
        const rebuilt = await testLake.build({ rebuild: true });
        assert.equal(rebuilt.rebuilt, "asked");
        assert.deepEqual(await contentOf(testLake), content);
      }),
      { numRuns: 12 },
    );
  });

  test("of one source join to one series; a better source goes before", async (t) => {
    const testLake = await makeLake(t);
    const load = [
      { symbol: "COMI", day: 23, close: 100 },
      { symbol: "COMI", day: 24, close: 101 },
    ];
    await take(t, testLake, [{ kind: "load", source: "csv:prices", rows: load }]);
    await testLake.build();
    const select = "select source, count(*) from bars group by 1";
    assert.deepEqual(await rowsOf(testLake, select), [["csv:prices", 2]]);
    await take(t, testLake, [{ kind: "stream", source: "tradingview", rows: load.slice(1) }]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, select), [["tradingview", 1]]);
    const revisions = "select count(*), count(log_id), count(distinct object) from bar_revisions";
    assert.deepEqual(await rowsOf(testLake, revisions), [[3, 1, 2]]);
  });

  test("a row of a load names the object that holds it, and no record of a log", async (t) => {
    const testLake = await makeLake(t);
    const file = await fileOf(t, csvOf([{ symbol: "COMI", day: 24, close: 100 }]));
    const { entry } = await importInto(testLake, file);
    await testLake.build();
    const columns = "log_id, log_partition, log_offset, object";
    assert.deepEqual(await rowsOf(testLake, `select ${columns} from bars`), [
      [null, null, null, entry.objects[0]?.key],
    ]);
  });

  test("a lake that is no folder is read all the same", async (t) => {
    const testLake = await makeLake(t);
    const remote = { ...testLake, lake: remoteLake(testLake.lake) };
    await importInto(remote, await fileOf(t, csvOf([{ symbol: "COMI", day: 24, close: 100 }])));
    await testLake.build({ lake: remote.lake });
    assert.deepEqual(await rowsOf(testLake, "select close from bars"), [[10]]);
  });
});

test("a build that dies with a load under way leaves it for the next one, once", async (t) => {
  const start = await makeLake(t);
  const row = { symbol: "COMI", day: 23, close: 100 };
  await take(t, start, [
    { kind: "stream", source: "csv:prices", rows: [row] },
    { kind: "build" },
    { kind: "load", source: "csv:prices", rows: [{ ...row, day: 24 }] },
  ]);
  const whole = await makeLake(t, start);
  const { objects } = await whole.build();
  const expected = await contentOf(whole);
  for (let at = 0; at <= objects + 1; at += 1) {
    const testLake = await makeLake(t, start);
    const lake = dyingLake(testLake.lake, at, at % 2 === 0 ? "before" : "after");
    await assert.rejects(testLake.build({ lake }), Crash);
    await testLake.build();
    assert.deepEqual(await contentOf(testLake), expected, `write ${at}`);
    assert.deepEqual(await findingsOf(testLake.lake), []);
  }
});
