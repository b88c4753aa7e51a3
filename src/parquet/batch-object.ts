import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Bar } from "../market/bar.ts";
import { cairoDayOf } from "../market/cairo-time.ts";
import { intervalByName } from "../market/interval.ts";
import { type ColumnValues, type Database, sqlText } from "./duckdb.ts";
import type { QueryValue } from "./query-value.ts";

/** A bar of a load, on its way into a Parquet object. */
export interface BatchRow {
  readonly bar: Bar;
  /** The line or row of the file that it came from, from 1; null for a feed's bars. */
  readonly line: number | null;
}

/** The columns of the Parquet objects under batch/ and their types, in order: a contract. */
const columns = [
  ["symbol", "VARCHAR"],
  ["exchange", "VARCHAR"],
  ["interval", "VARCHAR"],
  ["date", "DATE"],
  ["datetime", "TIMESTAMPTZ"],
  ["open", "DOUBLE"],
  ["high", "DOUBLE"],
  ["low", "DOUBLE"],
  ["close", "DOUBLE"],
  ["volume", "DOUBLE"],
  ["final", "BOOLEAN"],
  ["source", "VARCHAR"],
  ["currency", "VARCHAR"],
  ["adjusted", "VARCHAR"],
  ["ingestion_timestamp", "TIMESTAMPTZ"],
  ["line", "BIGINT"],
] as const;

/** The columns' names, for a SELECT. */
export const batchColumnList = columns.map(([name]) => `"${name}"`).join(", ");
/** The columns with their types, for a CREATE TABLE. */
export const batchColumnDefinitions = columns.map(([name, type]) => `"${name}" ${type}`).join(", ");

/** Rows as columns, in the order of the contract. */
export function batchColumns(rows: readonly BatchRow[]): ColumnValues[] {
  const plain = (value: (bar: Bar) => string | number | boolean | null): ColumnValues => ({
    kind: "plain",
    values: rows.map(({ bar }) => value(bar)),
  });
  return [
    plain((bar) => bar.symbol),
    plain((bar) => bar.exchange),
    plain((bar) => bar.interval.name),
    { kind: "date", values: rows.map(({ bar }) => cairoDayOf(bar.startMs)) },
    { kind: "instant", values: rows.map(({ bar }) => bar.startMs) },
    plain((bar) => bar.open),
    plain((bar) => bar.high),
    plain((bar) => bar.low),
    plain((bar) => bar.close),
    plain((bar) => bar.volume),
    plain((bar) => bar.final),
    plain((bar) => bar.source),
    plain((bar) => bar.currency),
    plain((bar) => bar.adjusted),
    { kind: "instant", values: rows.map(({ bar }) => bar.ingestedMs) },
    { kind: "bigint", values: rows.map(({ line }) => line) },
  ];
}

const barList =
  'symbol, exchange, "interval", epoch_ms(datetime), open, high, low, close, volume, final, ' +
  "source, currency, adjusted, epoch_ms(ingestion_timestamp)";
const price = z.number().nullable();
const barSchema = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.number(),
  price,
  price,
  price,
  z.number(),
  price,
  z.boolean(),
  z.string(),
  z.string(),
  z.enum(["none", "splits", "dividends"]),
  z.number(),
]);

/** Rows that are held as bars at once; as many as a row group has. */
const pageRows = 65_536;

/**
 * The bars of a batch object that lies in a file, in its order, some thousands at a time. Other
 * statements may run between two pages.
 * @throws E_LAKE_OBJECT_DAMAGED for a row that is no bar.
 */
export async function* batchBars(database: Database, file: string): AsyncGenerator<readonly Bar[]> {
  for (let first = 0; ; first += pageRows) {
    const page = `file_row_number >= ${first} AND file_row_number < ${first + pageRows}`;
    const bars = await selectBars(database, [file], page);
    if (bars.length > 0) yield bars;
    if (bars.length < pageRows) return;
  }
}

/**
 * The bars of some symbols in batch objects that lie in files, in no order.
 * @throws E_LAKE_OBJECT_DAMAGED for a row that is no bar.
 */
export async function batchBarsOf(
  database: Database,
  files: readonly string[],
  symbols: readonly string[],
): Promise<readonly Bar[]> {
  if (files.length === 0 || symbols.length === 0) return [];
  return selectBars(database, files, `symbol IN (${symbols.map(sqlText).join(", ")})`);
}

const placeRow = z.tuple([z.number(), z.number()]);

/**
 * Where the bars of a symbol stand in a batch object that lies in a file: the row, from 1, by the
 * bar's start in epoch milliseconds.
 */
export async function batchRowsOf(
  database: Database,
  file: string,
  symbol: string,
): Promise<ReadonlyMap<number, number>> {
  const options = "hive_partitioning = false, file_row_number = true";
  const rows = await database.rows(
    "SELECT epoch_ms(datetime), file_row_number + 1 " +
      `FROM read_parquet(${sqlText(file)}, ${options}) WHERE symbol = ${sqlText(symbol)}`,
  );
  return new Map(z.array(placeRow).parse(rows));
}

async function selectBars(
  database: Database,
  files: readonly string[],
  where: string,
): Promise<readonly Bar[]> {
  const list = files.map(sqlText).join(", ");
  const options = "hive_partitioning = false, file_row_number = true";
  const rows = await database.rows(
    `SELECT ${barList} FROM read_parquet([${list}], ${options}) WHERE ${where}`,
  );
  return rows.map(barOf);
}

function barOf(row: readonly QueryValue[]): Bar {
  const parsed = barSchema.safeParse(row);
  const interval = parsed.success ? intervalByName(parsed.data[2]) : undefined;
  if (!parsed.success || interval === undefined) {
    throw new EgxError("E_LAKE_OBJECT_DAMAGED", "an object of batch/ holds a row that is no bar");
  }
  const [symbol, exchange, , startMs, open, high, low, close, volume, final, ...rest] = parsed.data;
  const [source, currency, adjusted, ingestedMs] = rest;
  return {
    symbol,
    exchange,
    interval,
    startMs,
    open,
    high,
    low,
    close,
    volume,
    ingestedMs,
    final,
    source,
    currency,
    adjusted,
  };
}
