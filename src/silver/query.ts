import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../base/clock.ts";
import { EgxError, messageOf, systemCodeOf } from "../base/errors.ts";
import { forEachWithin, limitTo } from "../base/limit.ts";
import type { Lake } from "../lake/lake.ts";
import { readState } from "./built-state.ts";
import { type Column, Database, DatabaseError, sqlText } from "../parquet/duckdb.ts";
import { checkQuery, plainSelect, queryError } from "./query-guard.ts";
import type { QueryValue } from "../parquet/query-value.ts";
import { viewStatements } from "./query-views.ts";
import { snapshotObject } from "../lake/object-file.ts";
import { makeScratchFolder, type ScratchFolder } from "../parquet/scratch-folder.ts";
import { builtKey, silverPrefix } from "./silver-keys.ts";
import { defaultSourceRank } from "./source-rank.ts";

export interface QueryOptions {
  readonly lake: Lake;
  /** A folder on this machine for the snapshot; made when there is none. */
  readonly scratchFolder: string;
  /** Shows the bars as they were known at this instant. Default: as they are. */
  readonly asOf?: Temporal.Instant;
  readonly clock: Clock;
  /** Default 512 MiB. */
  readonly memoryBytes?: number;
  /** Default 2. */
  readonly threads?: number;
}

export interface RunOptions {
  /** Rows after which the answer is cut. Default: all. */
  readonly limitRows?: number;
  /** From the start until the last row is read. Default: no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * The text is one of our own, made of checked values: its syntax is not looked at again, which
   * takes longer than a small query. The engine reaches no other file either way.
   */
  readonly trusted?: boolean;
}

export interface QueryResult {
  readonly columns: readonly Column[];
  /** The rows, to be read once, before the next query runs. */
  readonly batches: AsyncIterable<readonly (readonly QueryValue[])[]>;
}

/**
 * Read-only SQL over the views `bars`, `complete_bars`, `bar_revisions`, `certificates`, `symbols`,
 * `sessions` and `index_members`, as silver was when it was opened: builds that follow do not disturb it. One query at a time.
 */
export interface Query extends AsyncDisposable {
  /**
   * Runs one SELECT.
   * @throws E_QUERY, E_QUERY_REFUSED, E_QUERY_LIMIT, E_ABORTED; also while rows are read.
   */
  run(sql: string, options?: RunOptions): Promise<QueryResult>;
  /**
   * Runs one SELECT into a new Parquet file, which replaces one of that name. Gives the number of
   * its rows.
   * @throws as {@link Query.run}, and E_FILE_MISSING when the file cannot be written.
   */
  writeParquet(sql: string, file: string, options?: RunOptions): Promise<number>;
  /** Another session on the same snapshot and its memory, for a query at the same time. */
  beside(): Promise<Query>;
  /** Releases the engine, and removes the snapshot with its last session; idempotent. */
  close(): Promise<void>;
}

const defaultMemoryBytes = 512 * 1024 * 1024;
const defaultThreads = 2;
const interruptEveryMs = 20;
const interruptsMax = 250;

/** Takes a snapshot of silver and opens it for queries. */
export async function openQuery(options: QueryOptions): Promise<Query> {
  const folder = await makeScratchFolder(options.scratchFolder, "query");
  let database: Database | null = null;
  try {
    const { state } = await readState(options.lake);
    const files = await snapshotSilver(options.lake, path.join(folder.path, "silver"));
    database = await Database.open({
      memoryBytes: options.memoryBytes ?? defaultMemoryBytes,
      threads: options.threads ?? defaultThreads,
      temporaryFolder: path.join(folder.path, "spill"),
    });
    const { asOf } = options;
    const rank = state?.rank ?? defaultSourceRank;
    const sources = { files, rank, ...(asOf === undefined ? {} : { asOf }) };
    for (const statement of viewStatements(sources)) await database.run(statement);
    const results = path.join(folder.path, "results");
    await mkdir(results);
    await database.lockDown([...files.values()], results);
    const snapshot = { folder, results, open: 0, written: 0 };
    return new LockedQuery(database, snapshot, options.clock);
  } catch (error) {
    database?.close();
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Silver's Parquet objects as files of our own, by their keys. */
async function snapshotSilver(lake: Lake, folder: string): Promise<ReadonlyMap<string, string>> {
  const keys: string[] = [];
  for await (const { key } of lake.list(silverPrefix)) {
    if (key !== builtKey && key.endsWith(".parquet")) keys.push(key);
  }
  const files = new Map(keys.map((key) => [key, path.join(folder, key)]));
  await forEachWithin(limitTo(lake.concurrency), [...files], async ([key, file]) => {
    // Removed since it was listed: a build made silver anew, without it.
    if ((await snapshotObject(lake, key, file)) === null) files.delete(key);
  });
  return files;
}

/** What sessions on one snapshot have in common. */
interface Snapshot {
  readonly folder: ScratchFolder;
  /** A folder inside it: the one place that is written to. */
  readonly results: string;
  /** Sessions that are open. */
  open: number;
  /** Files that were written so far. */
  written: number;
}

class LockedQuery implements Query {
  readonly #database: Database;
  readonly #snapshot: Snapshot;
  readonly #clock: Clock;
  #closed = false;

  constructor(database: Database, snapshot: Snapshot, clock: Clock) {
    this.#database = database;
    this.#snapshot = snapshot;
    this.#clock = clock;
    snapshot.open += 1;
  }

  async beside(): Promise<Query> {
    return new LockedQuery(await this.#database.beside(), this.#snapshot, this.#clock);
  }

  async run(sql: string, options: RunOptions = {}): Promise<QueryResult> {
    const database = this.#database;
    const watch = new Watch(database, this.#clock, options);
    try {
      if (options.trusted !== true) await this.#check(sql);
      watch.check();
      const { columns, batches } = await database.stream(sql);
      return { columns, batches: watched({ batches, watch, sql, limitRows: options.limitRows }) };
    } catch (error) {
      watch.end();
      throw watch.explain(error, sql);
    }
  }

  async writeParquet(sql: string, file: string, options: RunOptions = {}): Promise<number> {
    const watch = new Watch(this.#database, this.#clock, options);
    this.#snapshot.written += 1;
    const result = path.join(this.#snapshot.results, `${this.#snapshot.written}.parquet`);
    try {
      await this.#check(sql);
      watch.check();
      const select = await plainSelect(this.#database, sql);
      const target = `${sqlText(result)} (FORMAT parquet, COMPRESSION zstd)`;
      const rows = await this.#database.rows(`COPY (${select}) TO ${target}`);
      await moveFile(result, file);
      return Number(rows[0]?.[0] ?? 0);
    } catch (error) {
      throw watch.explain(error, sql);
    } finally {
      watch.end();
      await rm(result, { force: true });
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
    this.#snapshot.open -= 1;
    if (this.#snapshot.open === 0) await this.#snapshot.folder[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #check(sql: string): Promise<void> {
    await checkQuery(this.#database, sql);
    const { reads, parameters } = await this.#database.prepare(sql);
    if (!reads) throw new EgxError("E_QUERY_REFUSED", "the query is refused: it is no SELECT");
    if (parameters > 0) {
      throw new EgxError("E_QUERY", "a query has no parameters: write the values into it");
    }
  }
}

/** Ends a query when its time is up or its signal aborts. */
class Watch {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #ended = new AbortController();
  #late = false;

  constructor(database: Database, clock: Clock, options: RunOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#signal = options.signal;
    this.#signal?.addEventListener("abort", this.#onAbort);
    if (options.timeoutMs !== undefined) void this.#limit(options.timeoutMs);
  }

  /** @throws E_QUERY_LIMIT or E_ABORTED when the query is to end. */
  check(): void {
    const error = this.#verdict();
    if (error !== null) throw error;
  }

  explain(error: unknown, sql: string): unknown {
    const interrupted = error instanceof DatabaseError && error.type === "interrupt";
    return (interrupted ? this.#verdict(error) : null) ?? queryError(error, sql);
  }

  end(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#ended.abort(new Error("the query ended"));
  }

  readonly #onAbort = (): void => void this.#interrupt();

  #verdict(cause?: unknown): EgxError | null {
    if (this.#signal?.aborted === true) {
      return new EgxError("E_ABORTED", "the query was stopped", { cause });
    }
    if (!this.#late) return null;
    return new EgxError("E_QUERY_LIMIT", "the query took longer than it may", { cause });
  }

  async #limit(timeoutMs: number): Promise<void> {
    if (!(await this.#slept(timeoutMs))) return;
    this.#late = true;
    await this.#interrupt();
  }

  /** An interrupt that meets no running statement is lost, so it is given again. */
  async #interrupt(): Promise<void> {
    for (let given = 0; given < interruptsMax; given += 1) {
      this.#database.interrupt();
      if (!(await this.#slept(interruptEveryMs))) return;
    }
  }

  /** Whether the query was still running after `ms`. */
  async #slept(ms: number): Promise<boolean> {
    try {
      await this.#clock.sleep(ms, this.#ended.signal);
      return true;
    } catch {
      return false;
    }
  }
}

async function* watched(running: {
  readonly batches: AsyncIterable<readonly (readonly QueryValue[])[]>;
  readonly watch: Watch;
  readonly sql: string;
  readonly limitRows: number | undefined;
}): AsyncGenerator<readonly (readonly QueryValue[])[]> {
  const { watch } = running;
  let left = running.limitRows ?? Infinity;
  try {
    if (left <= 0) return;
    for await (const batch of running.batches) {
      watch.check();
      yield batch.length > left ? batch.slice(0, left) : batch;
      left -= batch.length;
      if (left <= 0) return;
    }
  } catch (error) {
    throw watch.explain(error, running.sql);
  } finally {
    watch.end();
  }
}

/** Puts a file in the place of another, whole or not at all. */
async function moveFile(from: string, to: string): Promise<void> {
  const beside = `${to}.part`;
  try {
    await copyFile(from, beside);
    await rename(beside, to);
  } catch (error) {
    await rm(beside, { force: true });
    if (systemCodeOf(error) === undefined) throw error;
    throw new EgxError("E_FILE_MISSING", `${to} cannot be written: ${messageOf(error)}`, {
      cause: error,
      hint: "Check that its folder exists and can be written.",
    });
  }
}
