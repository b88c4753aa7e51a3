/** A query that was run before. */
export interface PastQuery {
  readonly sql: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

export const historyMax = 50;
/** Longer ones are run, and not remembered. */
const sqlCharsMax = 10_000;

/** The history with one more query, newest first; the same query is in it once. */
export function withQuery(history: readonly PastQuery[], past: PastQuery): readonly PastQuery[] {
  const sql = past.sql.trim();
  if (sql === "" || sql.length > sqlCharsMax) return history;
  const others = history.filter((other) => other.sql !== sql);
  return [{ sql, atMs: past.atMs }, ...others].slice(0, historyMax);
}

export function historyText(history: readonly PastQuery[]): string {
  return JSON.stringify(history);
}

/** What was remembered; what cannot be read is left out. */
export function parseHistory(text: string | null): readonly PastQuery[] {
  if (text === null) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(value) ? value.filter(isPastQuery).slice(0, historyMax) : [];
}

function isPastQuery(value: unknown): value is PastQuery {
  return (
    typeof value === "object" &&
    value !== null &&
    "sql" in value &&
    typeof value.sql === "string" &&
    "atMs" in value &&
    typeof value.atMs === "number"
  );
}
