import type { BigIntStats } from "node:fs";
import { type FileHandle, link, rename, stat, utimes } from "node:fs/promises";
import { EgxError, systemCodeOf } from "../base/errors.ts";
import { isAbsent } from "./folder-error.ts";

/** Gives the temporary file its name unless there is one of that name. */
export async function linkNew(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
    return false;
  }
}

/** The file's facts, or null when there is none. @throws E_LAKE_KEY when it is a folder. */
export async function statOf(file: string): Promise<BigIntStats | null> {
  try {
    const facts = await stat(file, { bigint: true });
    if (facts.isFile()) return facts;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  throw new EgxError("E_LAKE_KEY", `${file} is a folder: other keys begin with this one`);
}

/**
 * Puts the temporary file in the place of `file`, whose facts are `present`. Whoever calls it holds
 * the lake's lock.
 */
export async function replaceFile(
  temporary: string,
  file: string,
  present: BigIntStats | null,
): Promise<void> {
  if (present !== null) await outdate(temporary, present);
  await rename(temporary, file);
}

/**
 * Makes sure that the new file's time lies after the present one's. The clock of a file system
 * ticks every few milliseconds and inode numbers come again, so two replacements within one tick
 * could otherwise bring back an old version.
 */
async function outdate(temporary: string, present: BigIntStats): Promise<void> {
  const { mtimeNs } = await stat(temporary, { bigint: true });
  if (mtimeNs > present.mtimeNs) return;
  const seconds = (Number(present.mtimeNs / 1_000_000n) + 2) / 1000;
  await utimes(temporary, seconds, seconds);
}

/** Changes with every replacement, see {@link replaceFile}. */
export function versionOf(facts: BigIntStats): string {
  return `${facts.ino}-${facts.mtimeNs}-${facts.size}`;
}

/** Reads until `target` is full or the file ends. */
export async function readFully(
  handle: FileHandle,
  position: number,
  target: Uint8Array,
): Promise<Uint8Array> {
  let filled = 0;
  while (filled < target.byteLength) {
    const length = target.byteLength - filled;
    const { bytesRead } = await handle.read(target, filled, length, position + filled);
    if (bytesRead === 0) return target.subarray(0, filled);
    filled += bytesRead;
  }
  return target;
}
