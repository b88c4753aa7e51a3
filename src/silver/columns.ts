/** A column of silver's Parquet objects: its name and its type as SQL writes it. */
export interface SilverColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of `bars` and `bar_revisions`, in the order of the contract. */
export const barColumns: readonly SilverColumn[] = [
  { name: "symbol", type: "VARCHAR" },
  { name: "exchange", type: "VARCHAR" },
  { name: "date", type: "DATE" },
  { name: "datetime", type: "TIMESTAMPTZ" },
  { name: "open", type: "DOUBLE" },
  { name: "high", type: "DOUBLE" },
  { name: "low", type: "DOUBLE" },
  { name: "close", type: "DOUBLE" },
  { name: "volume", type: "DOUBLE" },
  { name: "final", type: "BOOLEAN" },
  { name: "source", type: "VARCHAR" },
  { name: "currency", type: "VARCHAR" },
  { name: "adjusted", type: "VARCHAR" },
  { name: "suspect", type: "VARCHAR[]" },
  { name: "ingestion_timestamp", type: "TIMESTAMPTZ" },
  { name: "log_id", type: "VARCHAR" },
  { name: "log_partition", type: "INTEGER" },
  { name: "log_offset", type: "BIGINT" },
  { name: "object", type: "VARCHAR" },
];

/** New ones are added at the end, so that whoever reads by position goes on reading. */
export const symbolColumns: readonly SilverColumn[] = [
  { name: "symbol", type: "VARCHAR" },
  { name: "exchange", type: "VARCHAR" },
  { name: "name_en", type: "VARCHAR" },
  { name: "name_ar", type: "VARCHAR" },
  { name: "isin", type: "VARCHAR" },
  { name: "sector", type: "VARCHAR" },
  { name: "currency", type: "VARCHAR" },
  { name: "first_date", type: "DATE" },
  { name: "last_date", type: "DATE" },
  { name: "bars", type: "BIGINT" },
  { name: "industry", type: "VARCHAR" },
  { name: "listed_date", type: "DATE" },
  { name: "listed_shares", type: "BIGINT" },
];

/** Every day of the years that bars cover; instants in UTC, null on days without a session. */
export const sessionColumns: readonly SilverColumn[] = [
  { name: "date", type: "DATE" },
  { name: "is_trading_day", type: "BOOLEAN" },
  { name: "open", type: "TIMESTAMPTZ" },
  { name: "close", type: "TIMESTAMPTZ" },
  { name: "phases", type: 'STRUCT("name" VARCHAR, "start" TIMESTAMPTZ, "end" TIMESTAMPTZ)[]' },
];

export const indexMemberColumns: readonly SilverColumn[] = [
  { name: "index", type: "VARCHAR" },
  { name: "symbol", type: "VARCHAR" },
  { name: "weight", type: "DOUBLE" },
  { name: "valid_from", type: "DATE" },
  { name: "valid_to", type: "DATE" },
];

/** The columns' names, for a SELECT. */
export function columnList(columns: readonly SilverColumn[]): string {
  return columns.map((column) => `"${column.name}"`).join(", ");
}

/** The columns with their types, for a CREATE TABLE. */
export function columnDefinitions(columns: readonly SilverColumn[]): string {
  return columns.map((column) => `"${column.name}" ${column.type}`).join(", ");
}

/** A SELECT that gives no row and these columns. */
export function emptySelect(columns: readonly SilverColumn[]): string {
  const nulls = columns.map((column) => `NULL::${column.type} AS "${column.name}"`).join(", ");
  return `SELECT ${nulls} WHERE false`;
}

/** What is known of the bars of one symbol, interval and session; see docs/quality.md. */
export const certificateColumns: readonly SilverColumn[] = [
  { name: "symbol", type: "VARCHAR" },
  { name: "exchange", type: "VARCHAR" },
  { name: "date", type: "DATE" },
  { name: "state", type: "VARCHAR" },
  { name: "stage", type: "VARCHAR" },
  { name: "expectation", type: "VARCHAR" },
  { name: "share", type: "DOUBLE" },
  { name: "expected", type: "INTEGER" },
  { name: "stored", type: "INTEGER" },
  { name: "provisional", type: "INTEGER" },
  { name: "suspect", type: "INTEGER" },
  { name: "backfilled", type: "INTEGER" },
  { name: "waived", type: "VARCHAR" },
  { name: "defects", type: "VARCHAR[]" },
  { name: "holes", type: "VARCHAR[]" },
  { name: "certified_at", type: "TIMESTAMPTZ" },
  { name: "certified_as", type: "VARCHAR" },
  { name: "corrected_at", type: "TIMESTAMPTZ" },
  { name: "objects", type: "VARCHAR[]" },
  { name: "offsets", type: "VARCHAR[]" },
];
