import { type IntervalCode, type Interval, intervalByCode } from "../market/interval.ts";

/** The folder of everything that silver holds. */
export const silverPrefix = "silver/";
/** What silver was built from; see {@link BuiltState}. */
export const builtKey = "silver/_built.json";
export const symbolsKey = "silver/symbols.parquet";
export const sessionsKey = "silver/sessions.parquet";

/** Stored lines that are no bars; Spark puts them there, see docs/spark.md. */
export const badLinesKey = "silver/bad_lines.parquet";

/** The two tables that are kept in partitions. */
export type PartitionedTable = "bars" | "bar_revisions";

/**
 * One object of each table: a year of bars of a day or longer, a month of shorter ones, by the
 * bar's date in Cairo.
 */
export interface Partition {
  readonly interval: Interval;
  readonly year: number;
  /** Null for Daily and longer. */
  readonly month: number | null;
}

/**
 * The name of the partition of a bar's Cairo date (`2025-11-24`), as keys spell it:
 * `interval=1m/year=2025/month=11`.
 */
export function partitionNameOf(interval: Interval, date: string): string {
  const year = `interval=${interval.code}/year=${date.slice(0, 4)}`;
  return interval.intraday ? `${year}/month=${date.slice(5, 7)}` : year;
}

const namePattern = /^interval=([0-9a-z]+)\/year=(\d{4})(?:\/month=(\d{2}))?$/;

/** The partition of a name, or null for any other text. */
export function parsePartition(name: string): Partition | null {
  const [, code = "", year = "", month] = namePattern.exec(name) ?? [];
  const interval = intervalByCode(code);
  if (interval === undefined || interval.intraday !== (month !== undefined)) return null;
  return { interval, year: Number(year), month: month === undefined ? null : Number(month) };
}

/** The key of a table's object for the partition of this name. */
export function partitionKey(table: PartitionedTable, name: string): string {
  return `${silverPrefix}${table}/${name}/bars.parquet`;
}

const keyPattern = /^silver\/(bars|bar_revisions)\/(.+)\/bars\.parquet$/;

/** Table and partition of a key, or null for any other key. */
export function parsePartitionKey(
  key: string,
): { table: PartitionedTable; name: string; code: IntervalCode } | null {
  const [, table, name = ""] = keyPattern.exec(key) ?? [];
  const partition = parsePartition(name);
  if (partition === null || (table !== "bars" && table !== "bar_revisions")) return null;
  return { table, name, code: partition.interval.code };
}

/** The folder of the certificates, which are made of `bars` and the calendar, not by builds. */
export const certificatesPrefix = `${silverPrefix}certificates/`;
/** What the certificates were made of. */
export const certifiedKey = `${certificatesPrefix}_certified.json`;

/** The key of the certificates of the partition of this name. */
export function certificatesKey(name: string): string {
  return `${certificatesPrefix}${name}/certificates.parquet`;
}

/** The partition's name of a key of certificates, or null for any other key. */
export function parseCertificatesKey(key: string): string | null {
  const [, name = ""] = /^silver\/certificates\/(.+)\/certificates\.parquet$/.exec(key) ?? [];
  return parsePartition(name) === null ? null : name;
}
