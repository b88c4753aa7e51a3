import { EgxError } from "../base/errors.ts";
import { readRow, unreadableLine } from "../feeds/recorded-row.ts";
import type { LoadSymbol } from "../ledger/load-entry.ts";
import { periodEndDay, type Bar } from "../market/bar.ts";
import { cairoDayOf } from "../market/cairo-time.ts";
import type { BatchRow } from "../parquet/batch-object.ts";
import type { TableRow } from "./bar-table.ts";
import { plainFields, type ImportPlan } from "./import-plan.ts";
import type { LoadRows, Settled } from "./load-rows.ts";
import { RefusedRows } from "./refused-rows.ts";

/** Rows of files on their way into one load. */
export class RowReading {
  readonly rows: LoadRows;
  readonly #ingestedMs: number;
  readonly #ingested: string;
  readonly #today: number;
  readonly #refused = new RefusedRows();
  #read = 0;
  #unwanted = 0;

  /** @param ingestedMs when the files came, epoch milliseconds */
  constructor(rows: LoadRows, ingestedMs: number) {
    this.rows = rows;
    this.#ingestedMs = ingestedMs;
    this.#ingested = new Date(ingestedMs).toISOString();
    this.#today = cairoDayOf(ingestedMs);
  }

  /** Rows so far. */
  get read(): number {
    return this.#read;
  }

  async add(rows: readonly TableRow[], plan: ImportPlan): Promise<void> {
    const { context } = plan;
    const bars: BatchRow[] = [];
    for (const { line, fields, text, bytes } of rows) {
      const found =
        fields === null
          ? unreadableLine(context.facts, this.#ingested, { line, bytes, text })
          : readRow(plainFields(fields, plan), context, { line, ingested: this.#ingested });
      if (found === null) this.#unwanted += 1;
      else if ("kind" in found) this.#refused.add(found);
      else bars.push({ bar: this.#dated(found), line });
    }
    this.#read += rows.length;
    await this.rows.add(bars);
  }

  /** @throws E_FILE_FORMAT when no row is a bar. */
  async end(file: string): Promise<{
    readonly settled: Settled;
    readonly refused: RefusedRows;
    readonly unwanted: number;
  }> {
    if (this.rows.count === 0) throw this.#noBars(file);
    const settled = await this.rows.settle();
    for (const row of settled.contradicted) this.#refused.addContradicted(row);
    return { settled, refused: this.#refused, unwanted: this.#unwanted };
  }

  #dated(bar: Bar): Bar {
    const ingestedMs = this.#ingestedMs;
    // A file that was written while the bar formed holds it as it was then.
    return { ...bar, ingestedMs, final: periodEndDay(bar) < this.#today };
  }

  #noBars(file: string): EgxError {
    const { first } = this.#refused;
    const reason = first === null ? "the selection wants none of them" : first.reason;
    return new EgxError(
      "E_FILE_FORMAT",
      `${file}: none of ${this.#read} rows is a bar: ${reason}`,
      {
        hint: "Check which column is which (--map), --symbols, --from and --to.",
      },
    );
  }
}

/** What an import says of each of its symbols. */
export function loadedSymbols({ symbols }: Settled): readonly LoadSymbol[] {
  return symbols.map(({ symbol, bars, first, last }) => ({
    symbol,
    outcome: "loaded",
    bars,
    added: bars,
    first,
    last,
    notes: [],
    error: null,
  }));
}
