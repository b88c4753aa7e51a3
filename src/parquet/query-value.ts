/**
 * A value of a query's answer, as JSON, CSV and tables take it: instants are ISO 8601 in UTC, dates
 * ISO 8601, whole numbers that a JavaScript number cannot hold exactly are text, and so are NaN and
 * the infinities.
 */
export type QueryValue =
  | string
  | number
  | boolean
  | null
  | readonly QueryValue[]
  | { readonly [field: string]: QueryValue };

const microsPerMilli = 1000n;
/** The instants that `Date` can hold; later and earlier ones are written as they came. */
const dateMsMax = 8_640_000_000_000_000n;

/** A whole number; as text when a number would round it. */
export function wholeNumber(value: bigint): number | string {
  const exact =
    value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return exact ? Number(value) : String(value);
}

/** A floating-point number; as text when JSON has no number for it. */
export function floatNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/**
 * An instant in microseconds since 1970 as `2025-11-24T08:00:00.123Z`: seconds always, then three
 * or six digits when there are any. Null for what lies outside the years that ISO 8601 writes.
 */
export function isoOfMicros(micros: bigint): string | null {
  const ms = floorDivide(micros, microsPerMilli);
  if (ms > dateMsMax || ms < -dateMsMax) return null;
  const text = new Date(Number(ms)).toISOString();
  const rest = micros - ms * microsPerMilli;
  if (rest !== 0n) return `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
  return text.endsWith(".000Z") ? `${text.slice(0, -5)}Z` : text;
}

/** One value as a field of CSV or a table's cell: null is empty, lists and structures are JSON. */
export function cellText(value: QueryValue): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
