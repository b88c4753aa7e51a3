import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { hasCode } from "../../src/base/errors.ts";
import { Database, sqlText } from "../../src/parquet/duckdb.ts";
import { fileOf, importInto, verified } from "../support/loads.ts";
import { makeLake, rowsOf } from "../support/silver-lake.ts";

/** A Parquet file of a SELECT's rows. */
async function parquetOf(t: TestContext, select: string): Promise<string> {
  const file = await fileOf(t, "", "prices.parquet");
  const database = await Database.open({
    memoryBytes: 128 * 1024 * 1024,
    threads: 1,
    temporaryFolder: join(tmpdir(), "egx-loads-spill"),
  });
  try {
    await database.run(`COPY (${select}) TO ${sqlText(file)} (FORMAT parquet)`);
  } finally {
    database.close();
  }
  return file;
}

test("a Parquet file of any types is read by its columns' names", async (t) => {
  const testLake = await makeLake(t);
  const file = await parquetOf(
    t,
    "SELECT 'COMI' AS Ticker, DATE '2025-11-20' + CAST(n AS INTEGER) AS Date, " +
      "CAST(80.1 AS DECIMAL(10, 3)) AS Open, 81.5::FLOAT AS High, 79::INTEGER AS Low, " +
      "80.123456789 AS Close, NULL::BIGINT AS Volume FROM range(5) r(n)",
  );
  const summary = await importInto(testLake, file, { form: "parquet" });
  assert.deepEqual([summary.entry.records, summary.entry.interval], [5, "Daily"]);
  await testLake.build();
  const rows = await rowsOf(
    testLake,
    "select date, open, high, low, close, volume from bars order by 1 limit 1",
  );
  assert.deepEqual(rows, [["2025-11-20", 80.1, 81.5, 79, 80.123456789, null]]);
  assert.equal((await importInto(testLake, file, { form: "parquet" })).added, false);
  assert.deepEqual((await verified(testLake.lake)).findings, []);
});

test("instants and Cairo's wall clock are told apart by their type", async (t) => {
  const testLake = await makeLake(t);
  const zoned = await parquetOf(
    t,
    "SELECT 'COMI' AS symbol, TIMESTAMPTZ '2025-11-24 08:00:00+00' + to_minutes(n) AS datetime, " +
      "80.0 AS close FROM range(3) r(n)",
  );
  const naive = await parquetOf(
    t,
    "SELECT 'ETEL' AS symbol, TIMESTAMP '2025-11-24 10:00:00' + to_minutes(n) AS datetime, " +
      "40.0 AS close FROM range(3) r(n)",
  );
  for (const file of [zoned, naive]) await importInto(testLake, file, { form: "parquet" });
  await testLake.build();
  assert.deepEqual(
    await rowsOf(testLake, 'select "interval", count(*), min(datetime) from bars group by 1'),
    [["1 Minute", 6, "2025-11-24T08:00:00Z"]],
  );
});

test("more rows than one page are all read", async (t) => {
  const testLake = await makeLake(t);
  const file = await parquetOf(
    t,
    "SELECT 'S' || (n % 40) AS symbol, " +
      "TIMESTAMPTZ '2025-01-01 08:00:00+00' + to_minutes(n // 40) AS datetime, " +
      "10 + n / 1000.0 AS close FROM range(150000) r(n)",
  );
  const { entry } = await importInto(testLake, file, { form: "parquet" });
  assert.deepEqual([entry.records, entry.symbols.length], [150_000, 40]);
  const built = await testLake.build();
  assert.deepEqual([built.rows, built.bars], [150_000, 150_000]);
});

test("what is no Parquet file, or cut short, is refused", async (t) => {
  const testLake = await makeLake(t);
  const whole = await parquetOf(
    t,
    "SELECT 'COMI' AS symbol, DATE '2025-11-20' AS date, 1 AS close",
  );
  const cut = await fileOf(t, "", "cut.parquet");
  await writeFile(cut, (await readFile(whole)).subarray(0, 100));
  for (const file of [cut, await fileOf(t, "symbol,date,close\n")]) {
    await assert.rejects(importInto(testLake, file, { form: "parquet" }), (error) =>
      hasCode(error, "E_FILE_FORMAT"),
    );
  }
  await assert.rejects(importInto(testLake, "/nowhere.parquet", { form: "parquet" }), (error) =>
    hasCode(error, "E_FILE_MISSING"),
  );
});
