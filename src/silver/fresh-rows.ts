import { cairoDayOf, dateText } from "../market/cairo-time.ts";
import type { Bar } from "../market/bar.ts";
import type { Origin } from "../market/stored-line.ts";
import { egxCalendar } from "../market/calendar.ts";
import { suspectRules } from "../market/rules.ts";
import { barColumns, columnDefinitions } from "./columns.ts";
import type { ColumnValues, Database } from "../parquet/duckdb.ts";
import { partitionNameOf } from "./silver-keys.ts";

/** A stored bar on its way into silver. */
export interface FreshRow {
  readonly bar: Bar;
  /** Null for a bar of a load, which came through no log. */
  readonly origin: Origin | null;
  /** The key of the object that holds it. */
  readonly object: string;
}

/** The release's own, whatever an operator changes: the same ledger gives the same rows. */
const calendar = egxCalendar();

/** The table of rows that a build takes in: silver's columns, and the partition's name. */
export const freshTable = "fresh";

/**
 * Where sources of rows put what is new: the ledger's chains give bars, a load may give a SELECT
 * over its own Parquet objects.
 */
export class FreshRows {
  readonly #database: Database;
  readonly #partitions = new Set<string>();
  #count = 0;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async create(database: Database): Promise<FreshRows> {
    await database.run(
      `CREATE TABLE ${freshTable} (partition_name VARCHAR, ${columnDefinitions(barColumns)})`,
    );
    return new FreshRows(database);
  }

  /** Rows so far. */
  get count(): number {
    return this.#count;
  }

  /** Names of the partitions that have new rows. */
  get partitions(): ReadonlySet<string> {
    return this.#partitions;
  }

  async append(rows: readonly FreshRow[]): Promise<void> {
    if (rows.length === 0) return;
    const days = rows.map((row) => cairoDayOf(row.bar.startMs));
    const names = rows.map(({ bar }, index) =>
      partitionNameOf(bar.interval, dateText(days[index] ?? 0)),
    );
    for (const name of names) this.#partitions.add(name);
    await this.#database.append(freshTable, columnsOf(rows, days, names));
    this.#count += rows.length;
  }
}

function columnsOf(
  rows: readonly FreshRow[],
  days: readonly number[],
  names: readonly string[],
): ColumnValues[] {
  const plain = (value: (row: FreshRow) => string | number | boolean | null): ColumnValues => ({
    kind: "plain",
    values: rows.map(value),
  });
  return [
    { kind: "plain", values: names },
    plain((row) => row.bar.symbol),
    plain((row) => row.bar.exchange),
    { kind: "date", values: days },
    { kind: "instant", values: rows.map((row) => row.bar.startMs) },
    plain((row) => row.bar.open),
    plain((row) => row.bar.high),
    plain((row) => row.bar.low),
    plain((row) => row.bar.close),
    plain((row) => row.bar.volume),
    plain((row) => row.bar.final),
    plain((row) => row.bar.source),
    plain((row) => row.bar.currency),
    plain((row) => row.bar.adjusted),
    { kind: "texts", values: rows.map((row) => suspectRules(row.bar, { calendar })) },
    { kind: "instant", values: rows.map((row) => row.bar.ingestedMs) },
    plain((row) => row.origin?.logId ?? null),
    plain((row) => row.origin?.partition ?? null),
    { kind: "bigint", values: rows.map((row) => row.origin?.offset ?? null) },
    plain((row) => row.object),
  ];
}
