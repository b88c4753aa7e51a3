import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EgxError, systemCodeOf } from "../../base/errors.ts";

const lockFile = ".up.lock";

/**
 * Takes a data folder for this process: the operating system's lock on a small SQLite file, which
 * dies with the process however it ends. Gives the function that lets it go.
 * @throws E_DATA_FOLDER_BUSY when another process holds it, E_CONFIG when the folder cannot be
 *   written.
 */
export function lockDataFolder(folder: string): () => void {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw unwritable(path, error);
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(path, lockFile), { timeout: 0 });
    database.exec("pragma locking_mode = exclusive; begin exclusive");
    const held = database;
    return () => {
      if (held.isOpen) held.close();
    };
  } catch (error) {
    database?.close();
    if (sqliteCodeOf(error) !== busy) throw unwritable(path, error);
    throw new EgxError("E_DATA_FOLDER_BUSY", `another egx up works on ${path}`, { cause: error });
  }
}

/** SQLITE_BUSY: somebody holds the lock. */
const busy = 5;

function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error)) return null;
  return typeof error.errcode === "number" ? error.errcode & 0xff : null;
}

function unwritable(path: string, cause: unknown): EgxError {
  const code = systemCodeOf(cause);
  const why = code === undefined ? "" : ` (${code})`;
  return new EgxError("E_CONFIG", `the data folder ${path} cannot be written${why}`, {
    cause,
    hint: "Check the path and its permissions, or give another folder with --data.",
  });
}
