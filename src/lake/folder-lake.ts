import type { BigIntStats } from "node:fs";
import { type FileHandle, mkdir, open, stat, unlink } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../base/clock.ts";
import { EgxError, invariant, messageOf, systemCodeOf } from "../base/errors.ts";
import { DurableFolders, syncFolder } from "./durable-folders.ts";
import { folderError, isAbsent } from "./folder-error.ts";
import { linkNew, readFully, replaceFile, statOf, versionOf } from "./folder-files.ts";
import { listFolder } from "./folder-list.ts";
import { FolderLock } from "./folder-lock.ts";
import { checkKey, checkPrefix } from "./key.ts";
import type { Lake, ListedObject, ListOptions, ObjectInfo, StoredObject } from "./lake.ts";
import { TemporaryFiles } from "./temporary-files.ts";

export interface FolderLakeOptions {
  /** Absolute, or relative to the working directory. */
  readonly folder: string;
  /** Makes the folder when there is none, and makes sure that it can be written. Default false. */
  readonly create?: boolean;
  readonly clock: Clock;
  /** How long a write waits for another process that replaces an object. Default 10,000. */
  readonly lockWaitMs?: number;
}

/**
 * Opens a lake in a folder of this machine, for any number of processes at once. Keys are paths;
 * names that begin with a dot (`.tmp/`, `.lock`) are the lake's own. What dead processes left in
 * `.tmp/` is removed.
 *
 * Two things that a store of objects can do, a folder cannot: hold one key that is the folder of
 * another (`a` beside `a/b`; E_LAKE_KEY), and, where the file system folds case, hold two keys
 * that differ by case alone. No two of ours do: tickers are upper case, all else is lower case.
 * @throws E_LAKE_MISSING when there is no such folder and it may not be made; E_LAKE_FOLDER when
 *   it cannot be written or read, or is no folder.
 */
export async function openFolderLake(options: FolderLakeOptions): Promise<Lake> {
  const folder = path.resolve(options.folder);
  const temporary = new TemporaryFiles(folder);
  try {
    if (options.create === true) await makeFolder(folder);
    if (!(await stat(folder)).isDirectory()) throw notAFolder(folder);
    if (options.create === true) await temporary.with(new Uint8Array(), async () => undefined);
    await temporary.removeLeftovers(options.clock.nowMs());
  } catch (error) {
    // Here it is the lake's own path, and not a key, that is or leads through a file.
    const isFile = ["EEXIST", "ENOTDIR"].includes(systemCodeOf(error) ?? "");
    throw isFile ? notAFolder(folder, error) : folderError(error, folder);
  }
  const lock = new FolderLock({
    file: path.join(folder, ".lock"),
    clock: options.clock,
    waitMs: options.lockWaitMs ?? 10_000,
  });
  return new FolderLake(folder, temporary, lock);
}

class FolderLake implements Lake {
  readonly url: string;
  /** Beyond this, the disk's syncs gain nothing from company. */
  readonly concurrency = 16;
  readonly #root: string;
  readonly #temporary: TemporaryFiles;
  readonly #folders: DurableFolders;
  readonly #lock: FolderLock;

  constructor(root: string, temporary: TemporaryFiles, lock: FolderLock) {
    this.url = root;
    this.#root = root;
    this.#temporary = temporary;
    this.#folders = new DurableFolders(root);
    this.#lock = lock;
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#write(key, body, async (temporary, file) => {
      // A new object needs no lock: link(2) lets one of many win. Only who replaces one takes it.
      if (await linkNew(temporary, file)) return;
      await this.#lock.hold(async () => replaceFile(temporary, file, await statOf(file)));
    });
  }

  async create(key: string, body: Uint8Array): Promise<"created" | "exists"> {
    return this.#write(key, body, async (temporary, file) => {
      if (await linkNew(temporary, file)) return "created";
      await statOf(file);
      return "exists";
    });
  }

  async replace(
    key: string,
    body: Uint8Array,
    expected: string | null,
  ): Promise<"replaced" | "changed"> {
    return this.#write(key, body, async (temporary, file) => {
      if (expected === null) return (await linkNew(temporary, file)) ? "replaced" : "changed";
      return this.#lock.hold(async () => {
        const present = await statOf(file);
        if (present === null || versionOf(present) !== expected) return "changed";
        await replaceFile(temporary, file, present);
        return "replaced";
      });
    });
  }

  async head(key: string): Promise<ObjectInfo | null> {
    return this.#read(key, async (_handle, facts) => ({
      bytes: Number(facts.size),
      version: versionOf(facts),
      sha256: null,
    }));
  }

  async get(key: string): Promise<StoredObject | null> {
    return this.#read(key, async (handle, facts) => ({
      body: await handle.readFile(),
      version: versionOf(facts),
    }));
  }

  async getRange(key: string, first: number, last: number): Promise<Uint8Array | null> {
    invariant(
      Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 0 && last >= first,
      `no range of bytes: ${first} to ${last}`,
    );
    return this.#read(key, async (handle, facts) => {
      const length = Math.min(last + 1, Number(facts.size)) - first;
      if (length <= 0) return new Uint8Array();
      return readFully(handle, first, new Uint8Array(length));
    });
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    try {
      await stat(this.#root);
      yield* listFolder({ root: this.#root, prefix, after: options.after ?? "" });
    } catch (error) {
      throw folderError(error, prefix);
    }
  }

  async delete(key: string): Promise<void> {
    const file = this.#pathOf(key);
    try {
      // Under the lock, so that a replacement does not bring back what it saw before.
      await this.#lock.hold(async () => unlink(file));
      await this.#folders.sync(path.dirname(file));
    } catch (error) {
      // No object of that key, or a folder of that name. Systems answer the latter with EPERM too.
      const system = systemCodeOf(error) ?? "";
      const maybeNone = isAbsent(error) || system === "EISDIR" || system === "EPERM";
      if (!maybeNone || (await this.head(key)) !== null) throw folderError(error, key);
    }
  }

  localPath(key: string): string {
    return this.#pathOf(key);
  }

  async close(): Promise<void> {
    // Nothing is held between calls.
  }

  #pathOf(key: string): string {
    return path.join(this.#root, checkKey(key));
  }

  /** Runs `place` with the body in a temporary file and makes what it did durable. */
  async #write<T>(
    key: string,
    body: Uint8Array,
    place: (temporary: string, file: string) => Promise<T>,
  ): Promise<T> {
    const file = this.#pathOf(key);
    const folder = path.dirname(file);
    try {
      return await this.#temporary.with(body, async (temporary) => {
        const makeAndPlace = async (): Promise<T> => {
          await this.#folders.make(folder);
          return place(temporary, file);
        };
        let placed: T;
        try {
          placed = await makeAndPlace();
        } catch (error) {
          if (systemCodeOf(error) !== "ENOENT") throw error;
          // Somebody removed the folder, or one above it, since it was made.
          this.#folders.forget();
          placed = await makeAndPlace();
        }
        // Also when another writer was first: the answer tells of its object, which may not be
        // durable yet.
        await this.#folders.sync(folder);
        return placed;
      });
    } catch (error) {
      throw folderError(error, key);
    }
  }

  async #read<T>(
    key: string,
    use: (handle: FileHandle, facts: BigIntStats) => Promise<T>,
  ): Promise<T | null> {
    const file = this.#pathOf(key);
    try {
      await using handle = await open(file, "r");
      const facts = await handle.stat({ bigint: true });
      return facts.isFile() ? await use(handle, facts) : null;
    } catch (error) {
      if (!isAbsent(error)) throw folderError(error, key);
    }
    try {
      // A lake that is gone is not one without this object.
      await stat(this.#root);
    } catch (error) {
      throw folderError(error, key);
    }
    return null;
  }
}

/** Makes the folder and those above it durably. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const stop = path.dirname(first);
  for (let made = folder; made !== stop; made = path.dirname(made)) {
    await syncFolder(path.dirname(made));
  }
}

function notAFolder(folder: string, cause?: unknown): EgxError {
  const why = cause === undefined ? "it is a file" : messageOf(cause);
  return new EgxError("E_LAKE_FOLDER", `${folder} cannot hold a lake: ${why}`, { cause });
}
