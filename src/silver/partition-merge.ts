import { mkdir } from "node:fs/promises";
import path from "node:path";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { seriesRow, type BuiltState, type PartitionSeries } from "./built-state.ts";
import type { Database } from "../parquet/duckdb.ts";
import { freshTable } from "./fresh-rows.ts";
import {
  chosenBars,
  copyToParquet,
  distinctRevisions,
  orderedRevisions,
  type ParquetMetadata,
  parquetTable,
  seriesOf,
} from "./partition-sql.ts";
import { snapshotObject } from "../lake/object-file.ts";
import { fileDigest } from "../parquet/scratch-folder.ts";
import type { Choices } from "./series-choice.ts";
import { parsePartition, partitionKey, type PartitionedTable } from "./silver-keys.ts";
import { sqlText } from "../parquet/duckdb.ts";

/** An object that waits in the scratch folder to be put. */
export interface PreparedObject {
  readonly key: string;
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
  /** The version of the object that it replaces; null when there was none. */
  readonly expected: string | null;
}

export interface MergeContext {
  readonly lake: Lake;
  readonly database: Database;
  readonly state: BuiltState;
  readonly folder: string;
  readonly metadata: ParquetMetadata;
  /** The revisions come from the ledger alone; what silver holds is not read. */
  readonly anew: boolean;
}

/** The revisions of a partition as they are, or are going to be. */
export interface Revisions {
  readonly file: string;
  /** Null when the object stays as it is. */
  readonly prepared: PreparedObject | null;
  readonly series: readonly PartitionSeries[];
}

/**
 * Joins a partition's revisions and the new ones.
 * @throws E_LAKE_OBJECT_DAMAGED, which names the object, when it is not what a build wrote.
 */
export async function mergeRevisions(context: MergeContext, name: string): Promise<Revisions> {
  const { database } = context;
  const key = partitionKey("bar_revisions", name);
  const present = context.anew
    ? { file: null, version: await versionOf(context.lake, key) }
    : await presentRevisions(context, name);
  const tables = [`(FROM ${freshTable} WHERE partition_name = ${sqlText(name)})`];
  if (present.file !== null) tables.push(parquetTable(present.file));
  await database.run(`CREATE OR REPLACE TABLE merged AS ${distinctRevisions(tables)}`);
  const file = await scratchFile(context, "bar_revisions", name);
  await database.run(copyToParquet(orderedRevisions("merged"), file, context.metadata));
  const series = await readSeries(database, "merged");
  const rows = await countRows(database, "merged");
  await database.run("DROP TABLE merged");
  return {
    file,
    prepared: { key, file, rows, sha256: await fileDigest(file), expected: present.version },
    series,
  };
}

/** A partition's revisions as silver holds them, for `bars` to be worked out anew. */
export async function keptRevisions(context: MergeContext, name: string): Promise<Revisions> {
  const present = await presentRevisions(context, name);
  if (present.file === null) throw damaged(partitionKey("bar_revisions", name));
  return { file: present.file, prepared: null, series: context.state.series[name] ?? [] };
}

/**
 * Works out a partition's `bars` from its revisions. Null when there are none to write and there
 * is no object to replace.
 * @param expected the version of the object, read before the revisions were: whatever another
 *   build wrote since then is not overwritten.
 */
export async function prepareBars(
  context: MergeContext,
  name: string,
  revisions: { readonly file: string; readonly expected: string | null; readonly choices: Choices },
): Promise<PreparedObject | null> {
  const { database } = context;
  const interval = parsePartition(name)?.interval.code ?? "";
  const chosen = [...revisions.choices.values()].filter((choice) => choice.interval === interval);
  await database.run(
    "CREATE OR REPLACE TABLE chosen (exchange VARCHAR, symbol VARCHAR, source VARCHAR, adjusted VARCHAR)",
  );
  await database.append("chosen", [
    { kind: "plain", values: chosen.map((choice) => choice.exchange) },
    { kind: "plain", values: chosen.map((choice) => choice.symbol) },
    { kind: "plain", values: chosen.map((choice) => choice.source) },
    { kind: "plain", values: chosen.map((choice) => choice.adjusted) },
  ]);
  const file = await scratchFile(context, "bars", name);
  const select = chosenBars(parquetTable(revisions.file), "chosen");
  await database.run(copyToParquet(select, file, context.metadata));
  const rows = await countRows(database, parquetTable(file));
  if (rows === 0 && revisions.expected === null) return null;
  return {
    key: partitionKey("bars", name),
    file,
    rows,
    sha256: await fileDigest(file),
    expected: revisions.expected,
  };
}

/** An object's version, or null when there is none. */
export async function versionOf(lake: Lake, key: string): Promise<string | null> {
  return (await lake.head(key))?.version ?? null;
}

async function presentRevisions(
  context: MergeContext,
  name: string,
): Promise<{ readonly file: string | null; readonly version: string | null }> {
  const key = partitionKey("bar_revisions", name);
  const place = path.join(context.folder, "present", name, "bars.parquet");
  const snapshot = await snapshotObject(context.lake, key, place);
  const done = context.state.objects[key];
  if (snapshot === null) {
    if (done !== undefined) throw damaged(key);
    return { file: null, version: null };
  }
  const sha256 = await fileDigest(snapshot.path);
  if (sha256 !== done?.sha256 && sha256 !== context.state.pending[key]?.sha256) throw damaged(key);
  return { file: snapshot.path, version: snapshot.version };
}

function damaged(key: string): EgxError {
  return new EgxError("E_LAKE_OBJECT_DAMAGED", `${key} is not what the last build wrote`, {
    details: { key },
    hint: "Run egx silver --rebuild: it makes silver anew from the ledger.",
  });
}

async function scratchFile(
  context: MergeContext,
  table: PartitionedTable,
  name: string,
): Promise<string> {
  const file = path.join(context.folder, "new", table, name, "bars.parquet");
  await mkdir(path.dirname(file), { recursive: true });
  return file;
}

async function readSeries(database: Database, table: string): Promise<readonly PartitionSeries[]> {
  const rows = z.array(seriesRow).parse(await database.rows(seriesOf(table)));
  return rows.map(([exchange, symbol, source, adjusted, currency, bars, first, last]) => ({
    exchange,
    symbol,
    source,
    adjusted,
    currency,
    bars,
    first,
    last,
  }));
}

async function countRows(database: Database, table: string): Promise<number> {
  const rows = await database.rows(`SELECT count(*) FROM ${table}`);
  return z.number().parse(rows[0]?.[0]);
}
