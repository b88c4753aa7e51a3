import { statfsSync } from "node:fs";

import type { ErrorCode } from "../../base/error-codes.ts";
import { EgxError, messageOf, systemCodeOf, toEgxError } from "../../base/errors.ts";

/** SQLite's result codes (https://sqlite.org/rescode.html); the low byte is the primary one. */
const codeOfSqlite: ReadonlyMap<number, ErrorCode> = new Map([
  [3, "E_LOG_FOLDER"], // PERM
  [5, "E_LOG_BUSY"],
  [6, "E_LOG_BUSY"], // LOCKED
  [8, "E_LOG_FOLDER"], // READONLY
  [11, "E_LOG_DAMAGED"], // CORRUPT
  [13, "E_LOG_FULL"],
  [14, "E_LOG_FOLDER"], // CANTOPEN
  [26, "E_LOG_DAMAGED"], // NOTADB
]);
const sqliteIoError = 10;

const codeOfSystem: ReadonlyMap<string, ErrorCode> = new Map([
  ["EACCES", "E_LOG_FOLDER"],
  ["EDQUOT", "E_LOG_FULL"],
  ["EEXIST", "E_LOG_FOLDER"],
  ["ENOENT", "E_LOG_FOLDER"],
  ["ENOSPC", "E_LOG_FULL"],
  ["ENOTDIR", "E_LOG_FOLDER"],
  ["EPERM", "E_LOG_FOLDER"],
  ["EROFS", "E_LOG_FOLDER"],
]);

/** SQLite needs room for a page of its index to the WAL before it can say anything better. */
const roomBytesMin = 262_144;

/** Whatever failed at the file in `folder`, as one of the log's errors. */
export function failureOf(error: unknown, folder: string): EgxError {
  if (error instanceof EgxError) return error;
  const code = codeOf(error, folder);
  if (code === undefined) return toEgxError(error);
  return new EgxError(code, `${folder}: ${messageOf(error)}`, {
    cause: error,
    details: { folder },
    ...(code === "E_LOG_UNREACHABLE" ? { hint: "The disk fails; see the system's log." } : {}),
  });
}

function codeOf(error: unknown, folder: string): ErrorCode | undefined {
  const sqlite = sqliteCodeOf(error);
  if (sqlite === undefined) return codeOfSystem.get(systemCodeOf(error) ?? "");
  if (sqlite === sqliteIoError) return isFull(folder) ? "E_LOG_FULL" : "E_LOG_UNREACHABLE";
  return codeOfSqlite.get(sqlite);
}

function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < roomBytesMin;
  } catch {
    return false;
  }
}
