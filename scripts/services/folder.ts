import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a part's servers keep their data and logs. */
export interface RunFolder {
  readonly path: string;
  /** Removes the folder when it was made for this run alone. */
  release(): Promise<void>;
}

/** The folder that was asked for, or a temporary one that is removed when the part stops. */
export async function runFolder(part: string, given: string | undefined): Promise<RunFolder> {
  if (given !== undefined) {
    await mkdir(given, { recursive: true });
    return { path: given, release: async () => undefined };
  }
  const path = await mkdtemp(join(tmpdir(), `egx-${part}-`));
  return { path, release: async () => rm(path, { recursive: true, force: true }) };
}

/** What every part takes when it is started. */
export interface StartOptions {
  /** Keeps data and logs here; without it in a temporary folder that goes when the part stops. */
  readonly folder?: string;
  /** The servers outlive this process. */
  readonly detached?: boolean;
}
