import { readFile } from "node:fs/promises";
import path from "node:path";
import { sha256Hex } from "../base/bytes.ts";
import { z } from "../base/schema.ts";
import {
  batchColumnDefinitions,
  batchColumnList,
  batchColumns,
  type BatchRow,
} from "../parquet/batch-object.ts";
import { type Database, sqlText } from "../parquet/duckdb.ts";

/** Rows of one object: some 20 MB of Parquet, which is held in memory to be put. */
export const objectRowsMax = 1_000_000;
/** Small enough that one symbol's bars are read without the rest. */
const rowGroupRows = 65_536;

/** A Parquet object that waits in the scratch folder. */
export interface LoadFile {
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** A row that another row of the same load speaks against. */
export interface ContradictedRow {
  readonly line: number | null;
  readonly symbol: string;
  /** ISO 8601 in UTC. */
  readonly datetime: string;
  /** Its prices and volume, and those of the row that counts. */
  readonly values: string;
  readonly counts: string;
}

/** What the bars of one symbol come to. */
export interface SymbolRows {
  readonly symbol: string;
  readonly bars: number;
  /** Cairo dates, `2025-11-24`. */
  readonly first: string;
  readonly last: string;
}

export interface Settled {
  /** Bars, each once. */
  readonly bars: number;
  /** Rows that say the same as the one that counts. */
  readonly repeated: number;
  readonly contradicted: readonly ContradictedRow[];
  readonly symbols: readonly SymbolRows[];
}

const contradictedRow = z.tuple([
  z.number().nullable(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
]);
const symbolRow = z.tuple([z.string(), z.number(), z.string(), z.string()]);
const values = (row: string): string =>
  `concat_ws(' ', ${["open", "high", "low", "close", "volume"]
    .map((name) => `coalesce(CAST(${row}.${name} AS VARCHAR), 'null')`)
    .join(", ")})`;

/** The bars of one load (one source, interval and adjustment), collected in the engine. */
export class LoadRows {
  readonly #database: Database;
  #count = 0;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Begins a load; what an earlier one left in the engine is dropped. */
  static async begin(database: Database): Promise<LoadRows> {
    await database.run(
      `CREATE OR REPLACE TABLE load_rows (place BIGINT, ${batchColumnDefinitions})`,
    );
    return new LoadRows(database);
  }

  /** Rows so far. */
  get count(): number {
    return this.#count;
  }

  async add(rows: readonly BatchRow[]): Promise<void> {
    if (rows.length === 0) return;
    const first = this.#count;
    await this.#database.append("load_rows", [
      { kind: "bigint", values: rows.map((_, index) => first + index) },
      ...batchColumns(rows),
    ]);
    this.#count += rows.length;
  }

  /** Keeps every bar once: of several rows for one bar the last counts. */
  async settle(): Promise<Settled> {
    const database = this.#database;
    await database.run(
      "CREATE OR REPLACE TABLE load_bars AS SELECT *, " +
        "row_number() OVER (ORDER BY symbol, datetime) AS position FROM (" +
        "SELECT * FROM load_rows QUALIFY row_number() OVER (" +
        "PARTITION BY symbol, datetime ORDER BY place DESC) = 1)",
    );
    const symbols = z
      .array(symbolRow)
      .parse(
        await database.rows(
          "SELECT symbol, count(*), CAST(min(date) AS VARCHAR), CAST(max(date) AS VARCHAR) " +
            "FROM load_bars GROUP BY symbol ORDER BY symbol",
        ),
      )
      .map(([symbol, bars, first, last]) => ({ symbol, bars, first, last }));
    const bars = symbols.reduce((sum, row) => sum + row.bars, 0);
    const contradicted = bars === this.#count ? [] : await this.#contradicted();
    const repeated = this.#count - bars - contradicted.length;
    return { bars, repeated, contradicted, symbols };
  }

  /** Writes the settled bars to Parquet files, sorted by symbol and time. */
  async write(folder: string, bars: number, load: string): Promise<readonly LoadFile[]> {
    const files: LoadFile[] = [];
    for (let first = 1; first <= bars; first += objectRowsMax) {
      const last = Math.min(first + objectRowsMax - 1, bars);
      const file = path.join(folder, `${load.slice(0, 16)}-${files.length}.parquet`);
      await this.#database.run(
        `COPY (SELECT ${batchColumnList} FROM load_bars ` +
          `WHERE position BETWEEN ${first} AND ${last} ORDER BY position) ` +
          `TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd, ` +
          `ROW_GROUP_SIZE ${rowGroupRows}, KV_METADATA {egx_load: ${sqlText(load)}})`,
      );
      const body = await readFile(file);
      files.push({
        file,
        records: last - first + 1,
        bytes: body.length,
        sha256: sha256Hex(body),
      });
    }
    return files;
  }

  async #contradicted(): Promise<readonly ContradictedRow[]> {
    const rows = await this.#database.rows(
      "SELECT l.line, l.symbol, strftime(l.datetime, '%Y-%m-%dT%H:%M:%SZ'), " +
        `${values("l")}, ${values("b")} FROM load_rows l JOIN load_bars b USING (symbol, datetime) ` +
        `WHERE l.place <> b.place AND ${values("l")} <> ${values("b")} ORDER BY l.place`,
    );
    return z
      .array(contradictedRow)
      .parse(rows)
      .map(([line, symbol, datetime, said, counts]) => ({
        line,
        symbol,
        datetime,
        values: said,
        counts,
      }));
  }
}
