import { EgxError } from "../../base/errors.ts";

/** A row as `node:sqlite` gives it. */
export type Row = Readonly<Record<string, null | number | bigint | string | Uint8Array>>;

/** The whole number of a column; E_LOG_DAMAGED when there is none. */
export function integerOf(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === "number" ? value : damaged(column);
}

/** As {@link integerOf}, where the column may be null. */
export function integerOrNullOf(row: Row, column: string): number | null {
  const value = row[column];
  return value === null || typeof value === "number" ? value : damaged(column);
}

/** The text of a column; E_LOG_DAMAGED when there is none. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : damaged(column);
}

/** The bytes of a column, or null; E_LOG_DAMAGED when it holds anything else. */
export function bytesOrNullOf(row: Row, column: string): Uint8Array | null {
  const value = row[column];
  return value === null || value instanceof Uint8Array ? value : damaged(column);
}

function damaged(column: string): never {
  throw new EgxError("E_LOG_DAMAGED", `the log's file holds something odd in column ${column}`);
}
