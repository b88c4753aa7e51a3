import type { QueryAnswer } from "../../../../src/serve/api/query.ts";

export type SqlColumn = QueryAnswer["columns"][number];
export type SqlValue = QueryAnswer["rows"][number][number];
export type SqlRow = QueryAnswer["rows"][number];

const numericTypes = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/;
const timeTypes = /^(DATE|TIMESTAMP.*)$/;

/** What a column holds, as far as drawing it goes. */
export type ColumnKind = "number" | "time" | "text";

export function kindOf({ type }: Pick<SqlColumn, "type">): ColumnKind {
  if (numericTypes.test(type)) return "number";
  return timeTypes.test(type) ? "time" : "text";
}

/** A value as text; null has none, so that it is never taken for an empty text or 0. */
export function valueText(value: SqlValue): string | null {
  if (value === null) return null;
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * A value as a number; null when it is none. Integers beyond 2^53 come as text from the API and
 * are near enough for a picture.
 */
export function valueNumber(value: SqlValue): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** An instant or date as epoch milliseconds, to be placed on an axis; null when it is none. */
export function valueTimeMs(value: SqlValue): number | null {
  if (typeof value !== "string") return null;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return Date.parse(`${value}T00:00:00Z`);
  // As SQL writes them, `2026-03-05 10:00:00+02`, and as JSON does.
  const epochMs = Date.parse(value.replace(" ", "T").replace(/(:\d{2}\S*[+-]\d{2})$/, "$1:00"));
  return Number.isNaN(epochMs) ? null : epochMs;
}
