import path from "node:path";
import { sha256Hex } from "../base/bytes.ts";
import { EgxError, hasCode } from "../base/errors.ts";
import { loadDigest, type LoadOrigin, type LoadRequest } from "../ledger/load-entry.ts";
import { Database } from "../parquet/duckdb.ts";
import { makeScratchFolder } from "../parquet/scratch-folder.ts";
import { commitLoad, storedLoad, type CommittedLoad, type LoadStore } from "./commit-load.ts";
import { checkLake } from "./import-file.ts";
import type { ImportPlan, ImportWishes } from "./import-plan.ts";
import { LoadRows } from "./load-rows.ts";
import { loadedSymbols, RowReading } from "./row-reading.ts";
import { surveySet, type LeftOut, type SetFile } from "./set-files.ts";
import { openZip, type ZipEntry } from "./zip-file.ts";

export interface ImportSetOptions extends LoadStore {
  /** A zip archive of CSV files. */
  readonly path: string;
  readonly wishes: ImportWishes;
  /** What the site that the set is of says of it. */
  readonly origin?: LoadOrigin;
  /** A folder on this machine for what an import works on; made when there is none. */
  readonly scratchFolder: string;
  /** Told how each file is going to be read, before anything is written. */
  readonly onPlan?: (file: string, plan: ImportPlan) => void;
  /** Told how many rows have been read. */
  readonly onProgress?: (rows: number) => void;
  /** Memory of the engine; what does not fit goes to the scratch folder. Default 512 MiB. */
  readonly memoryBytes?: number;
}

export interface ImportSetSummary {
  /** One for each interval and adjustment that the files have, in the order of the files. */
  readonly loads: readonly CommittedLoad[];
  /** Files whose bars are stored. */
  readonly files: number;
  /** Files that look like tables of bars and could not be taken. */
  readonly leftOut: readonly LeftOut[];
  /** Files of other kinds, and of symbols that were not asked for. */
  readonly ignored: number;
  /** Rows that the selection did not want. */
  readonly unwanted: number;
  readonly seconds: number;
}

const defaultMemoryBytes = 512 * 1024 * 1024;

/**
 * Loads all CSV files of an archive into batch/: those of one interval and adjustment in one load.
 * The same files again are the same load. A file that is none of bars, or that leaves a question
 * open, is left out with the reason; the others are stored.
 * @throws E_FILE_MISSING; E_FILE_FORMAT for a damaged archive, or one without any bar;
 *   E_LAKE_KIND; E_ABORTED.
 */
export async function importSet(options: ImportSetOptions): Promise<ImportSetSummary> {
  const { clock, lake, wishes, onPlan } = options;
  const startMs = clock.monotonicMs();
  using zip = await openZip(options.path);
  const tables = zip.entries.filter(isTable);
  const set = await surveySet(tables, wishes);
  throwIfAborted(options);
  const file = path.basename(options.path);
  if (set.files.length === 0) throw nothingOf(file, set.leftOut, zip.entries.length);
  for (const { name, plan } of set.files) onPlan?.(name, plan);
  await checkLake(lake, wishes.source);
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
  const loading = new Loading(options, database, folder.path);
  const leftOut = [...set.leftOut];
  for (const group of Map.groupBy(set.files, groupOf).values()) {
    try {
      await loading.store(group);
    } catch (error) {
      if (!hasCode(error, "E_FILE_FORMAT")) throw error;
      leftOut.push(...group.map(({ name }) => ({ file: name, error })));
    }
  }
  if (loading.loads.length === 0) throw nothingOf(file, leftOut, zip.entries.length);
  return {
    loads: loading.loads,
    files: loading.files,
    leftOut,
    ignored: zip.entries.length - tables.length + set.unwanted,
    unwanted: loading.unwanted,
    seconds: (clock.monotonicMs() - startMs) / 1000,
  };
}

/** The loads of one set, one after the other. */
class Loading {
  readonly loads: CommittedLoad[] = [];
  files = 0;
  unwanted = 0;
  readonly #options: ImportSetOptions;
  readonly #database: Database;
  readonly #folder: string;
  #read = 0;

  constructor(options: ImportSetOptions, database: Database, folder: string) {
    this.#options = options;
    this.#database = database;
    this.#folder = folder;
  }

  /** @throws E_FILE_FORMAT when no row of the files is a bar. */
  async store(group: readonly SetFile[]): Promise<void> {
    const request = requestOf(this.#options, group);
    const load = loadDigest(request);
    const entry = await storedLoad(this.#options, load);
    const stored =
      entry === null ? await this.#load(group, request) : { load, entry, added: false };
    this.loads.push(stored);
    this.files += group.length;
  }

  async #load(group: readonly SetFile[], request: LoadRequest): Promise<CommittedLoad> {
    const { clock, signal, origin, onProgress } = this.#options;
    const createdMs = clock.nowMs();
    const reading = new RowReading(await LoadRows.begin(this.#database), createdMs);
    for (const { rows, plan } of group) {
      for await (const block of rows(signal ?? new AbortController().signal)) {
        await reading.add(block, plan);
        onProgress?.(this.#read + reading.read);
        throwIfAborted(this.#options);
      }
    }
    this.#read += reading.read;
    const { settled, refused, unwanted } = await reading.end(`${group.length} files`);
    this.unwanted += unwanted;
    return commitLoad(this.#options, {
      request,
      files: await reading.rows.write(this.#folder, settled.bars, loadDigest(request)),
      refused,
      repeated: settled.repeated,
      symbols: loadedSymbols(settled),
      createdMs,
      ...(origin === undefined ? {} : { origin }),
    });
  }
}

function requestOf({ wishes }: ImportSetOptions, group: readonly SetFile[]): LoadRequest {
  const { source, currency, symbols, from, to } = wishes;
  const [first] = group;
  const facts = first?.plan.context.facts;
  const lines = group.map(({ name, sha256, plan }) =>
    JSON.stringify([name, sha256, plan.context.symbol, plan.named, plan.dateOrder]),
  );
  return {
    asked: {
      command: "import-set",
      form: "zip",
      symbols,
      from: from?.toString() ?? null,
      to: to?.toString() ?? null,
    },
    source,
    interval: facts?.interval.name ?? "",
    adjusted: facts?.adjusted ?? "",
    currency,
    read: sha256Hex(lines.toSorted().join("\n")),
  };
}

function groupOf({ plan }: SetFile): string {
  const { interval, adjusted } = plan.context.facts;
  return `${interval.code} ${adjusted}`;
}

/** What the archiver of a Mac puts beside each file is no table, whatever it is called. */
function isTable({ name }: ZipEntry): boolean {
  return /\.csv$/i.test(name) && !/(?:^|\/)(?:__MACOSX\/|\.)/.test(name);
}

function nothingOf(file: string, leftOut: readonly LeftOut[], entries: number): EgxError {
  const [first] = leftOut;
  const why = first === undefined ? "none is a CSV file" : first.error.message;
  const hint = first?.error.hint ?? "A data set of bars has CSV files in it.";
  return new EgxError("E_FILE_FORMAT", `${file}: none of ${entries} files has bars: ${why}`, {
    hint,
  });
}

function throwIfAborted({ signal }: ImportSetOptions): void {
  if (signal?.aborted !== true) return;
  throw new EgxError("E_ABORTED", "the import was stopped; nothing was stored");
}
