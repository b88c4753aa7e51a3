import assert from "node:assert/strict";
import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { suite, test } from "node:test";
import type { ErrorCode } from "../../src/base/error-codes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError } from "../../src/base/errors.ts";
import { Database, DatabaseError } from "../../src/parquet/duckdb.ts";
import { openQuery, type Query } from "../../src/silver/query.ts";
import { barOf, LakeWriter, makeLake, temporaryFolder } from "../support/silver-lake.ts";

/** `SECRET` stands for a file outside the lake, `LAKE` for the lake's folder, `NEW` for a new file. */
const refused: readonly string[] = [
  "drop table bars",
  "drop view bars",
  "create table t as select 1",
  "create temp table t as select 1",
  "create macro f() as 1",
  "create secret (type s3, key_id 'a', secret 'b')",
  "insert into bars select * from bars",
  "update bars set close = 1",
  "delete from bars",
  "truncate bars",
  "alter view bars rename to b",
  "comment on view bars is 'x'",
  "select 1; select 2",
  "select 1; drop view bars",
  "copy bars to 'NEW'",
  "copy (select 1) to 'NEW' (format csv)",
  "export database 'NEW'",
  "import database 'LAKE'",
  "attach 'NEW' as n",
  "attach 'SECRET' as n",
  "detach memory",
  "use memory",
  "set threads = 1",
  "set enable_external_access = true",
  "set lock_configuration = false",
  "reset allowed_paths",
  "set variable x = 1",
  "pragma database_list",
  "pragma enable_profiling",
  "pragma table_info('bars')",
  "install httpfs",
  "load httpfs",
  "call pragma_version()",
  "call enable_logging()",
  "checkpoint",
  "vacuum",
  "begin",
  "prepare p as select 1",
  "execute p",
  "explain drop view bars",
  "explain analyze create table t as select 1",
  "explain copy bars to 'NEW'",
  "explain analyze copy bars to 'NEW'",
  "select * from read_text('SECRET')",
  "select * from read_text('/etc/passwd')",
  "select * from read_blob('SECRET')",
  "select * from read_csv('SECRET')",
  "select * from read_csv_auto('/etc/passwd')",
  "select * from read_json('SECRET')",
  "select * from read_parquet('LAKE/silver/bars/*/*/*.parquet')",
  "select * from parquet_metadata('LAKE/silver/symbols.parquet')",
  "select * from sniff_csv('SECRET')",
  "select * from glob('/etc/*')",
  "select * from glob('LAKE/**')",
  "select * from '/etc/passwd'",
  'from "/etc/passwd"',
  "select * from 'SECRET'",
  "select * from 'secret.csv'",
  "select * from 'https://example.org/a.parquet'",
  "select * from read_parquet('s3://bucket/a.parquet')",
  "select (select content from read_text('SECRET'))",
  "select * from bars where symbol in (select content from read_text('SECRET'))",
  "with a as (select * from read_text('SECRET')) select * from a",
  "select * from bars, lateral (select * from read_text('SECRET'))",
  "select 1 union all select content from read_text('SECRET')",
  "summarize (select * from read_text('SECRET'))",
  "describe select * from read_csv('SECRET')",
  "select * from query('select * from read_text(''SECRET'')')",
  "select * from query_table('/etc/passwd')",
  "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
  "select * from duckdb_settings()",
  "select * from pg_settings",
  "select * from duckdb_logs",
  "select * from enable_profiling(save_location := 'NEW')",
  "select * from duckdb_secrets()",
  "select current_setting('temp_directory')",
  "select * from arrow_scan(1, 2, 3)",
];

const wrong: readonly (readonly [string, ErrorCode])[] = [
  ["", "E_QUERY"],
  [" ; ", "E_QUERY"],
  ["-- nothing", "E_QUERY"],
  ["selct 1", "E_QUERY"],
  ["select", "E_QUERY"],
  ["select /* open", "E_QUERY"],
  ["select getenv('HOME')", "E_QUERY"],
  ["select * from nothing", "E_QUERY"],
  ["select ?", "E_QUERY"],
  ["select $1", "E_QUERY"],
  ["select cast('x' as integer)", "E_QUERY"],
  [`select 1 -- ${"x".repeat(1_000_001)}`, "E_QUERY"],
];

suite("queries that do more than read", () => {
  test("are refused, and neither read nor write anything", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    await testLake.build();
    const root = path.dirname(testLake.folder);
    const secret = path.join(root, "secret.csv");
    const fresh = path.join(root, "new.csv");
    await writeFile(secret, "word\nxyzzy\n");
    await using query = await openQuery({ ...testLake, clock: systemClock });
    const before = await readdir(root, { recursive: true });
    for (const template of refused) {
      const sql = template
        .replaceAll("SECRET", secret)
        .replaceAll("LAKE", testLake.folder)
        .replaceAll("NEW", fresh);
      for (const run of [
        () => query.run(sql),
        () => query.writeParquet(sql, path.join(root, "out.parquet")),
      ]) {
        await assert.rejects(run, (error) => {
          assert.ok(error instanceof EgxError, sql);
          assert.equal(error.code, "E_QUERY_REFUSED", `${sql}: ${error.message}`);
          assert.ok(!error.message.includes("xyzzy"), sql);
          return true;
        });
      }
    }
    await assert.rejects(access(fresh));
    assert.deepEqual(await readdir(root, { recursive: true }), before);
    const { batches } = await query.run("select count(*) from bars");
    assert.deepEqual(await Array.fromAsync(batches), [[[1]]]);
  });

  test("would be stopped by the engine if they came that far", async (t) => {
    const root = await temporaryFolder(t);
    const own = path.join(root, "own.csv");
    const secret = path.join(root, "secret.csv");
    const results = path.join(root, "results");
    await mkdir(results);
    for (const file of [own, secret]) await writeFile(file, "word\nxyzzy\n");
    const database = await Database.open({
      memoryBytes: 64 * 1024 * 1024,
      threads: 1,
      temporaryFolder: path.join(root, "spill"),
    });
    t.after(() => database.close());
    await database.lockDown([own], results);
    assert.deepEqual(await database.rows(`select * from read_csv('${own}')`), [["xyzzy"]]);
    await database.run(`copy (select 1) to '${results}/1.parquet'`);
    // A connection that is opened later is no way out.
    const beside = await database.beside();
    t.after(() => beside.close());
    assert.deepEqual(await beside.rows(`select * from read_csv('${own}')`), [["xyzzy"]]);
    for (const sql of [
      `select * from read_text('${secret}')`,
      `select * from read_csv('${secret}')`,
      `select * from '${secret}'`,
      `select * from glob('${root}/*')`,
      "select * from read_parquet('http://127.0.0.1:1/a.parquet')",
      `copy (select 1) to '${root}/new.csv'`,
      `attach '${root}/new.db' as n`,
      `export database '${root}/new'`,
      "load httpfs",
      "install httpfs",
      "set threads = 1",
      "set enable_external_access = true",
      "reset lock_configuration",
    ]) {
      for (const connection of [database, beside]) {
        await assert.rejects(connection.rows(sql), (error) => {
          assert.ok(error instanceof DatabaseError, sql);
          assert.ok(["permission", "invalid input"].includes(error.type), `${sql}: ${error.type}`);
          return true;
        });
      }
    }
    assert.deepEqual((await readdir(root)).toSorted(), ["own.csv", "results", "secret.csv"]);
  });
});

suite("queries that are wrong", () => {
  for (const [sql, code] of wrong) {
    test(`are told so: ${sql.slice(0, 40)}`, async (t) => {
      const testLake = await makeLake(t);
      await using query = await openQuery({ ...testLake, clock: systemClock });
      await assert.rejects(
        async () => Array.fromAsync((await query.run(sql)).batches),
        (error) => {
          assert.ok(error instanceof EgxError);
          assert.equal(error.code, code, error.message);
          return true;
        },
      );
    });
  }

  test("with the place, and the nearest columns", async (t) => {
    const testLake = await makeLake(t);
    await using query = await openQuery({ ...testLake, clock: systemClock });
    const where = async (sql: string): Promise<EgxError> => {
      const error: unknown = await query.run(sql).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof EgxError);
      assert.equal(error.code, "E_QUERY");
      return error;
    };
    const column = await where("select 'سهم',\n  clse\nfrom bars");
    assert.deepEqual([column.details["line"], column.details["column"]], [2, 3]);
    assert.ok(column.message.endsWith("\n\nLINE 2:   clse\n          ^"));
    assert.ok(JSON.stringify(column.details["candidates"]).includes("close"));
    const syntax = await where("explain selct 1");
    assert.deepEqual([syntax.details["line"], syntax.details["column"]], [1, 9]);
    const table = await where("select * from bras");
    assert.ok(JSON.stringify(table.details["candidates"]).includes("bars"));
  });
});

test("sessions on one snapshot read the same and close one by one", async (t) => {
  const testLake = await makeLake(t);
  const scratch = await readdir(testLake.scratchFolder).catch(() => []);
  const first = await openQuery({ ...testLake, clock: systemClock });
  const second = await first.beside();
  const time = "select (timestamptz '2026-01-01 00:00:00+02')::varchar";
  const rowsOf = async (query: Query, sql: string): Promise<unknown> =>
    Array.fromAsync((await query.run(sql)).batches);
  const [one, other] = await Promise.all([rowsOf(first, time), rowsOf(second, time)]);
  assert.deepEqual([one, other], [[[["2025-12-31 22:00:00+00"]]], [[["2025-12-31 22:00:00+00"]]]]);
  await first.close();
  assert.deepEqual(await rowsOf(second, "select count(*) from bars"), [[[0]]]);
  await second.close();
  await second.close();
  assert.deepEqual(await readdir(testLake.scratchFolder), scratch, "the snapshot is gone");
});
