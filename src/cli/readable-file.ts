import { access, constants, stat } from "node:fs/promises";
import { EgxError, messageOf, systemCodeOf } from "../base/errors.ts";

/**
 * Looks at a file that is about to be read, so that nothing is made for the sake of one that is
 * not there.
 * @throws E_FILE_MISSING
 */
export async function checkReadable(path: string): Promise<void> {
  let isFolder: boolean;
  try {
    await access(path, constants.R_OK);
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    const isAbsent = systemCodeOf(error) === "ENOENT";
    const reason = isAbsent ? "does not exist" : `cannot be read: ${messageOf(error)}`;
    throw new EgxError("E_FILE_MISSING", `${path} ${reason}`, { cause: error });
  }
  if (isFolder) throw new EgxError("E_FILE_MISSING", `${path} is a folder, not a file`);
}
