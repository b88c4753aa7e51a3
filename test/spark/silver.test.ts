import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { suite, test, type TestContext } from "node:test";
import { parquetTable } from "../../src/silver/partition-sql.ts";
import { Database } from "../../src/parquet/duckdb.ts";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { buildSilver } from "../../src/silver/build.ts";
import { fileOf, importInto } from "../support/loads.ts";
import { minioForFile, newBucket, openS3, skipWithoutMinio } from "../support/services-minio.ts";
import {
  runSpark,
  skipWithoutSpark,
  sparkEnvironment,
  sparkForFile,
  type SparkEnd,
} from "../support/services-spark.ts";
import {
  answersOf,
  barOf,
  findingsOf,
  LakeWriter,
  makeLake,
  temporaryFolder,
  type TestLake,
} from "../support/silver-lake.ts";
import { SparkLake } from "../support/spark-lake.ts";

await sparkForFile();
const minio = await minioForFile();
const skip = skipWithoutSpark === false ? skipWithoutMinio : skipWithoutSpark;
const kills = Number(process.env["EGX_TEST_SPARK_KILLS"] ?? "2");

type AnyLake = Pick<TestLake, "lake" | "scratchFolder">;

suite("silver by Spark", { skip }, () => {
  test("the same rows from a folder with the driver killed, from MinIO, and by DuckDB", async (t) => {
    assert.ok(minio !== null);
    const source = await makeLake(t);
    const input = new SparkLake(source.lake);
    await input.flush(4, ["tradingview", "yahoo", "csv:prices"]);
    await importInto(
      source,
      await fileOf(t, "symbol,date,close\nCOMI,2025-10-21,10.5\nHRHO,2025-11-02,7\n"),
    );
    const finish = await input.unfinished();
    await input.strays();
    const duckdb = await makeLake(t, source);
    const folder = await makeLake(t, source);
    const bucket = newBucket();
    const store: AnyLake = {
      lake: await openS3(minio, { bucket }),
      scratchFolder: await temporaryFolder(t),
    };
    await copyInput(source.lake, store.lake);
    const s3 = {
      address: { kind: "s3", address: `s3://${bucket}`, endpoint: minio.endpoint },
      store: minio,
    } as const;

    await duckdb.build();
    const address = { kind: "folder", address: folder.folder } as const;
    const args = ["--entries-per-batch", "6"];
    for (let at = 0; at < kills; at += 1) {
      // Anywhere in a micro-batch, and every other time where it begins to put objects.
      const kill =
        at % 2 === 0
          ? { event: "publishing", afterMs: (at * 7) % 40 }
          : { event: "batch", afterMs: 300 + ((at * 1300) % 8000) };
      const end = await runSpark({ address, args, kill });
      assert.ok(end.killed && end.status !== 0, `run ${at} was to be killed: ${end.errorText}`);
    }
    assertDone(await runSpark({ address, args }));
    assertDone(await runSpark(s3));
    await addFacts(folder);
    await addFacts(store);
    await assertSame(folder, duckdb);
    await assertSame(store, duckdb);
    await assertObjectsAlike(await openDatabase(t), folder, duckdb);

    // The entry is finished; corrections come, and of a better source. Each lake goes on, one of
    // those that Spark has built by DuckDB, and one by the command.
    await finish();
    await input.flush(2, ["tradingview", "eodhd", "yahoo"]);
    for (const { lake } of [duckdb, folder, store]) await copyInput(source.lake, lake);
    await duckdb.build();
    await buildSilver({ ...store, clock: systemClock, random: seededRandom(1) });
    const counts = silverCommand(folder.folder);
    assert.equal(counts.entries, 7);
    await assertSame(folder, duckdb);
    await assertSame(store, duckdb);
  });

  test("it goes on with what DuckDB has built, and puts lines apart that are no bars", async (t) => {
    const spark = await makeLake(t);
    const bars = ["COMI", "ETEL", "COMI"].map((symbol, index) =>
      barOf({ symbol, close: 10 + index / 4 }),
    );
    const writer = new LakeWriter(spark.lake);
    await writer.append(bars);
    await spark.build();
    const duckdb = await makeLake(t, spark);
    const bad = encodeBar(barOf({ close: 3 })).replace('"close":3', '"close":"three"');
    await writer.append(bars.toReversed(), { messageOf: withLine(2, bad) });
    const same = new LakeWriter(duckdb.lake);
    await same.append(bars);
    await same.append(bars.toReversed(), { messageOf: withLine(2, null) });
    await duckdb.build();

    const address = { kind: "folder", address: spark.folder } as const;
    const built = path.join(spark.folder, "silver/_built.json");
    const before = readFileSync(built, "utf8");
    // Another job begins while this one works on its batch.
    const owner = path.join(spark.folder, "_spark/owner");
    const superseded = await runSpark({
      address,
      onEvent: ({ event }) => event === "batch" && writeFileSync(owner, "another job"),
    });
    assert.equal(superseded.status, 1);
    const failed = superseded.events.at(-1);
    assert.deepEqual([failed?.event, failed?.["code"]], ["failed", "E_SILVER_BUSY"]);
    assert.equal(readFileSync(built, "utf8"), before, "silver was left alone");
    const end = await runSpark({ address });
    assert.equal(assertDone(end)["bad_lines"], 1);
    await addFacts(spark);
    // Both hold the same objects but for the bad line, which changes where the others lie.
    await assertSame(spark, duckdb);
    const database = await openDatabase(t);
    const lines = await database.rows(
      `SELECT line, text FROM ${parquetTable(spark.lake.localPath("silver/bad_lines.parquet") ?? "")}`,
    );
    assert.equal(lines.length, 1);
    assert.match(JSON.stringify(lines), /three/);
  });
});

function withLine(at: number, line: string | null) {
  return (bar: Parameters<typeof encodeBar>[0], index: number): string | null =>
    index === at ? line : encodeBar(bar);
}

function assertDone(end: SparkEnd): Readonly<Record<string, unknown>> {
  assert.equal(end.status, 0, end.errorText);
  const done = end.events.find(({ event }) => event === "done");
  assert.ok(done !== undefined, end.errorText);
  return done;
}

/** Everything that is not made of the rest. */
async function copyInput(from: Lake, to: Lake): Promise<void> {
  for await (const { key } of from.list("")) {
    const stored = key.startsWith("silver/") ? null : await from.get(key);
    if (stored !== null) await to.put(key, stored.body);
  }
}

/** What the command does after Spark. */
async function addFacts(lake: AnyLake): Promise<void> {
  await buildSilver({ ...lake, factsOnly: true, clock: systemClock, random: seededRandom(1) });
}

/** All rows and columns of all tables, by DuckDB; and each object as the state says. */
async function assertSame(actual: AnyLake, expected: AnyLake): Promise<void> {
  const statements = ["bars", "bar_revisions", "symbols", "sessions"].map(
    (view) => `select * from ${view} order by all`,
  );
  const [left, right] = await Promise.all(
    [actual, expected].map((it) => answersOf(it, statements)),
  );
  assert.ok((left?.[0]?.length ?? 0) > 1);
  assert.deepEqual(left, right);
  assert.deepEqual(await findingsOf(actual.lake), []);
}

/** Types, order and metadata of an object are those of DuckDB's, too. */
async function assertObjectsAlike(
  database: Database,
  spark: TestLake,
  duckdb: TestLake,
): Promise<void> {
  for await (const { key } of duckdb.lake.list("silver/bars/")) {
    const [left, right] = await Promise.all(
      [spark, duckdb].map(async ({ lake }) => {
        const file = lake.localPath(key) ?? "";
        const about = `SELECT decode(key), decode(value) FROM parquet_kv_metadata('${file}')`;
        return [
          await database.rows(`DESCRIBE SELECT * FROM ${parquetTable(file)}`),
          await database.rows(`SELECT symbol, epoch_ms(datetime) FROM ${parquetTable(file)}`),
          await database.rows(`${about} WHERE decode(key) = 'egx_format'`),
        ];
      }),
    );
    assert.deepEqual(left, right, key);
  }
}

async function openDatabase(t: TestContext): Promise<Database> {
  const spill = await temporaryFolder(t);
  const limits = { memoryBytes: 256 * 1024 * 1024, threads: 2 };
  const database = await Database.open({ ...limits, temporaryFolder: spill });
  t.after(() => database.close());
  return database;
}

/** `egx silver --engine spark --json`. */
function silverCommand(lake: string): { readonly entries: number } {
  const main = ["src/cli/main.ts", "silver", "--engine", "spark", "--json", "--lake", lake];
  const run = spawnSync(process.execPath, main, { encoding: "utf8", env: sparkEnvironment });
  assert.equal(run.status, 0, run.stderr);
  const value: unknown = JSON.parse(run.stdout);
  assert.ok(typeof value === "object" && value !== null && "entries" in value);
  return { entries: Number(value.entries) };
}
