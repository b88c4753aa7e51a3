import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { sha256Hex } from "../base/bytes.ts";
import { hasEnded, processSpaceTag } from "../base/process-space.ts";

/** A folder of one's own that is removed when it is disposed of. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a new folder inside `parent`, which is made when there is none. What processes of this
 * machine, or of this container, left there when they died is removed.
 */
export async function makeScratchFolder(parent: string, purpose: string): Promise<ScratchFolder> {
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const name = `${purpose}-${processSpaceTag}-${process.pid}-`;
  const folder = await mkdtemp(path.join(path.resolve(parent), name));
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const folderPattern = /^(?:build|load|query)-([0-9a-f]{8})-(\d+)-[A-Za-z0-9]{6}$/;

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, space, pid] = folderPattern.exec(name) ?? [];
    if (space !== processSpaceTag || pid === undefined || !hasEnded(Number(pid))) continue;
    await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/** SHA-256 of a file, in lower-case hexadecimal. */
export async function fileDigest(file: string): Promise<string> {
  return sha256Hex(await readFile(file));
}
