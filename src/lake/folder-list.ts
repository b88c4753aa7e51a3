import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { isAbsent } from "./folder-error.ts";
import { isKeySegment } from "./key.ts";
import type { ListedObject } from "./lake.ts";

const statsAtOnceMax = 64;

export interface FolderListRequest {
  readonly root: string;
  /** Checked by checkPrefix. */
  readonly prefix: string;
  /** Any text; "" begins at the start. */
  readonly after: string;
}

/**
 * The objects under a folder in the order of their keys, one folder's names in memory at a time
 * (and those of the folders above it). Folders that lie wholly before `after` are not read.
 * Links are never followed, and names that no key can have are passed over.
 */
export async function* listFolder(request: FolderListRequest): AsyncGenerator<ListedObject> {
  const start = request.prefix.slice(0, request.prefix.lastIndexOf("/") + 1);
  if (await isPlainFolder(request.root, start)) yield* walk(request, start);
}

async function* walk(request: FolderListRequest, folderKey: string): AsyncGenerator<ListedObject> {
  let files: string[] = [];
  // Begins with one, for those who want the first object alone.
  let atOnce = 1;
  for (const key of await keysIn(request, folderKey)) {
    if (!key.endsWith("/")) {
      files.push(key);
      if (files.length < atOnce) continue;
      atOnce = Math.min(atOnce * 2, statsAtOnceMax);
    }
    yield* withSizes(request.root, files);
    files = [];
    if (key.endsWith("/")) yield* walk(request, key);
  }
  yield* withSizes(request.root, files);
}

/**
 * The keys of a folder's files, and of its folders with a slash at the end, ascending. The slash
 * takes part in the order: `a-b`, then `a.json`, then what lies under `a/`.
 */
async function keysIn(request: FolderListRequest, folderKey: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const entry of await entriesOf(path.join(request.root, folderKey))) {
    if (!isKeySegment(entry.name)) continue;
    if (entry.isFile()) {
      const key = folderKey + entry.name;
      if (key.startsWith(request.prefix) && key > request.after) keys.push(key);
    } else if (entry.isDirectory()) {
      const key = `${folderKey}${entry.name}/`;
      const wanted = key.startsWith(request.prefix) || request.prefix.startsWith(key);
      if (wanted && (key > request.after || request.after.startsWith(key))) keys.push(key);
    }
  }
  // Keys are ASCII, for which the order of UTF-16 units is that of the bytes.
  return keys.sort();
}

async function* withSizes(root: string, keys: readonly string[]): AsyncGenerator<ListedObject> {
  const sizes = await Promise.all(keys.map(async (key) => sizeOf(path.join(root, key))));
  for (const [index, key] of keys.entries()) {
    const bytes = sizes[index] ?? null;
    if (bytes !== null) yield { key, bytes };
  }
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await lstat(file)).size;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function isPlainFolder(root: string, folderKey: string): Promise<boolean> {
  let folder = root;
  for (const segment of folderKey.split("/").filter((part) => part !== "")) {
    folder = path.join(folder, segment);
    try {
      if (!(await lstat(folder)).isDirectory()) return false;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }
  return true;
}
