import assert from "node:assert/strict";
import { cp, rm, writeFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, describe, test } from "node:test";
import {
  assertSameMarts,
  certify,
  dailyFile,
  dbtDone,
  egxOn,
  firstRow,
  folderForFile,
  minuteFile,
  openStores,
  skipWithoutDbt,
  skipWithoutDbtSpark,
  someLines,
} from "../support/warehouse.ts";

const skip = skipWithoutDbt === false ? skipWithoutDbtSpark : skipWithoutDbt;
/** All symbols and years, and every test on Spark: minutes. `npm run test:dbt` asks for it. */
const everything = process.env["EGX_DBT_LONG"] === "1";
const folder = skip === false ? await folderForFile() : "";
const lake = join(folder, "lake");
const duckdb = { lake, warehouse: join(folder, "duckdb") };
const spark = { lake, warehouse: join(folder, "spark") };
const models = ["--exclude-resource-types", "test", "unit_test"];
/** Formulas are tested on Spark every time, the data's tests in the long form. */
const sparkTests = everything ? [] : ["--exclude-resource-types", "test"];
const onSpark = ["--target", "spark"];
/** The engines add up in different orders. */
const tolerance = 1e-9;

describe("dbt on Spark, real bars", { skip }, () => {
  before(async () => {
    const few = await someLines(
      dailyFile.path,
      folder,
      ([symbol = "", date = ""]) => everything || (date > "2024-06" && /^[A-E]/.test(symbol)),
    );
    await egxOn(lake, ["import", "csv", few, "--source", "csv:egx-daily"]);
    const minutes = await someLines(
      minuteFile.path,
      folder,
      ([symbol, time = ""]) => everything || (symbol === "COMI" && time < "2025-09-04"),
    );
    await egxOn(lake, ["import", "csv", minutes, "--source", "csv:egx-1min"]);
    await egxOn(lake, ["silver"]);
    await certify(lake);
    await dbtDone(["build", ...models], duckdb);
    await dbtDone(["build", ...sparkTests, ...onSpark], spark);
  });

  test("the marts are those of DuckDB", async (t) => {
    const stores = await openStores(t, {
      ours: { duckdb: duckdb.warehouse },
      theirs: { spark: spark.warehouse },
    });
    await assertSameMarts(stores, ["ours", "theirs"], tolerance);
  });

  test("after a late correction an incremental run comes to what DuckDB does anew", async (t) => {
    const before2025 = partition("fct_daily_prices/year=2024");
    const july = partition("fct_intraday/month=202507");
    await writeFile(join(folder, "day.csv"), correctedDay);
    await writeFile(join(folder, "minute.csv"), correctedMinute);
    await egxOn(lake, ["import", "csv", join(folder, "day.csv"), "--source", "csv:egx-daily"]);
    const minute = ["--source", "csv:egx-1min", "--interval", "1m"];
    await egxOn(lake, ["import", "csv", join(folder, "minute.csv"), ...minute]);
    await egxOn(lake, ["silver"]);
    await certify(lake);
    // What silver has no more goes from the facts, too.
    for (const lost of ["interval=1d/year=2026", "interval=1m/year=2025/month=09"]) {
      await rm(join(lake, "silver/bars", lost), { recursive: true });
      await rm(join(lake, "silver/bar_revisions", lost), { recursive: true });
    }
    const old = join(folder, "older");
    await cp(duckdb.warehouse, old, { recursive: true });
    await dbtDone(["build", "--full-refresh", ...models], duckdb);
    await dbtDone(["run", ...onSpark], spark);
    const stores = await openStores(t, {
      ours: { duckdb: duckdb.warehouse },
      theirs: { spark: spark.warehouse },
      older: { duckdb: old },
    });
    await assertSameMarts(stores, ["ours", "theirs"], tolerance);
    const [days, minutes] = await firstRow(
      stores,
      "SELECT (SELECT count(*) FROM theirs.fct_daily_prices n JOIN older.fct_daily_prices o " +
        "USING (symbol, date) WHERE n.ma_50 <> o.ma_50 AND abs(n.ma_50 - o.ma_50) > 1), " +
        "(SELECT count(*) FROM theirs.fct_intraday n JOIN older.fct_intraday o " +
        "USING (symbol, bar_length, starts_at) WHERE n.session_high <> o.session_high)",
    );
    assert.equal(Number(days), 50);
    assert.ok(Number(minutes) > 50);
    assert.deepEqual(partition("fct_daily_prices/year=2024"), before2025, "2024 was left alone");
    assert.deepEqual(partition("fct_intraday/month=202507"), july, "July was left alone");
  });
});

/** The files of a partition as Spark has named them; a partition that comes anew has others. */
function partition(name: string): readonly string[] {
  const files = globSync(join(spark.warehouse, "spark/egx.db", name, "*.parquet"));
  assert.ok(files.length > 0, name);
  return files.toSorted();
}

/** A session of COMI five times as high. */
const correctedDay = [
  "symbol,date,open,high,low,close,volume",
  "COMI,2025-06-01,400,420,390,410,1000000",
  "",
].join("\n");

/** A minute of COMI in August. */
const correctedMinute = [
  "symbol,ts_utc,open,high,low,close,volume",
  "COMI,2025-08-03 07:30:00,95,199,95,99,9000000",
  "",
].join("\n");
