import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Where parts are installed and where `services start` keeps its servers: `EGX_CACHE` or the user's cache. */
export function cacheFolder(): string {
  const given = process.env["EGX_CACHE"];
  return given === undefined || given === "" ? join(homedir(), ".cache", "egx-pipeline") : given;
}

/** The folder of one version of a part; it exists exactly when the part is installed whole. */
export function partFolder(name: string, version: string): string {
  return join(cacheFolder(), "parts", `${name}-${version}`);
}

export function isInstalled(name: string, version: string): boolean {
  return existsSync(partFolder(name, version));
}

/**
 * Lets `fill` write the part into a folder beside its place and renames it at the end, so that an
 * interrupted install is not taken for a whole one. Does nothing when the part is there; of two
 * installs at once the later one is thrown away.
 */
export async function installOnce(
  name: string,
  version: string,
  fill: (folder: string) => Promise<void>,
): Promise<"installed" | "was installed"> {
  const folder = partFolder(name, version);
  if (existsSync(folder)) return "was installed";
  const parts = join(cacheFolder(), "parts");
  await mkdir(parts, { recursive: true });
  const unfinished = await mkdtemp(join(parts, `.${name}-${version}-`));
  try {
    await fill(unfinished);
    await rename(unfinished, folder);
    return "installed";
  } catch (error) {
    if (existsSync(folder)) return "was installed";
    throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
