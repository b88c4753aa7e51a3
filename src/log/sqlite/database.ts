import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { applicationId, schemaSql, schemaVersion } from "./schema.ts";
import { integerOf } from "./row.ts";
import { failureOf } from "./failure.ts";

export type { StatementSync as Statement } from "node:sqlite";

export interface DatabaseOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a call tries to get at a file that other processes hold. */
  readonly busyWaitMs: number;
}

/** SQLite itself waits no longer than this: it blocks the event loop while it does. */
const busyTimeoutMs = 20;
/** Between the tries of a call, so that processes do not meet in step. */
const busyPauseMs = 20;

/** Only a new file takes it; 8 KiB hold some thirty bars. */
const pageBytes = 8192;
/** The WAL is copied into the file once it has grown by so much … */
const checkpointBytes = 16 * 1_048_576;
/** … and is cut back to this after a burst. */
const walBytesMax = 4 * checkpointBytes;
const cacheKib = 16_384;

/**
 * The log's file, shared with other processes: WAL, every commit synced to the disk. The one place
 * that knows `node:sqlite`. Whatever fails is thrown as an {@link EgxError} of the log's codes.
 */
export class LogDatabase {
  readonly #database: DatabaseSync;
  readonly #options: DatabaseOptions;

  private constructor(database: DatabaseSync, options: DatabaseOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Opens `<folder>/log.sqlite`; makes both when they are missing. */
  static async open(options: DatabaseOptions): Promise<LogDatabase> {
    return patiently(options, () => {
      makeFolder(options.folder);
      const database = new DatabaseSync(join(options.folder, "log.sqlite"), {
        timeout: busyTimeoutMs,
      });
      try {
        prepareFile(database);
        return new LogDatabase(database, options);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  prepare(sql: string): StatementSync {
    try {
      return this.#database.prepare(sql);
    } catch (error) {
      throw failureOf(error, this.#options.folder);
    }
  }

  /**
   * Runs `body` on one snapshot of the file. Both this and {@link write} let the event loop turn
   * before they answer: else a caller that reads in a loop would keep timers and sockets waiting.
   */
  async read<T>(body: () => T): Promise<T> {
    const answer = await patiently(this.#options, () => this.#transact("BEGIN", body));
    await eventLoopTurn();
    return answer;
  }

  /**
   * Runs `body` as the only writer; when this returns, what it wrote is on the disk. Nothing of it
   * is kept when anything throws.
   * @throws E_LOG_BUSY when other processes held the file all the while
   */
  async write<T>(body: () => T): Promise<T> {
    const answer = await patiently(this.#options, () => this.#transact("BEGIN IMMEDIATE", body));
    await eventLoopTurn();
    return answer;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #transact<T>(begin: string, body: () => T): T {
    if (!this.#database.isOpen) throw new EgxError("E_ABORTED", "the log was closed");
    this.#database.exec(begin);
    try {
      const answer = body();
      this.#database.exec("COMMIT");
      return answer;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Runs `attempt` until the file is not busy, for `busyWaitMs` at most. */
async function patiently<T>(options: DatabaseOptions, attempt: () => T): Promise<T> {
  const { clock, random } = options;
  const giveUpMs = clock.monotonicMs() + options.busyWaitMs;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      // What our own code threw is no matter of patience, whatever its code.
      if (error instanceof EgxError) throw error;
      const failure = failureOf(error, options.folder);
      if (failure.code !== "E_LOG_BUSY" || clock.monotonicMs() >= giveUpMs) throw failure;
    }
    await clock.sleep(random.next() * busyPauseMs);
  }
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Makes the folder and its parents, and sees to it that they outlive a power failure. */
function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(folder); made.length >= resolve(first).length; made = dirname(made)) {
    const parent = openSync(dirname(made), "r");
    try {
      fsyncSync(parent);
    } finally {
      closeSync(parent);
    }
  }
}

function prepareFile(database: DatabaseSync): void {
  database.exec(`PRAGMA page_size = ${pageBytes}`);
  const isNew = refuseOthers(database);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec(`PRAGMA wal_autocheckpoint = ${checkpointBytes / pageBytes}`);
  database.exec(`PRAGMA journal_size_limit = ${walBytesMax}`);
  database.exec(`PRAGMA cache_size = -${cacheKib}`);
  if (isNew) createTables(database);
}

/** Whether the file is empty; throws when it is not a log, or one of a later release. */
function refuseOthers(database: DatabaseSync): boolean {
  const version = pragma(database, "user_version");
  const application = pragma(database, "application_id");
  const tables = integerOf(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get(), "n");
  if (version === 0 && application === 0 && tables === 0) return true;
  if (application !== applicationId || version === 0) {
    throw new EgxError("E_LOG_DAMAGED", "log.sqlite is a database, but not a log");
  }
  if (version > schemaVersion) {
    throw new EgxError(
      "E_CONFIG",
      `log.sqlite is of version ${version}, this release knows ${schemaVersion}`,
      {
        hint: "Update this program.",
      },
    );
  }
  return false;
}

function createTables(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have been faster.
    if (refuseOthers(database)) {
      database.exec(schemaSql);
      database.exec(`PRAGMA application_id = ${applicationId}`);
      database.exec(`PRAGMA user_version = ${schemaVersion}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return integerOf(database.prepare(`PRAGMA ${name}`).get(), name);
}
