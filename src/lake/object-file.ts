import { copyFile, link, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { systemCodeOf } from "../base/errors.ts";
import type { Lake } from "./lake.ts";

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

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Gone meanwhile: the caller looks again.
    if (systemCodeOf(error) === "ENOENT") return;
    await copyFile(from, to);
  }
}
