import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { EgxError, messageOf, systemCodeOf } from "../base/errors.ts";
import {
  knownUniverseText,
  parseKnownUniverse,
  type KnownUniverse,
} from "../market/known-universe.ts";

const fileName = "universe.json";
const fileBytesMax = 16 * 1024 * 1024;

/**
 * The feed's symbols as the last `egx symbols --refresh` left them in a data folder; null when
 * there was none.
 * @throws E_CONFIG for a file that is not one of ours.
 */
export async function readUniverse(folder: string): Promise<KnownUniverse | null> {
  const path = join(folder, fileName);
  let universe: KnownUniverse | null = null;
  try {
    const { size } = await stat(path);
    if (size <= fileBytesMax) universe = parseKnownUniverse(await readFile(path, "utf8"));
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT" || systemCodeOf(error) === "ENOTDIR") return null;
    throw new EgxError("E_CONFIG", `${path}: ${messageOf(error)}`, { cause: error });
  }
  if (universe !== null) return universe;
  throw new EgxError("E_CONFIG", `${path} is not as egx symbols --refresh writes it`, {
    hint: "Remove it; egx symbols --refresh makes it again.",
  });
}

/**
 * Puts the symbols into a data folder, whole or not at all.
 * @throws E_CONFIG when the folder cannot be written.
 */
export async function writeUniverse(folder: string, universe: KnownUniverse): Promise<void> {
  const path = join(folder, fileName);
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    await writeThrough(beside, knownUniverseText(universe));
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new EgxError("E_CONFIG", `${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  await using handle = await open(path, "w");
  await handle.writeFile(text);
  await handle.sync();
}
