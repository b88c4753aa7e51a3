import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import type { Database } from "../../src/parquet/duckdb.ts";
import { minioForFile, openS3, skipWithoutMinio } from "../support/services-minio.ts";
import {
  assertSameMarts,
  certify,
  dailyFile,
  dbtDone,
  egxOn,
  firstRow,
  folderForFile,
  marts,
  minuteFile,
  openStores,
  plantPartitions,
  runDbt,
  skipWithoutDbt,
  someLines,
  spoilBars,
} from "../support/warehouse.ts";

/** DuckDB's threads add up in another order each time; all else is to be the same. */
const sumTolerance = 1e-9;

const folder = skipWithoutDbt === false ? await folderForFile() : "";
const lake = join(folder, "lake");
const warehouse = join(folder, "warehouse");
const minio = skipWithoutDbt === false ? await minioForFile() : null;

describe("dbt on DuckDB, real bars", { skip: skipWithoutDbt }, () => {
  before(async () => {
    await egxOn(lake, ["import", "csv", dailyFile.path, "--source", "csv:egx-daily"]);
    const minutes = await someLines(
      minuteFile.path,
      folder,
      ([symbol, time = ""]) => symbol === "COMI" && time < "2025-11",
    );
    await egxOn(lake, ["import", "csv", minutes, "--source", "csv:egx-1min"]);
    await egxOn(lake, ["silver"]);
    await certify(lake);
    await dbtDone(["build"], { lake, warehouse });
  });

  test("the marts hold the file's bars, each once", async (t) => {
    const stores = await openStores(t, { ours: { duckdb: warehouse } });
    await readFileInto(stores);
    const [inFile, symbols, closes] = await firstRow(
      stores,
      `SELECT count(*), count(DISTINCT symbol), sum(close) FROM ${csvBars} WHERE ${notAnIndex}`,
    );
    const [rows, names, sum] = await firstRow(
      stores,
      "SELECT count(*), count(DISTINCT symbol), sum(close) FROM ours.fct_daily_prices",
    );
    assert.equal(Number(rows), Number(inFile));
    assert.equal(Number(names), Number(symbols));
    assert.ok(Math.abs(Number(sum) - Number(closes)) < 1e-9 * Number(closes));
    const [companies, indexBars, indexInFile] = await firstRow(
      stores,
      "SELECT (SELECT count(*) FROM ours.dim_company), (SELECT count(close) FROM " +
        `ours.fct_index_performance), (SELECT count(*) FROM ${csvBars} WHERE NOT (${notAnIndex}))`,
    );
    assert.equal(Number(companies), Number(symbols));
    assert.equal(Number(indexBars), Number(indexInFile));
  });

  test("top movers of a day are those of a query by hand", async (t) => {
    const stores = await openStores(t, { ours: { duckdb: warehouse } });
    await readFileInto(stores);
    for (const date of ["2024-03-06", "2026-08-19"]) {
      const byHand = await stores.rows(
        `SELECT today.symbol, today.close / before.close - 1 AS move FROM ${csvBars} today ` +
          `JOIN ${csvBars} before USING (symbol) WHERE today.date = '${date}' AND before.date = ` +
          `(SELECT max(date) FROM ${csvBars} WHERE date < '${date}') AND ${notAnIndex} ` +
          "ORDER BY move DESC LIMIT 5",
      );
      const ours = await stores.rows(
        `SELECT symbol, simple_return FROM ours.top_movers WHERE date = '${date}' ` +
          "AND direction = 'gainers' ORDER BY place LIMIT 5",
      );
      assert.equal(ours.length, 5);
      assert.deepEqual(ours, byHand);
    }
  });

  test("members of an index are those of the day", async (t) => {
    const stores = await openStores(t, { ours: { duckdb: warehouse } });
    const rows = await stores.rows(
      "SELECT date < '2026-07-26', count(*), min(members), max(members), max(advancers + decliners " +
        "+ unchanged) FROM ours.fct_index_performance WHERE index_name = 'EGX30' GROUP BY 1 ORDER BY 1",
    );
    const [known = [], earlier = []] = rows;
    assert.deepEqual(known.slice(2, 4), [31, 31]);
    assert.ok(Number(known[4]) > 25);
    assert.ok(Number(earlier[1]) > 6000);
    assert.deepEqual(earlier.slice(2), [null, null, null]);
  });

  test("the documentation is one page with every mart", async () => {
    const page = join(warehouse, "dbt/duckdb/static_index.html");
    await dbtDone(["docs", "generate", "--static"], { lake, warehouse });
    const text = await readFile(page, "utf8");
    for (const mart of Object.keys(marts)) assert.ok(text.includes(mart), mart);
    assert.ok(text.includes("market_dashboard"));
  });

  test("from MinIO the marts are the same", { skip: skipWithoutMinio }, async (t) => {
    assert.ok(minio !== null);
    const bucket = "warehouse";
    const from = await openFolderLake({ folder: lake, create: false, clock: systemClock });
    const to = await openS3(
      { endpoint: minio.endpoint, user: minio.user, password: minio.password },
      { bucket, prefix: "some/where" },
    );
    for await (const { key } of from.list("silver/")) {
      const object = await from.get(key);
      if (object !== null) await to.replace(key, object.body, null);
    }
    await to.close();
    await from.close();
    const other = join(folder, "from-minio");
    await dbtDone(["build", "--exclude-resource-types", "test", "unit_test"], {
      lake: `s3://${bucket}/some/where`,
      warehouse: other,
      env: {
        MINIO_ENDPOINT: minio.endpoint,
        AWS_ACCESS_KEY_ID: minio.user,
        AWS_SECRET_ACCESS_KEY: minio.password,
      },
    });
    const stores = await openStores(t, { ours: { duckdb: warehouse }, theirs: { duckdb: other } });
    await assertSameMarts(stores, ["ours", "theirs"], sumTolerance);
  });

  test("a bar that is wrong in silver turns its test red, and no mart is made of it", async () => {
    const spoilt = join(folder, "spoilt");
    await cp(join(lake, "silver"), join(spoilt, "silver"), { recursive: true });
    await spoilBars(join(spoilt, "silver/bars/interval=1d/year=2025/bars.parquet"));
    const { code, statuses, output } = await runDbt(
      ["build", "--select", "+fct_daily_prices", "--exclude-resource-types", "unit_test"],
      { lake: spoilt, warehouse: join(folder, "spoilt-warehouse") },
    );
    assert.equal(code, 1, output);
    const failed = [...statuses].filter(([, status]) => status === "fail");
    const names = failed.map(([name]) => name.replace(/\.[0-9a-f]+$/, "")).toSorted();
    assert.deepEqual(names, [
      "in_order_stg_daily_bars_low__high",
      "in_range_stg_daily_bars_close__0__True",
      "unique_together_stg_daily_bars_symbol__date",
    ]);
    assert.equal(statuses.get("fct_daily_prices"), "skipped");
  });

  test("after late corrections, and without what silver lost, a run comes to what a full one does", async (t) => {
    const corrections = join(folder, "corrections.csv");
    await writeFile(corrections, corrected);
    const source = ["--source", "csv:egx-daily"];
    await egxOn(lake, ["import", "csv", corrections, ...source]);
    const minutes = join(folder, "minutes.csv");
    await writeFile(minutes, correctedMinute);
    await egxOn(lake, ["import", "csv", minutes, "--source", "csv:egx-1min", "--interval", "1m"]);
    await egxOn(lake, ["silver"]);
    await certify(lake);
    const old = join(folder, "before");
    await cp(warehouse, old, { recursive: true });
    await plantPartitions(warehouse);
    await dbtDone(["run"], { lake, warehouse });
    const anew = join(folder, "anew");
    await dbtDone(["build", "--full-refresh", "--exclude-resource-types", "test", "unit_test"], {
      lake,
      warehouse: anew,
    });
    const stores = await openStores(t, {
      ours: { duckdb: warehouse },
      theirs: { duckdb: anew },
      older: { duckdb: old },
    });
    await assertSameMarts(stores, ["ours", "theirs"], sumTolerance);
    const [changed, first, minuteRows] = await firstRow(
      stores,
      "SELECT count(*), min(o.date), (SELECT count(*) FROM ours.fct_intraday o JOIN " +
        "older.fct_intraday b USING (symbol, bar_length, starts_at) WHERE o.vwap <> b.vwap) " +
        "FROM ours.fct_daily_prices o JOIN older.fct_daily_prices b USING (symbol, date) " +
        "WHERE o.symbol = 'COMI' AND (o.ma_200, o.high_52w) IS DISTINCT FROM (b.ma_200, b.high_52w)",
    );
    // The 200 sessions of the average, and the 364 days of the range.
    assert.ok(Number(changed) >= 200 && Number(changed) < 300);
    assert.equal(first, "2021-06-01");
    assert.ok(Number(minuteRows) > 50);
    const [added, kept] = await firstRow(
      stores,
      "SELECT (SELECT count(*) FROM ours.fct_daily_prices) - (SELECT count(*) FROM " +
        "older.fct_daily_prices), (SELECT revisions FROM ours.fct_daily_prices WHERE symbol = " +
        "'COMI' AND date = '2021-06-01')",
    );
    assert.deepEqual([Number(added), Number(kept)], [1, 2]);
  });
});

/** A day of COMI ten times as high, and a bar of a day that had none. */
const corrected = [
  "symbol,date,open,high,low,close,volume",
  "COMI,2021-06-01,300,330,290,310,1000000",
  "COMI,2026-08-23,130,131,129,130,1000000",
  "",
].join("\n");

/** One minute of COMI. */
const correctedMinute = [
  "symbol,ts_utc,open,high,low,close,volume",
  "COMI,2025-09-01 08:00:00,95,99,95,99,9000000",
  "",
].join("\n");

const csvBars = "in_file.main.bars";
const readBars =
  `(FROM read_csv('${dailyFile.path}', types = {'date': 'DATE'}) WHERE close > 0 AND ` +
  "(low IS NULL OR low > 0) AND (high IS NULL OR high > 0) AND (open IS NULL OR open > 0))";
const notAnIndex = "symbol NOT IN ('EGX30', 'EGX70EWI', 'EGX100EWI', 'EGX33')";

/** Reads the file of bars, and nothing of ours, into a table. */
async function readFileInto(database: Database): Promise<void> {
  await database.run("ATTACH ':memory:' AS in_file");
  await database.run(`CREATE TABLE ${csvBars} AS ${readBars}`);
}
