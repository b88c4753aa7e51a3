import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { suite, test } from "node:test";
import { hasCode } from "../../src/base/errors.ts";
import { entryKey } from "../../src/ledger/layout.ts";
import type { Bar } from "../../src/market/bar.ts";
import { builtKey, partitionKey } from "../../src/silver/silver-keys.ts";
import {
  barOf,
  contentOf,
  findingsOf,
  intervalOf,
  LakeWriter,
  makeLake,
  remoteLake,
  rowsOf,
  type TestLake,
} from "../support/silver-lake.ts";

const hour = 3_600_000;
const noon = Temporal.Instant.from("2025-11-24T12:00:00Z").epochMilliseconds;

async function silverKeys(testLake: TestLake): Promise<readonly string[]> {
  const listed = await Array.fromAsync(testLake.lake.list("silver/"));
  return listed.map((object) => object.key);
}

suite("revisions of a bar", () => {
  const cases: readonly {
    readonly name: string;
    readonly bars: readonly Partial<Bar>[];
    readonly close: number;
  }[] = [
    {
      name: "a final one beats a provisional one that is newer",
      bars: [
        { final: true, ingestedMs: noon, close: 10.1 },
        { final: false, ingestedMs: noon + hour, close: 10.2 },
      ],
      close: 10.1,
    },
    {
      name: "of two final ones the one received last counts, whatever their order in the log",
      bars: [
        { ingestedMs: noon + hour, close: 10.1 },
        { ingestedMs: noon, close: 10.2 },
      ],
      close: 10.1,
    },
    {
      name: "of two received at once the one with the higher offset counts",
      bars: [
        { ingestedMs: noon, close: 10.1 },
        { ingestedMs: noon, close: 10.2 },
      ],
      close: 10.2,
    },
  ];
  for (const { name, bars, close } of cases) {
    test(name, async (t) => {
      const testLake = await makeLake(t);
      const writer = new LakeWriter(testLake.lake);
      // In one build, and again spread over two.
      await writer.append(bars.map((bar) => barOf(bar)));
      await testLake.build();
      assert.deepEqual(await rowsOf(testLake, "select close from bars"), [[close]]);
      for (const bar of bars) {
        await writer.append([barOf({ ...bar, symbol: "ETEL" })]);
        await testLake.build();
      }
      const sql = "select symbol, close from bars order by symbol";
      assert.deepEqual(await rowsOf(testLake, sql), [
        ["COMI", close],
        ["ETEL", close],
      ]);
      const all = await rowsOf(testLake, "select count(*) from bar_revisions");
      assert.deepEqual(all, [[bars.length * 2]]);
    });
  }

  test("publishing a bar again adds records, not bars", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    for (let time = 0; time < 3; time += 1) await writer.append([barOf()]);
    const summary = await testLake.build();
    assert.equal(summary.bars, 1);
    assert.equal(summary.revisions, 3);
    assert.equal(summary.rows, 3);
    assert.equal(summary.entries, 3);
  });
});

suite("a build", () => {
  test("writes the keys, columns and metadata of the contract", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake, 3);
    await writer.append([
      barOf(),
      barOf({ interval: intervalOf("1m"), open: 12, volume: null, source: "csv:a.csv" }),
    ]);
    await testLake.build();
    assert.deepEqual(await silverKeys(testLake), [
      builtKey,
      "silver/bar_revisions/interval=1d/year=2025/bars.parquet",
      "silver/bar_revisions/interval=1m/year=2025/month=11/bars.parquet",
      "silver/bars/interval=1d/year=2025/bars.parquet",
      "silver/bars/interval=1m/year=2025/month=11/bars.parquet",
      "silver/sessions.parquet",
      "silver/symbols.parquet",
    ]);
    const rows = await rowsOf(testLake, "select * from bars where interval = '1 Minute'");
    const object =
      "streaming/date=2025-11-24/symbol=COMI/" +
      "egx_market_data-9f3c21ab-3-00000000000000000000-00000000000000000001.json";
    const identity = ["COMI", "EGX", "1 Minute", "2025-11-24", "2025-11-24T08:00:00Z"];
    const content = [12, 11, 9, 10.5, null, true, "csv:a.csv", "EGP", "splits"];
    const origin = ["2025-11-24T16:00:00Z", "9f3c21ab", 3, 1, object];
    assert.deepEqual(rows, [[...identity, ...content, ["open-outside-range"], ...origin]]);
    const file = await readFile(
      path.join(testLake.folder, partitionKey("bars", "interval=1d/year=2025")),
    );
    const text = file.toString("latin1");
    assert.match(text, /egx_position/);
    assert.match(text, /"partition":3,"end":2,"last":"[0-9a-f]{64}"/);
  });

  test("reads only what is new, and writes nothing when nothing is", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    await writer.append([barOf(), barOf({ at: "2024-05-05T10:00:00+03:00" })]);
    assert.equal((await testLake.build()).objects, 6);
    const before = await testLake.lake.head(builtKey);
    const idle = await testLake.build();
    assert.deepEqual([idle.entries, idle.rows, idle.objects, idle.bars], [0, 0, 0, 2]);
    assert.deepEqual(await testLake.lake.head(builtKey), before);
    await writer.append([barOf({ at: "2024-05-06T10:00:00+03:00" })]);
    const small = await testLake.build();
    // Revisions and bars of 2024, and the symbols; 2025 and the sessions stay.
    assert.deepEqual([small.entries, small.rows, small.objects, small.bars], [1, 1, 3, 3]);
  });

  test("takes a late bar into its own partition", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    await writer.append([barOf()]);
    await testLake.build();
    await writer.append([barOf({ at: "2019-01-06T10:00:00+02:00" })]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select date from bars order by date"), [
      ["2019-01-06"],
      ["2025-11-24"],
    ]);
    const symbols = await rowsOf(
      testLake,
      "select symbol, currency, first_date, last_date, bars from symbols",
    );
    assert.deepEqual(symbols, [["COMI", "EGP", "2019-01-06", "2025-11-24", 2]]);
  });

  test("reads compressed objects", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake, 0).append([barOf()], { compression: "gzip" });
    await new LakeWriter(testLake.lake, 1).append([barOf({ symbol: "ETEL" })], {
      compression: "zstd",
    });
    assert.equal((await testLake.build()).bars, 2);
  });

  test("works where objects are no files", async (t) => {
    const testLake = await makeLake(t);
    const lake = remoteLake(testLake.lake);
    const writer = new LakeWriter(lake);
    await writer.append([barOf()]);
    await testLake.build({ lake });
    await writer.append([barOf({ close: 10.7 })]);
    await testLake.build({ lake });
    assert.deepEqual(await rowsOf({ ...testLake, lake }, "select close from bars"), [[10.7]]);
  });

  test("of an empty lake gives empty views", async (t) => {
    const testLake = await makeLake(t);
    const summary = await testLake.build();
    assert.deepEqual([summary.bars, summary.revisions, summary.entries], [0, 0, 0]);
    assert.deepEqual(await rowsOf(testLake, "select * from symbols"), []);
  });

  test("that has too little memory says so, and leaves silver as it was", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    await assert.rejects(testLake.build({ memoryBytes: 1_000_000 }), { code: "E_SILVER_SPACE" });
    assert.deepEqual(await silverKeys(testLake), []);
    assert.equal((await testLake.build()).bars, 1);
  });

  test("stopped by its signal says so and leaves silver as it was", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    const signal = AbortSignal.abort();
    await assert.rejects(testLake.build({ signal }), (error) => hasCode(error, "E_ABORTED"));
    assert.deepEqual(await silverKeys(testLake), []);
  });
});

suite("the ledger decides what is read", () => {
  test("an unfinished last entry is left for next time", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    await writer.append([barOf()]);
    const { finish } = await writer.append([barOf({ symbol: "ETEL" }), barOf({ symbol: "SWDY" })], {
      unfinished: true,
    });
    assert.equal((await testLake.build()).bars, 1);
    await finish();
    assert.equal((await testLake.build()).bars, 3);
  });

  test("so is one whose last object is not whole yet", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    const { entry, finish } = await writer.append([barOf()], { unfinished: true });
    const object = entry.entry.objects[0];
    assert.ok(object !== undefined);
    await testLake.lake.put(object.key, new Uint8Array(object.bytes));
    assert.equal((await testLake.build()).bars, 0);
    await finish();
    assert.equal((await testLake.build()).bars, 1);
  });

  test("objects that an operator gave up are left out, the rest of their entry is not", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    const { entry } = await writer.append([barOf({ symbol: "ETEL" }), barOf()], {
      unfinished: true,
    });
    const lost = entry.entry.objects.slice(0, 1).map((object) => object.key);
    await writer.append([barOf({ symbol: "SWDY" })], { lost });
    await testLake.build();
    const sql = "select symbol from bars order by symbol";
    assert.deepEqual(await rowsOf(testLake, sql), [["COMI"], ["SWDY"]]);
  });

  test("objects that no entry names are not read", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    const other = new LakeWriter(testLake.lake, 1);
    await other.append([barOf({ symbol: "ETEL" })]);
    await testLake.lake.delete(entryKey(other.chain, 0));
    assert.equal((await testLake.build()).bars, 1);
  });

  for (const [name, code, harm] of [
    ["damaged", "E_LAKE_OBJECT_DAMAGED", "change"],
    ["missing", "E_LAKE_OBJECT_MISSING", "remove"],
  ] as const) {
    test(`a ${name} object of an earlier entry is refused and named`, async (t) => {
      const testLake = await makeLake(t);
      const writer = new LakeWriter(testLake.lake);
      const { entry } = await writer.append([barOf()]);
      await writer.append([barOf({ symbol: "ETEL" })]);
      const key = entry.entry.objects[0]?.key ?? "";
      if (harm === "remove") {
        await testLake.lake.delete(key);
      } else {
        const file = path.join(testLake.folder, key);
        const text = await readFile(file, "utf8");
        await writeFile(file, text.replace('"close":10.5', '"close":10.6'));
      }
      await assert.rejects(testLake.build(), (error) => {
        assert.ok(hasCode(error, code));
        assert.equal(error.details["key"], key);
        return true;
      });
    });
  }

  test("a chain that does not go on from where silver stands is refused", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    await testLake.build();
    const other = new LakeWriter(testLake.lake);
    await testLake.lake.delete(entryKey(other.chain, 0));
    await other.append([barOf({ close: 10.9 })]);
    await other.append([barOf({ close: 10.8 })]);
    await assert.rejects(testLake.build(), (error) => hasCode(error, "E_LEDGER_DAMAGED"));
  });
});

suite("the choice of a source", () => {
  const january = "2025-01-05T10:00:00+02:00";
  const november = "2024-11-24T10:00:00+02:00";

  test("is one for all of a symbol and interval, and changes when a better one appears", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    const minute = intervalOf("1m");
    await writer.append([
      barOf({ at: january, source: "yahoo" }),
      barOf({ at: november, source: "yahoo" }),
      barOf({ at: january, source: "yahoo", interval: minute }),
      barOf({ at: january, source: "yahoo", symbol: "ETEL" }),
    ]);
    await testLake.build();
    const sql = "select symbol, interval, source, count(*) from bars group by all order by all";
    assert.deepEqual(await rowsOf(testLake, sql), [
      ["COMI", "1 Minute", "yahoo", 1],
      ["COMI", "Daily", "yahoo", 2],
      ["ETEL", "Daily", "yahoo", 1],
    ]);
    // One bar of the better source in a third year: the other years' bars give way to it.
    await writer.append([barOf({ at: "2026-01-04T10:00:00+02:00", source: "eodhd" })]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, sql), [
      ["COMI", "1 Minute", "yahoo", 1],
      ["COMI", "Daily", "eodhd", 1],
      ["ETEL", "Daily", "yahoo", 1],
    ]);
    const all = await rowsOf(testLake, "select count(*) from bar_revisions");
    assert.deepEqual(all, [[5]]);
    assert.deepEqual(await findingsOf(testLake.lake), []);
  });

  test("follows the rank that is set, back and forth", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([
      barOf({ source: "yahoo", close: 10.1 }),
      barOf({ source: "tradingview", close: 10.2 }),
      barOf({ source: "tradingview", close: 10.3, adjusted: "none" }),
    ]);
    const close = async (): Promise<unknown> => rowsOf(testLake, "select close from bars");
    await testLake.build();
    assert.deepEqual(await close(), [[10.2]]);
    await testLake.build({ rank: { sources: [["yahoo"]], adjusted: ["none"] } });
    assert.deepEqual(await close(), [[10.1]]);
    await testLake.build({ rank: { sources: [["tradingview"]], adjusted: ["none"] } });
    assert.deepEqual(await close(), [[10.3]]);
  });

  test("remembers the rank that is set, each of its lists by itself", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    await writer.append([barOf({ source: "yahoo", close: 10.1 }), barOf({ close: 10.2 })]);
    const close = async (): Promise<unknown> => rowsOf(testLake, "select close from bars");
    await testLake.build({ rank: { sources: [["yahoo"]] } });
    await testLake.build({ rank: { adjusted: ["none"] } });
    assert.deepEqual(await close(), [[10.1]]);
    await writer.append([barOf({ source: "yahoo", close: 10.4, adjusted: "none" })]);
    await testLake.build();
    assert.deepEqual(await close(), [[10.4]]);
    await testLake.build({ rebuild: true });
    assert.deepEqual(await close(), [[10.4]]);
  });
});

suite("builds and time", () => {
  test("two builders at once come to the rows of one", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    for (let round = 0; round < 3; round += 1) {
      await writer.append([
        barOf({ close: 10 + round / 10 }),
        barOf({ symbol: "ETEL", interval: intervalOf("1m"), close: 10 + round / 10 }),
      ]);
      await Promise.all([testLake.build(), testLake.build(), testLake.build()]);
    }
    const together = await contentOf(testLake);
    assert.deepEqual(await findingsOf(testLake.lake), []);
    await testLake.build({ rebuild: true });
    assert.deepEqual(await contentOf(testLake), together);
    assert.deepEqual(await rowsOf(testLake, "select count(*) from bar_revisions"), [[6]]);
  });

  test("two rebuilds give the same bytes", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    for (let day = 1; day <= 9; day += 1) {
      await writer.append([
        barOf({ at: `2025-11-0${day}T10:00:00+02:00` }),
        barOf({ at: `2025-11-0${day}T10:00:00+02:00`, close: 10.6, source: "yahoo" }),
      ]);
    }
    const bytes = async (): Promise<unknown> => {
      const keys = (await silverKeys(testLake)).filter((key) => key.endsWith(".parquet"));
      return Promise.all(
        keys.map(async (key) => [key, await readFile(path.join(testLake.folder, key), "hex")]),
      );
    };
    await testLake.build({ rebuild: true });
    const first = await bytes();
    await testLake.build({ rebuild: true, threads: 1 });
    assert.deepEqual(await bytes(), first);
  });
});
