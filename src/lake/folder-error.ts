import type { ErrorCode } from "../base/error-codes.ts";
import { EgxError, messageOf, systemCodeOf } from "../base/errors.ts";

/** What the system's codes mean for a lake in a folder; any other one is E_LAKE_UNREACHABLE. */
const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ["ENOSPC", "E_LAKE_FULL"],
  ["EDQUOT", "E_LAKE_FULL"],
  ["EACCES", "E_LAKE_FOLDER"],
  ["EPERM", "E_LAKE_FOLDER"],
  ["EROFS", "E_LAKE_FOLDER"],
  ["EXDEV", "E_LAKE_FOLDER"],
  ["ELOOP", "E_LAKE_FOLDER"],
  ["ENOENT", "E_LAKE_MISSING"],
  // One key would be the folder of another: `a` beside `a/b`.
  ["ENOTDIR", "E_LAKE_KEY"],
  ["EISDIR", "E_LAKE_KEY"],
  ["ENAMETOOLONG", "E_LAKE_KEY"],
  ["EMFILE", "E_LAKE_THROTTLED"],
  ["ENFILE", "E_LAKE_THROTTLED"],
  ["EAGAIN", "E_LAKE_THROTTLED"],
]);

/** `error` as the lake's own when a system call failed; anything else as it is. */
export function folderError(error: unknown, key: string): unknown {
  const system = systemCodeOf(error);
  if (error instanceof EgxError || system === undefined || !system.startsWith("E")) return error;
  if (system.startsWith("ERR_")) return error;
  return new EgxError(codes.get(system) ?? "E_LAKE_UNREACHABLE", `${key}: ${messageOf(error)}`, {
    cause: error,
    details: { key, system },
  });
}

/** Whether nothing is there: no such file, or a file where a folder would have to be. */
export function isAbsent(error: unknown): boolean {
  const system = systemCodeOf(error);
  return system === "ENOENT" || system === "ENOTDIR";
}
