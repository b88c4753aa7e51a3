import path from "node:path";
import { EgxError } from "../base/errors.ts";
import { readRow, unreadableLine } from "../feeds/recorded-row.ts";
import type { Lake } from "../lake/lake.ts";
import { ensureLakeKind, probeExclusiveCreate } from "../ledger/lake-kind.ts";
import { loadDigest, type LoadEntry, type LoadRequest } from "../ledger/load-entry.ts";
import { periodEndDay, sourceKind, type Bar } from "../market/bar.ts";
import { cairoDayOf } from "../market/cairo-time.ts";
import type { BatchRow } from "../parquet/batch-object.ts";
import { Database } from "../parquet/duckdb.ts";
import { makeScratchFolder } from "../parquet/scratch-folder.ts";
import type { BarTable, TableRow } from "./bar-table.ts";
import { commitLoad, storedLoad, type LoadStore } from "./commit-load.ts";
import { openCsvTable } from "./csv-table.ts";
import { plainFields, planImport, type ImportPlan, type ImportWishes } from "./import-plan.ts";
import { LoadRows, type Settled } from "./load-rows.ts";
import { openParquetTable } from "./parquet-table.ts";
import { RefusedRows } from "./refused-rows.ts";

export interface ImportOptions extends LoadStore {
  readonly form: "csv" | "parquet";
  readonly path: string;
  readonly wishes: ImportWishes;
  /** A folder on this machine for what an import works on; made when there is none. */
  readonly scratchFolder: string;
  /** Told how the file is going to be read, before anything is written. */
  readonly onPlan?: (plan: ImportPlan) => void;
  /** Told how many rows have been read. */
  readonly onProgress?: (rows: number) => void;
  /** Memory of the engine; what does not fit goes to the scratch folder. Default 512 MiB. */
  readonly memoryBytes?: number;
}

export interface ImportSummary {
  /** The digest that names the load. */
  readonly load: string;
  readonly entry: LoadEntry;
  /** False when the same file had been imported in the same way before: nothing was added. */
  readonly added: boolean;
  /** Rows of the file that the selection did not want. */
  readonly unwanted: number;
  readonly seconds: number;
}

const defaultMemoryBytes = 512 * 1024 * 1024;

/**
 * Loads other people's bars from a file into batch/, in one load. The same file read in the same
 * way is one load, however often it is imported. Rows that are no bars are kept beside it with
 * their reasons.
 * @throws E_FILE_MISSING; E_FILE_FORMAT, see {@link planImport}; E_LAKE_KIND; E_ABORTED.
 */
export async function importFile(options: ImportOptions): Promise<ImportSummary> {
  const { clock, lake, signal, form, wishes } = options;
  const startMs = clock.monotonicMs();
  const secondsSince = (): number => (clock.monotonicMs() - startMs) / 1000;
  await using folder = await makeScratchFolder(options.scratchFolder, "load");
  await using stack = new AsyncDisposableStack();
  const database = stack.adopt(
    await Database.open({
      memoryBytes: options.memoryBytes ?? defaultMemoryBytes,
      threads: 2,
      temporaryFolder: path.join(folder.path, "spill"),
    }),
    async (it) => it.close(),
  );
  const table =
    form === "csv"
      ? await openCsvTable(options.path)
      : await openParquetTable(options.path, database);
  const plan = planImport(table, wishes);
  options.onPlan?.(plan);
  await checkLake(lake, wishes.source);
  const request = requestOf(options, table, plan);
  const load = loadDigest(request);
  const known = await storedLoad(options, load);
  if (known !== null) {
    return { load, entry: known, added: false, unwanted: 0, seconds: secondsSince() };
  }
  const createdMs = clock.nowMs();
  const reading = new Reading(await LoadRows.begin(database), plan, createdMs);
  for await (const rows of table.rows(signal ?? new AbortController().signal)) {
    await reading.add(rows);
    options.onProgress?.(reading.read);
    throwIfAborted(signal);
  }
  const { settled, refused, unwanted } = await reading.end(table.file);
  const committed = await commitLoad(options, {
    request,
    files: await reading.rows.write(folder.path, settled.bars, load),
    refused,
    repeated: settled.repeated,
    symbols: settled.symbols.map(({ symbol, bars, first, last }) => ({
      symbol,
      outcome: "loaded",
      bars,
      added: bars,
      first,
      last,
      notes: [],
      error: null,
    })),
    createdMs,
  });
  return { ...committed, unwanted, seconds: secondsSince() };
}

/** Files hold the exchange's bars: what the simulator makes is not imported. */
async function checkLake(lake: Lake, source: string): Promise<void> {
  await ensureLakeKind(lake, sourceKind(source) === "simulator" ? "simulated" : "real");
  await probeExclusiveCreate(lake);
}

function requestOf(options: ImportOptions, table: BarTable, plan: ImportPlan): LoadRequest {
  const { source, adjusted, currency, symbols, from, to } = options.wishes;
  return {
    asked: {
      command: "import",
      form: options.form,
      columns: plan.named,
      symbols,
      date_order: plan.dateOrder,
      from: from?.toString() ?? null,
      to: to?.toString() ?? null,
    },
    source,
    interval: plan.interval.name,
    adjusted,
    currency,
    read: table.sha256,
  };
}

/** A file's rows on their way into the load. */
class Reading {
  readonly rows: LoadRows;
  readonly #plan: ImportPlan;
  readonly #ingestedMs: number;
  readonly #ingested: string;
  readonly #today: number;
  readonly #refused = new RefusedRows();
  #read = 0;
  #unwanted = 0;

  constructor(rows: LoadRows, plan: ImportPlan, ingestedMs: number) {
    this.rows = rows;
    this.#plan = plan;
    this.#ingestedMs = ingestedMs;
    this.#ingested = new Date(ingestedMs).toISOString();
    this.#today = cairoDayOf(ingestedMs);
  }

  /** Rows so far. */
  get read(): number {
    return this.#read;
  }

  async add(rows: readonly TableRow[]): Promise<void> {
    const { context } = this.#plan;
    const bars: BatchRow[] = [];
    for (const { line, fields, text, bytes } of rows) {
      const found =
        fields === null
          ? unreadableLine(context.facts, this.#ingested, { line, bytes, text })
          : readRow(plainFields(fields, this.#plan), context, { line, ingested: this.#ingested });
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

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new EgxError("E_ABORTED", "the import was stopped; nothing was stored");
}
