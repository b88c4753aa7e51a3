import { barColumns, columnList } from "./columns.ts";
import { sqlText } from "../parquet/duckdb.ts";
import type { SourceRank } from "./source-rank.ts";

/** Rows of a Parquet row group: small enough that one symbol's bars are read without the rest. */
const rowGroupRows = 65_536;

/** Names one stored record. Those of loads have no origin, and an object of a load has a bar once. */
const revisionIdentity =
  "log_id, log_partition, log_offset, object, exchange, symbol, adjusted, source, datetime";

/** A total order of revisions, so that the same rows give the same bytes. */
const revisionOrder =
  "symbol, datetime, exchange, adjusted, source, ingestion_timestamp, final, " +
  "log_offset, log_partition, log_id, object";

/**
 * Of a bar's revisions the one that counts, first: a final one beats a provisional one, then the
 * newest ingestion, then the highest log position.
 */
const newestFirst =
  "final DESC, ingestion_timestamp DESC, log_offset DESC NULLS LAST, " +
  "log_partition DESC NULLS LAST, log_id DESC NULLS LAST, object DESC";

/** A Parquet file as a table. */
export function parquetTable(...files: readonly string[]): string {
  const list = files.map(sqlText).join(", ");
  return `read_parquet([${list}], hive_partitioning = false)`;
}

/** What every Parquet object of silver says about itself. */
export interface ParquetMetadata {
  /** JSON of the ledger position that it was built from. */
  readonly position: string;
  readonly format: number;
}

/** Writes a SELECT's rows to a new Parquet file. */
export function copyToParquet(select: string, file: string, metadata: ParquetMetadata): string {
  return (
    `COPY (${select}) TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd, ` +
    `ROW_GROUP_SIZE ${rowGroupRows}, KV_METADATA {egx_position: ${sqlText(metadata.position)}, ` +
    `egx_format: ${sqlText(String(metadata.format))}})`
  );
}

/** Every stored record of the table expressions once. */
export function distinctRevisions(tables: readonly string[]): string {
  const columns = columnList(barColumns);
  const all = tables.map((table) => `SELECT ${columns} FROM ${table}`).join(" UNION ALL ");
  return `SELECT DISTINCT ON (${revisionIdentity}) ${columns} FROM (${all})`;
}

/** The revisions of a table in their order in `bar_revisions`. */
export function orderedRevisions(table: string): string {
  return `SELECT ${columnList(barColumns)} FROM ${table} ORDER BY ${revisionOrder}`;
}

/**
 * The series of a table of revisions: exchange, symbol, source, adjusted, currency of the newest
 * bar, number of bars, first and last date.
 */
export function seriesOf(table: string): string {
  return (
    "SELECT exchange, symbol, source, adjusted, " +
    "arg_max(currency, (datetime, ingestion_timestamp, currency)), " +
    `count(DISTINCT datetime), min(date), max(date) FROM ${table} ` +
    "GROUP BY exchange, symbol, source, adjusted ORDER BY exchange, symbol, source, adjusted"
  );
}

/**
 * Of every bar of one interval's revisions the row that counts, for the series that `chosen`
 * names, in the order of `bars`.
 */
export function chosenBars(revisions: string, chosen: string): string {
  const columns = columnList(barColumns);
  return (
    `SELECT ${columns} FROM (SELECT ${columns} FROM ${revisions} ` +
    `SEMI JOIN ${chosen} USING (exchange, symbol, source, adjusted)) ` +
    `QUALIFY row_number() OVER (PARTITION BY exchange, symbol, datetime ` +
    `ORDER BY ${newestFirst}) = 1 ORDER BY symbol, datetime, exchange`
  );
}

/**
 * `bars` worked out anew from the revisions of all intervals (with their `interval` column): the
 * newest revision of every bar, of the one series that the rank prefers for a symbol and interval.
 */
export function barsOfRevisions(revisions: string, rank: SourceRank): string {
  const columns = `interval, ${columnList(barColumns)}`;
  return (
    `WITH newest AS (SELECT ${columns} FROM ${revisions} QUALIFY row_number() OVER (` +
    `PARTITION BY interval, exchange, symbol, source, adjusted, datetime ` +
    `ORDER BY ${newestFirst}) = 1), ` +
    "chosen AS (SELECT interval, exchange, symbol, source, adjusted FROM newest " +
    "GROUP BY interval, exchange, symbol, source, adjusted QUALIFY row_number() OVER (" +
    `PARTITION BY interval, exchange, symbol ORDER BY ${seriesOrder(rank)}) = 1) ` +
    `SELECT ${columns} FROM newest ` +
    "SEMI JOIN chosen USING (interval, exchange, symbol, source, adjusted)"
  );
}

/** The order that `bestSeries` has, in SQL. */
function seriesOrder(rank: SourceRank): string {
  const kinds = rank.sources.flatMap((group, at) => group.map((kind) => [kind, at] as const));
  const adjustments = rank.adjusted.map((name, at) => [name, at] as const);
  return (
    `${caseOf("split_part(source, ':', 1)", kinds, rank.sources.length)}, ` +
    `${caseOf("adjusted", adjustments, rank.adjusted.length)}, ` +
    "count(*) DESC, source, adjusted"
  );
}

function caseOf(
  value: string,
  places: readonly (readonly [string, number])[],
  otherwise: number,
): string {
  if (places.length === 0) return String(otherwise);
  const whens = places.map(([name, at]) => `WHEN ${sqlText(name)} THEN ${at}`).join(" ");
  return `CASE ${value} ${whens} ELSE ${otherwise} END`;
}
