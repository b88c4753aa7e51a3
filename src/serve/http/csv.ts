import { cellText, type QueryValue } from "../../parquet/query-value.ts";
import type { QueryResult } from "../../silver/query.ts";
import type { Mode } from "../api/common.ts";

/** What begins a formula in a spreadsheet is no number of ours: it is kept from being run. */
const formulaPattern = /^[=+\-@\t\r]/;

/** Rows as CSV; what the numbers are goes with every row. */
export async function csvOf({ columns, batches }: QueryResult, mode: Mode): Promise<string> {
  const facts = [mode.data, mode.feed ?? "", String(mode.delaySeconds ?? "")];
  const names = [...columns.map(({ name }) => name), "mode", "feed", "delay_seconds"];
  const lines = [names.map(fieldOf).join(",")];
  for await (const batch of batches) {
    for (const row of batch) lines.push([...row, ...facts].map(fieldOf).join(","));
  }
  return `${lines.join("\n")}\n`;
}

function fieldOf(value: QueryValue): string {
  const text = cellText(value);
  const safe = typeof value === "string" && formulaPattern.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
