import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../base/clock.ts";
import { EgxError, messageOf } from "../base/errors.ts";

const pollMs = 5;
/** SQLite's result code for a lock that somebody else holds. */
const sqliteBusy = 5;

export interface FolderLockOptions {
  /** The lock's file; it stays empty, and is made when first needed. */
  readonly file: string;
  readonly clock: Clock;
  /** How long to wait for the other processes. */
  readonly waitMs: number;
}

/**
 * A lock among all processes of this machine, containers included. It is SQLite's exclusive lock
 * on an empty database: the system drops it when its holder dies, however it dies, so that there
 * is no stale lock to recognise, no process id to look up (ids of another container mean nothing
 * here) and no clock to trust. On network file systems it is as good as their fcntl locks.
 */
export class FolderLock {
  readonly #options: FolderLockOptions;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: FolderLockOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` while nobody else holds the lock.
   * @throws E_LAKE_CONFLICT when others held it for all of `waitMs`; E_LAKE_MISSING when the lake
   *   is gone, E_LAKE_FOLDER when it cannot be locked.
   */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => this.#holdAmongProcesses(work));
    // The queue goes on whatever became of this turn; its caller gets the error.
    this.#queue = turn.then(undefined, () => undefined);
    return turn;
  }

  async #holdAmongProcesses<T>(work: () => Promise<T>): Promise<T> {
    const { clock, waitMs, file } = this.#options;
    const startMs = clock.monotonicMs();
    for (;;) {
      // Opened anew each time, so that a lake that was removed and made again has one lock.
      using database = openLock(file);
      if (tryLock(database, file)) return await work();
      if (clock.monotonicMs() - startMs >= waitMs) {
        throw new EgxError("E_LAKE_CONFLICT", `others held ${file} for ${waitMs / 1000} s`);
      }
      await clock.sleep(pollMs);
    }
  }
}

function openLock(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    throw lockError(error, file);
  }
}

function tryLock(database: DatabaseSync, file: string): boolean {
  try {
    // Else there would be a journal beside it, for the next one to roll back.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (sqliteCodeOf(error) === sqliteBusy) return false;
    throw lockError(error, file);
  }
}

function lockError(error: unknown, file: string): EgxError {
  const code = existsSync(path.dirname(file)) ? "E_LAKE_FOLDER" : "E_LAKE_MISSING";
  return new EgxError(code, `${file} cannot be locked: ${messageOf(error)}`, {
    cause: error,
    details: { file, sqlite: sqliteCodeOf(error) },
  });
}

function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
