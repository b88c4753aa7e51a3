import path from "node:path";
import { EgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import { ensureLakeKind, probeExclusiveCreate } from "../ledger/lake-kind.ts";
import { loadDigest, type LoadEntry, type LoadRequest } from "../ledger/load-entry.ts";
import { sourceKind } from "../market/bar.ts";
import { Database } from "../parquet/duckdb.ts";
import { makeScratchFolder } from "../parquet/scratch-folder.ts";
import type { BarTable } from "./bar-table.ts";
import { commitLoad, storedLoad, type LoadStore } from "./commit-load.ts";
import { csvFile, openCsvTable } from "./csv-table.ts";
import { planImport, type ImportPlan, type ImportWishes } from "./import-plan.ts";
import { LoadRows } from "./load-rows.ts";
import { openParquetTable } from "./parquet-table.ts";
import { loadedSymbols, RowReading } from "./row-reading.ts";

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
      ? await openCsvTable(csvFile(options.path))
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
  const reading = new RowReading(await LoadRows.begin(database), createdMs);
  for await (const rows of table.rows(signal ?? new AbortController().signal)) {
    await reading.add(rows, plan);
    options.onProgress?.(reading.read);
    throwIfAborted(signal);
  }
  const { settled, refused, unwanted } = await reading.end(table.file);
  const committed = await commitLoad(options, {
    request,
    files: await reading.rows.write(folder.path, settled.bars, load),
    refused,
    repeated: settled.repeated,
    symbols: loadedSymbols(settled),
    createdMs,
  });
  return { ...committed, unwanted, seconds: secondsSince() };
}

/** Files hold the exchange's bars: what the simulator makes is not imported. */
export async function checkLake(lake: Lake, source: string): Promise<void> {
  await ensureLakeKind(lake, sourceKind(source) === "simulator" ? "simulated" : "real");
  await probeExclusiveCreate(lake);
}

function requestOf(options: ImportOptions, table: BarTable, plan: ImportPlan): LoadRequest {
  const { source, currency, symbols, from, to } = options.wishes;
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
    adjusted: plan.context.facts.adjusted,
    currency,
    read: table.sha256,
  };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new EgxError("E_ABORTED", "the import was stopped; nothing was stored");
}
