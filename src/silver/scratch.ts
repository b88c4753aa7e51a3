import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { sha256Hex } from "../base/bytes.ts";
import { systemCodeOf } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";

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

const folderPattern = /^(?:build|query)-(\d+)-[A-Za-z0-9]{6}$/;

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

/** An object of the lake as a file of our own, which nobody changes any more. */
export interface Snapshot {
  readonly path: string;
  /** The object's version that the file is. */
  readonly version: string;
}

/** More replacements of one object between two looks at it than any build makes. */
const snapshotTriesMax = 20;

/**
 * Gives an object the name `file` on this machine: a hard link where the lake is a folder of the
 * same file system, else a copy. Null when there is no such object.
 */
export async function snapshotObject(
  lake: Lake,
  key: string,
  file: string,
): Promise<Snapshot | null> {
  await mkdir(path.dirname(file), { recursive: true });
  const local = lake.localPath(key);
  const linked = local === null ? null : await snapshotFile({ lake, key, local, file });
  if (linked !== null) return linked;
  const stored = await lake.get(key);
  if (stored === null) return null;
  await writeFile(file, stored.body);
  return { path: file, version: stored.version };
}

/** Null when there is no such object, or it is replaced too often to be caught. */
async function snapshotFile(object: {
  readonly lake: Lake;
  readonly key: string;
  readonly local: string;
  readonly file: string;
}): Promise<Snapshot | null> {
  const { lake, key, local, file } = object;
  for (let tries = 0; tries < snapshotTriesMax; tries += 1) {
    const before = await lake.head(key);
    if (before === null) return null;
    await linkOrCopy(local, file);
    const after = await lake.head(key);
    if (after?.version === before.version) return { path: file, version: before.version };
    await rm(file, { force: true });
  }
  return null;
}

/** SHA-256 of a file, in lower-case hexadecimal. */
export async function fileDigest(file: string): Promise<string> {
  return sha256Hex(await readFile(file));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Gone meanwhile: the caller looks again.
    if (systemCodeOf(error) === "ENOENT") return;
    await copyFile(from, to);
  }
}
