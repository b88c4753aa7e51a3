import type { Channel } from "./console.ts";
import { tableText } from "./table.ts";

/** Rows for people and, beside them, the document for machines. */
export interface Rows {
  readonly head: readonly string[];
  /** Numbers are aligned to the right; null is shown as a dash, never as 0. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly json: unknown;
}

/** Writes rows as a table, or as one JSON document. */
export async function writeRows(out: Channel, json: boolean, rows: Rows): Promise<void> {
  if (json) {
    await out.write(`${JSON.stringify(rows.json)}\n`);
    return;
  }
  const numeric = new Set(
    rows.head.keys().filter((column) => rows.rows.some((row) => typeof row[column] === "number")),
  );
  await out.write(
    tableText({
      head: rows.head.map((title) => out.paint("bold", title)),
      rows: rows.rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell)))),
      numeric,
    }),
  );
}
