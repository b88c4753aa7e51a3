import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { isInstalled } from "../../scripts/services/cache.ts";
import {
  dbtProject,
  dbtSparkProject,
  pythonProjectVersion,
  type PythonProject,
} from "../../scripts/services/python.ts";
import { z } from "../../src/base/schema.ts";
import { Database } from "../../src/parquet/duckdb.ts";
import type { QueryValue } from "../../src/parquet/query-value.ts";
import { runEgx } from "../cli/run-egx.ts";
import { realFile } from "../feeds/files.ts";
import { mustRunServices } from "./services-kafka.ts";

/** Real daily bars, and minutes. */
export const dailyFile = realFile("egx-daily.csv.gz");
export const minuteFile = realFile("egx-1min.csv.gz");

/** Why tests with dbt on DuckDB, or on Spark, do not run here; false when they do. */
export const skipWithoutDbt = dailyFile.skip === false ? skipWithout(dbtProject) : dailyFile.skip;
export const skipWithoutDbtSpark =
  dailyFile.skip === false ? skipWithout(dbtSparkProject) : dailyFile.skip;

function skipWithout(project: PythonProject): string | false {
  if (isInstalled(project.name, pythonProjectVersion(project)) || mustRunServices()) return false;
  return `${project.name} is not installed: npm run py:setup`;
}

/** A folder for the tests of one file, removed after them. */
export async function folderForFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "egx-warehouse-"));
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `egx` on the lake; fails unless it ends well. */
export async function egxOn(lake: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runEgx([...args, "--lake", lake, "--log-level", "error"]);
  assert.equal(code, 0, `egx ${args.join(" ")}: ${stderr}`);
}

/** The lines of a gzipped CSV file that `keep` wants, and its head, as a file in `folder`. */
export async function someLines(
  file: string,
  folder: string,
  keep: (fields: readonly string[]) => boolean,
): Promise<string> {
  const [head = "", ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
  const kept = lines.filter((line) => keep(line.split(",")));
  const path = join(folder, `some-${kept.length}.csv`);
  await writeFile(path, `${[head, ...kept].join("\n")}\n`);
  return path;
}

export interface DbtOptions {
  readonly lake: string;
  readonly warehouse: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How dbt ended, and what became of each model and test. */
export interface DbtOutcome {
  readonly code: number | null;
  readonly output: string;
  /** By the name of the node: `success`, `pass`, `fail`, `error`, `skipped`. */
  readonly statuses: ReadonlyMap<string, string>;
}

const resultsSchema = z.object({
  results: z.array(z.object({ unique_id: z.string(), status: z.string() })),
});

/** `npm run dbt -- …`, as a person runs it; a warning of dbt's is an error here. */
export async function runDbt(args: readonly string[], options: DbtOptions): Promise<DbtOutcome> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(EGX_(?!CACHE)|MINIO_|AWS_|DBT_|NODE_TEST_CONTEXT)/.test(name),
  );
  const script = join(import.meta.dirname, "../../scripts/dbt.ts");
  const child = spawn(process.execPath, [script, "--warn-error", "--no-use-colors", ...args], {
    env: {
      ...Object.fromEntries(inherited),
      EGX_LAKE: options.lake,
      EGX_WAREHOUSE: options.warehouse,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const target = args[args.indexOf("--target") + 1];
  const named = args.includes("--target") && target !== undefined ? target : null;
  const place = named ?? (options.lake.startsWith("s3:") ? "duckdb_s3" : "duckdb");
  const file = join(options.warehouse, "dbt", place, "run_results.json");
  return { code, output, statuses: readStatuses(file) };
}

/** None when dbt ended before it ran anything. */
function readStatuses(file: string): ReadonlyMap<string, string> {
  if (!existsSync(file)) return new Map();
  const { results } = resultsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return new Map(
    results.map(({ unique_id: id, status }) => [id.split(".").slice(2).join("."), status]),
  );
}

/** Runs dbt, and fails unless everything went well. */
export async function dbtDone(args: readonly string[], options: DbtOptions): Promise<DbtOutcome> {
  const outcome = await runDbt(args, options);
  assert.equal(outcome.code, 0, outcome.output);
  const good = new Set(["success", "pass", "no-op"]);
  const others = [...outcome.statuses].filter(([, status]) => !good.has(status));
  assert.deepEqual(others, []);
  return outcome;
}

/** The marts with the columns that name a row. */
export const marts: Readonly<Record<string, readonly string[]>> = {
  dim_company: ["symbol"],
  dim_date: ["date"],
  dim_sector: ["sector"],
  dim_index: ["index_name"],
  fct_daily_prices: ["symbol", "date"],
  fct_intraday: ["symbol", "bar_length", "starts_at"],
  fct_index_performance: ["index_name", "date"],
  market_snapshot: ["symbol"],
  top_movers: ["date", "direction", "place"],
  volume_leaders: ["date", "measure", "place"],
  sector_performance: ["sector", "date"],
};

/** What a warehouse's marts are in: DuckDB's file, or Spark's folder. */
export type Store = { readonly duckdb: string } | { readonly spark: string };

/** Opens stores side by side, the marts of each under its name; closed after the test. */
export async function openStores(
  t: TestContext,
  stores: Readonly<Record<string, Store>>,
): Promise<Database> {
  const database = await openDatabase();
  t.after(() => database.close());
  for (const [name, store] of Object.entries(stores)) {
    if ("duckdb" in store) {
      await database.run(`ATTACH '${join(store.duckdb, "egx.duckdb")}' AS ${name} (READ_ONLY)`);
      continue;
    }
    await database.run(`ATTACH ':memory:' AS ${name}`);
    for (const mart of Object.keys(marts)) {
      const files = join(store.spark, "spark/egx.db", mart, "**/*.parquet");
      await database.run(
        `CREATE VIEW ${name}.main.${mart} AS SELECT * FROM read_parquet('${files}', hive_partitioning = true)`,
      );
    }
  }
  return database;
}

export interface MartDifference {
  readonly mart: string;
  readonly rows: number;
  /** Rows that one of the two lacks. */
  readonly lacking: number;
  /** Rows of which a value differs, by column. */
  readonly differing: Readonly<Record<string, number>>;
}

/**
 * How two stores' marts differ. Texts, dates, instants and whole numbers are to be the same; of
 * numbers with a fraction `tolerance` is the relative difference that is none (0 is exact).
 */
export async function compareMarts(
  database: Database,
  [left, right]: readonly [string, string],
  tolerance: number,
): Promise<readonly MartDifference[]> {
  const differences: MartDifference[] = [];
  for (const [mart, keys] of Object.entries(marts)) {
    const { columns } = await database.stream(`SELECT * FROM ${left}.main.${mart} LIMIT 0`);
    const same = keys.map((key) => `l."${key}" = r."${key}"`).join(" AND ");
    const counts = columns.map(
      ({ name, type }) => `count(*) FILTER (${unlike(name, type, tolerance)})`,
    );
    const [both = []] = await database.rows(
      `SELECT count(*), ${counts.join(", ")} FROM ${left}.main.${mart} l ` +
        `JOIN ${right}.main.${mart} r ON ${same}`,
    );
    const [[ours, theirs] = []] = await database.rows(
      `SELECT (SELECT count(*) FROM ${left}.main.${mart}), (SELECT count(*) FROM ${right}.main.${mart})`,
    );
    const rows = Number(ours);
    const found = columns.map(({ name }, place): [string, number] => [
      name,
      Number(both[place + 1]),
    ]);
    differences.push({
      mart,
      rows,
      lacking: rows + Number(theirs) - 2 * Number(both[0]),
      differing: Object.fromEntries(found.filter(([, count]) => count > 0)),
    });
  }
  return differences;
}

function unlike(name: string, type: string, tolerance: number): string {
  const [l, r] = [`l."${name}"`, `r."${name}"`];
  if (type !== "DOUBLE" || tolerance === 0) {
    const cast = type.startsWith("TIMESTAMP") ? "::TIMESTAMPTZ" : "";
    return `${l}${cast} IS DISTINCT FROM ${r}${cast}`;
  }
  const far = `abs(${l} - ${r}) > ${tolerance} * greatest(1, abs(${l}), abs(${r}))`;
  return `(${l} IS NULL) <> (${r} IS NULL) OR ${far}`;
}

/** Fails when a mart of the two is empty or differs. */
export async function assertSameMarts(
  database: Database,
  pair: readonly [string, string],
  tolerance: number,
): Promise<void> {
  const differences = await compareMarts(database, pair, tolerance);
  const wrong = differences.filter(
    ({ rows, lacking, differing }) =>
      rows === 0 || lacking > 0 || Object.keys(differing).length > 0,
  );
  assert.deepEqual(wrong, []);
}

/** The first row of a query. */
export async function firstRow(
  database: Database,
  sql: string,
): Promise<readonly (QueryValue | undefined)[]> {
  const [row = []] = await database.rows(sql);
  return row;
}

/** Certifies daily bars. Holes in the real bars make `egx quality` end with 1; that is no matter. */
export async function certify(lake: string): Promise<void> {
  const { code, stderr } = await runEgx(["quality", "--interval", "1d", "--lake", lake]);
  assert.equal(code, 1, stderr);
}

/** Plants three wrong bars in an object of silver: a close below 0, a low above the high, a double. */
export async function spoilBars(file: string): Promise<void> {
  const database = await openDatabase();
  try {
    await database.run(`CREATE TABLE bars AS FROM read_parquet('${file}')`);
    const one = (symbol: string): string =>
      `symbol = '${symbol}' AND date = (SELECT min(date) FROM bars WHERE symbol = '${symbol}' AND high > 0)`;
    await database.run(`UPDATE bars SET close = -close WHERE ${one("COMI")}`);
    await database.run(`UPDATE bars SET low = high + 1 WHERE ${one("ABUK")}`);
    await database.run(`INSERT INTO bars SELECT * FROM bars WHERE ${one("SWDY")}`);
    await database.run(`COPY bars TO '${file}' (FORMAT parquet)`);
  } finally {
    database.close();
  }
}

/** Gives the facts a year and a month that silver has no bar of, as if it had lost them. */
export async function plantPartitions(warehouse: string): Promise<void> {
  const database = await openDatabase();
  try {
    await database.run(`ATTACH '${join(warehouse, "egx.duckdb")}' AS ours`);
    for (const [mart, partition] of [
      ["fct_daily_prices", "2099 AS year"],
      ["fct_intraday", "209901 AS month"],
    ]) {
      await database.run(
        `INSERT INTO ours.main.${mart} SELECT * REPLACE (${partition}) FROM ours.main.${mart} LIMIT 100`,
      );
    }
  } finally {
    database.close();
  }
}

async function openDatabase(): Promise<Database> {
  return Database.open({
    memoryBytes: 2 * 1024 ** 3,
    threads: 2,
    temporaryFolder: join(tmpdir(), "egx-warehouse-spill"),
  });
}
