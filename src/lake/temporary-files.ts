import { randomUUID } from "node:crypto";
import { type FileHandle, lstat, mkdir, open, readdir, unlink } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { systemCodeOf } from "../base/errors.ts";
import { hasEnded, processSpaceTag } from "../base/process-space.ts";

const dayMs = 86_400_000;
const namePattern = /^([0-9a-f]{8})-(\d+)-[0-9a-f-]{36}$/;

/** The temporary files of a lake: `<folder>/.tmp/<process space>-<pid>-<random>`. */
export class TemporaryFiles {
  readonly #folder: string;

  constructor(lakeFolder: string) {
    this.#folder = path.join(lakeFolder, ".tmp");
  }

  /**
   * Runs `use` with the path of a new file that holds `body`, on the disk; afterwards the file is
   * gone, if `use` has not renamed it.
   */
  async with<T>(body: Uint8Array, use: (file: string) => Promise<T>): Promise<T> {
    const file = path.join(this.#folder, `${processSpaceTag}-${process.pid}-${randomUUID()}`);
    let result: T;
    try {
      await this.#write(file, body);
      result = await use(file);
    } catch (error) {
      // The first failure is the one to tell; what stays behind is removed at an opening.
      await unlink(file).catch(() => undefined);
      throw error;
    }
    await removeFile(file);
    return result;
  }

  /**
   * Removes what dead processes left: files of a process of this host that no longer runs, and
   * any that are older than a day. What may not be removed is left.
   */
  async removeLeftovers(nowMs: number): Promise<void> {
    for (const name of await this.#names()) {
      const file = path.join(this.#folder, name);
      if (!isOrphan(name) && !(await isOlder(file, nowMs - dayMs))) continue;
      try {
        await removeFile(file);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT" || isRefusal(error)) return [];
      throw error;
    }
  }

  async #write(file: string, body: Uint8Array): Promise<void> {
    await using handle = await this.#open(file);
    await handle.writeFile(body);
    await handle.sync();
  }

  async #open(file: string): Promise<FileHandle> {
    try {
      return await open(file, "wx");
    } catch (error) {
      if (systemCodeOf(error) !== "ENOENT") throw error;
    }
    // Not recursive: a lake that is gone (a disk not mounted) must not be begun anew elsewhere.
    try {
      await mkdir(this.#folder);
    } catch (error) {
      if (systemCodeOf(error) !== "EEXIST") throw error;
    }
    return open(file, "wx");
  }
}

async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(systemCodeOf(error) ?? "");
}

function isOrphan(name: string): boolean {
  const [, space, pid] = namePattern.exec(name) ?? [];
  return space === processSpaceTag && pid !== undefined && hasEnded(Number(pid));
}

async function isOlder(file: string, beforeMs: number): Promise<boolean> {
  try {
    return (await lstat(file)).mtimeMs < beforeMs;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}
