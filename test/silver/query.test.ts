import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { suite, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { processSpaceTag } from "../../src/base/process-space.ts";
import { openQuery } from "../../src/silver/query.ts";
import {
  answersOf,
  barOf,
  intervalOf,
  LakeWriter,
  makeLake,
  remoteLake,
  rowsOf,
} from "../support/silver-lake.ts";

const barColumns = [
  ["symbol", "VARCHAR"],
  ["exchange", "VARCHAR"],
  ["interval", "VARCHAR"],
  ["date", "DATE"],
  ["datetime", "TIMESTAMP WITH TIME ZONE"],
  ["open", "DOUBLE"],
  ["high", "DOUBLE"],
  ["low", "DOUBLE"],
  ["close", "DOUBLE"],
  ["volume", "DOUBLE"],
  ["final", "BOOLEAN"],
  ["source", "VARCHAR"],
  ["currency", "VARCHAR"],
  ["adjusted", "VARCHAR"],
  ["suspect", "VARCHAR[]"],
  ["ingestion_timestamp", "TIMESTAMP WITH TIME ZONE"],
  ["log_id", "VARCHAR"],
  ["log_partition", "INTEGER"],
  ["log_offset", "BIGINT"],
  ["object", "VARCHAR"],
];

const phases =
  'STRUCT("name" VARCHAR, "start" TIMESTAMP WITH TIME ZONE, "end" TIMESTAMP WITH TIME ZONE)[]';

const views: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ["bars", barColumns],
  ["bar_revisions", barColumns],
  [
    "symbols",
    [
      ["symbol", "VARCHAR"],
      ["exchange", "VARCHAR"],
      ["name_en", "VARCHAR"],
      ["name_ar", "VARCHAR"],
      ["isin", "VARCHAR"],
      ["sector", "VARCHAR"],
      ["currency", "VARCHAR"],
      ["first_date", "DATE"],
      ["last_date", "DATE"],
      ["bars", "BIGINT"],
      ["industry", "VARCHAR"],
      ["listed_date", "DATE"],
      ["listed_shares", "BIGINT"],
    ],
  ],
  [
    "sessions",
    [
      ["date", "DATE"],
      ["is_trading_day", "BOOLEAN"],
      ["open", "TIMESTAMP WITH TIME ZONE"],
      ["close", "TIMESTAMP WITH TIME ZONE"],
      ["phases", phases],
    ],
  ],
  [
    "index_members",
    [
      ["index", "VARCHAR"],
      ["symbol", "VARCHAR"],
      ["weight", "DOUBLE"],
      ["valid_from", "DATE"],
      ["valid_to", "DATE"],
    ],
  ],
];

suite("the views", () => {
  test("have the same columns in a lake without silver, an empty one and a full one", async (t) => {
    const testLake = await makeLake(t);
    const asOf = Temporal.Instant.from("2030-01-01T00:00Z");
    for (const step of ["bare", "empty", "full"] as const) {
      if (step === "full") {
        await new LakeWriter(testLake.lake).append([
          barOf(),
          barOf({ interval: intervalOf("1m") }),
        ]);
      }
      if (step !== "bare") await testLake.build();
      for (const instant of [undefined, asOf]) {
        await using query = await openQuery({
          ...testLake,
          clock: systemClock,
          ...(instant === undefined ? {} : { asOf: instant }),
        });
        for (const [view, expected] of views) {
          const { columns, batches } = await query.run(`select * from ${view}`);
          const found = columns.map((column) => [column.name, column.type]);
          assert.deepEqual(found, expected, `${view}, ${step}`);
          const rows = (await Array.fromAsync(batches)).flat();
          // Members are facts of the release, which no lake need hold.
          const filled = step === "full" || view === "index_members";
          assert.equal(rows.length > 0, filled, `${view}, ${step}`);
        }
      }
    }
  });

  test("name the symbols, and know an index's members on a date", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf(), barOf({ symbol: "ZZZZ" })]);
    await testLake.build();
    const [symbols, members] = await answersOf(testLake, [
      "select symbol, name_en, name_ar, isin, sector from symbols order by 1",
      "select count(*) from index_members where index = 'EGX30' and valid_from <= '2026-08-20' " +
        "and coalesce(valid_to, '9999-01-01') > '2026-08-20'",
    ]);
    const [comi, unknown] = symbols ?? [];
    const [symbol, english, arabic, ...rest] = comi ?? [];
    assert.deepEqual([symbol, english], ["COMI", "Commercial International Bank-Egypt (CIB)"]);
    assert.ok(typeof arabic === "string" && arabic.startsWith("البنك التجاري الدولي"));
    assert.deepEqual(rest, ["EGS60121C018", "Banks"]);
    assert.deepEqual(unknown, ["ZZZZ", null, null, null, null]);
    assert.deepEqual(members, [[31]]);
  });

  test("take interval as a plain column name", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf(), barOf({ interval: intervalOf("1mo") })]);
    await testLake.build();
    const [plain, grouped, named] = await answersOf(testLake, [
      "select interval from bars order by interval",
      "select interval, count(*) from bars where interval = 'Daily' group by interval",
      "select b.interval from bars b where b.interval in ('Monthly')",
    ]);
    assert.deepEqual(plain, [["Daily"], ["Monthly"]]);
    assert.deepEqual(grouped, [["Daily", 1]]);
    assert.deepEqual(named, [["Monthly"]]);
  });
});

suite("as of an instant", () => {
  test("bars are what was known then, source and all", async (t) => {
    const testLake = await makeLake(t);
    const at = (time: string): number => Temporal.Instant.from(time).epochMilliseconds;
    await new LakeWriter(testLake.lake).append([
      barOf({ source: "yahoo", close: 10.1, ingestedMs: at("2025-11-24T10:00:00Z"), final: false }),
      barOf({ source: "yahoo", close: 10.2, ingestedMs: at("2025-11-24T12:00:00Z") }),
      barOf({ source: "yahoo", close: 10.3, ingestedMs: at("2025-11-24T13:00:00Z"), final: false }),
      barOf({ source: "tradingview", close: 10.4, ingestedMs: at("2025-11-24T14:00:00Z") }),
    ]);
    await testLake.build();
    const closes: [string, readonly unknown[]][] = [
      ["2025-11-24T09:59:59.999Z", []],
      ["2025-11-24T10:00:00Z", [["yahoo", 10.1]]],
      ["2025-11-24T11:59:59.999Z", [["yahoo", 10.1]]],
      ["2025-11-24T12:00:00Z", [["yahoo", 10.2]]],
      ["2025-11-24T13:59:59.999999999Z", [["yahoo", 10.2]]],
      ["2025-11-24T14:00:00Z", [["tradingview", 10.4]]],
    ];
    for (const [time, expected] of closes) {
      const instant = Temporal.Instant.from(time);
      const rows = await rowsOf(testLake, "select source, close from bars", instant);
      assert.deepEqual(rows, expected, time);
    }
    const sql = "select count(*) from bar_revisions";
    const noon = Temporal.Instant.from("2025-11-24T12:00:00Z");
    assert.deepEqual(await rowsOf(testLake, sql, noon), [[2]]);
    assert.deepEqual(await rowsOf(testLake, sql), [[4]]);
  });

  test("follows the rank that silver was built with", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf(), barOf({ source: "yahoo" })]);
    await testLake.build({ rank: { sources: [["yahoo"]], adjusted: [] } });
    const now = Temporal.Instant.from("2030-01-01T00:00Z");
    assert.deepEqual(await rowsOf(testLake, "select source from bars", now), [["yahoo"]]);
  });
});

suite("a query", () => {
  test("sees silver as it was when it was opened, whatever is built meanwhile", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    await writer.append([barOf({ close: 10.1 })]);
    await testLake.build();
    for (const lake of [testLake.lake, remoteLake(testLake.lake)]) {
      await using query = await openQuery({ ...testLake, lake, clock: systemClock });
      const close = async (): Promise<unknown> => {
        const { batches } = await query.run("select close from bars");
        return (await Array.fromAsync(batches)).flat();
      };
      const before = await close();
      await writer.append([barOf({ close: 10.9 }), barOf({ symbol: "ETEL" })]);
      await testLake.build();
      for await (const { key } of testLake.lake.list("silver/bars/")) {
        await testLake.lake.delete(key);
      }
      assert.deepEqual(await close(), before);
      await testLake.build({ rebuild: true });
    }
  });

  test("leaves nothing behind", async (t) => {
    const testLake = await makeLake(t);
    const query = await openQuery({ ...testLake, clock: systemClock });
    assert.equal((await readdir(testLake.scratchFolder)).length, 1);
    await query.close();
    await query.close();
    assert.deepEqual(await readdir(testLake.scratchFolder), []);
  });

  test("removes what dead processes left behind, and nothing else", async (t) => {
    const testLake = await makeLake(t);
    const { pid } = spawnSync(process.execPath, ["--eval", ""]);
    const dead = `query-${processSpaceTag}-${pid}-abcdef`;
    const living = `build-${processSpaceTag}-${process.pid}-abcdef`;
    // To a process of another container this one's ids mean nothing.
    const elsewhere = `query-00000000-${pid}-abcdef`;
    const others = [living, elsewhere, `notes-${processSpaceTag}-${pid}-abcdef`];
    for (const name of [dead, ...others]) {
      await mkdir(path.join(testLake.scratchFolder, name), { recursive: true });
    }
    await using _query = await openQuery({ ...testLake, clock: systemClock });
    const names = await readdir(testLake.scratchFolder);
    assert.ok(!names.includes(dead));
    assert.ok(others.every((name) => names.includes(name)));
  });

  test("can be cut after some rows, and another can follow one half read", async (t) => {
    const testLake = await makeLake(t);
    await using query = await openQuery({ ...testLake, clock: systemClock });
    const { batches } = await query.run("from range(10000)", { limitRows: 2500 });
    assert.equal((await Array.fromAsync(batches)).flat().length, 2500);
    const half = await query.run("from range(10000)");
    for await (const batch of half.batches) {
      assert.ok(batch.length > 0);
      break;
    }
    const next = await query.run("select 42");
    assert.deepEqual(await Array.fromAsync(next.batches), [[[42]]]);
    const none = await query.run("from range(3)", { limitRows: 0 });
    assert.deepEqual(await Array.fromAsync(none.batches), []);
  });

  test("ends when its time is up, or its signal aborts", async (t) => {
    const testLake = await makeLake(t);
    await using query = await openQuery({ ...testLake, clock: systemClock });
    const endless = "select max(a.range * b.range) from range(1000000) a, range(1000000) b";
    const drain = async (options: { timeoutMs?: number; signal?: AbortSignal }): Promise<void> => {
      const { batches } = await query.run(endless, options);
      await Array.fromAsync(batches);
    };
    await assert.rejects(drain({ timeoutMs: 50 }), { code: "E_QUERY_LIMIT" });
    await assert.rejects(drain({ signal: AbortSignal.timeout(50) }), { code: "E_ABORTED" });
    await assert.rejects(drain({ signal: AbortSignal.abort() }), { code: "E_ABORTED" });
    const next = await query.run("select 42");
    assert.deepEqual(await Array.fromAsync(next.batches), [[[42]]]);
  });

  test("that needs more memory than it may is told so", async (t) => {
    const testLake = await makeLake(t);
    await using query = await openQuery({
      ...testLake,
      clock: systemClock,
      memoryBytes: 32 * 1024 * 1024,
    });
    const sql = "select len(string_agg(repeat('x', 1000) || range, ',')) from range(1000000)";
    await assert.rejects(async () => Array.fromAsync((await query.run(sql)).batches), {
      code: "E_QUERY_LIMIT",
    });
  });

  test("that sorts more than memory holds spills to the scratch folder", async (t) => {
    const testLake = await makeLake(t);
    await using query = await openQuery({
      ...testLake,
      clock: systemClock,
      memoryBytes: 64 * 1024 * 1024,
    });
    const sql =
      "select count(*) from (select hash(range) h, repeat('x', 100) || range r " +
      "from range(1500000) order by h limit 1400000)";
    const { batches } = await query.run(sql);
    assert.deepEqual(await Array.fromAsync(batches), [[[1_400_000]]]);
  });

  test("can be explained, described and summarized", async (t) => {
    const testLake = await makeLake(t);
    await using query = await openQuery({ ...testLake, clock: systemClock });
    for (const sql of [
      "explain select * from bars",
      "EXPLAIN ANALYZE select * from bars",
      "explain (format json) select * from bars",
      "explain (select 1)",
      "describe bars",
      "summarize bars",
      "show tables",
      "from information_schema.columns",
      "with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) from t;",
      "pivot bars on symbol in ('COMI') using max(close)",
    ]) {
      const { columns, batches } = await query.run(sql);
      assert.ok(columns.length > 0, sql);
      await Array.fromAsync(batches);
    }
  });
});

suite("writeParquet", () => {
  test("writes what the query gives, replacing the file", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf(), barOf({ symbol: "ETEL" })]);
    await testLake.build();
    const file = path.join(path.dirname(testLake.folder), "out.parquet");
    await using query = await openQuery({ ...testLake, clock: systemClock });
    assert.equal(await query.writeParquet("select 1", file), 1);
    const sql = "select *, [symbol] as l from bars -- all\n order by symbol; -- of them";
    assert.equal(await query.writeParquet(sql, file), 2);
    assert.deepEqual(
      (await readdir(path.dirname(file))).filter((name) => name.startsWith("out.")),
      ["out.parquet"],
    );
    // Read back by way of a lake whose silver it is.
    const other = await makeLake(t);
    const key = path.join(other.folder, "silver/bars/interval=1d/year=2025/bars.parquet");
    await mkdir(path.dirname(key), { recursive: true });
    await query.writeParquet("select * exclude (interval) from bars", key);
    assert.deepEqual(await rowsOf(other, "select symbol from bars order by symbol"), [
      ["COMI"],
      ["ETEL"],
    ]);
  });

  test("says when the file cannot be written", async (t) => {
    const testLake = await makeLake(t);
    await using query = await openQuery({ ...testLake, clock: systemClock });
    const file = path.join(testLake.scratchFolder, "nowhere", "out.parquet");
    await assert.rejects(query.writeParquet("select 1", file), { code: "E_FILE_MISSING" });
  });
});
