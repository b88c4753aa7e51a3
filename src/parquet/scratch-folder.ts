import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { sha256Hex } from "../base/bytes.ts";
import { systemCodeOf } from "../base/errors.ts";

/** A folder of one's own that is removed when it is disposed of. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a new folder inside `parent`, which is made when there is none. What processes of this
 * machine left there when they died is removed.
 */
export async function makeScratchFolder(parent: string, purpose: string): Promise<ScratchFolder> {
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const folder = await mkdtemp(path.join(path.resolve(parent), `${purpose}-${process.pid}-`));
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const folderPattern = /^(?:build|load|query)-(\d+)-[A-Za-z0-9]{6}$/;

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = folderPattern.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCodeOf(error) !== "ESRCH";
  }
}

/** SHA-256 of a file, in lower-case hexadecimal. */
export async function fileDigest(file: string): Promise<string> {
  return sha256Hex(await readFile(file));
}
