import type { QueryResult } from "../../silver/query.ts";
import { cellText, type QueryValue } from "../../parquet/query-value.ts";
import type { Channel } from "./console.ts";
import { count } from "./summary.ts";
import { recordsText, tableText, tableWidth } from "./table.ts";

/** How rows are written as text. */
export type RowFormat = "table" | "csv" | "json";

/** Rows that a terminal shows at the most; a pipe or a file gets all. */
const terminalRowsMax = 100;
const numberTypes = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/;

/** Writes a query's rows and tells their number. */
export async function writeQueryRows(
  out: Channel,
  format: RowFormat,
  result: QueryResult,
): Promise<number> {
  if (format === "csv") return writeCsv(out, result);
  return format === "json" ? writeJson(out, result) : writeTable(out, result);
}

/** RFC 4180 with `\n`; null is empty, an empty text is `""`. */
async function writeCsv(out: Channel, { columns, batches }: QueryResult): Promise<number> {
  await out.write(`${columns.map(({ name }) => csvField(name)).join(",")}\n`);
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.length;
    const lines = batch.map((row) => row.map((value) => csvValue(value)).join(","));
    if (lines.length > 0) await out.write(`${lines.join("\n")}\n`);
  }
  return rows;
}

function csvValue(value: QueryValue): string {
  return value === null ? "" : csvField(cellText(value));
}

function csvField(text: string): string {
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One document: an array of objects, one row a line. */
async function writeJson(out: Channel, { columns, batches }: QueryResult): Promise<number> {
  const names = distinct(columns.map(({ name }) => name));
  let rows = 0;
  await out.write("[");
  for await (const batch of batches) {
    const lines = batch.map((row, index) => {
      const document = Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]));
      return `${rows + index === 0 ? "\n" : ",\n"}${JSON.stringify(document)}`;
    });
    rows += batch.length;
    await out.write(lines.join(""));
  }
  await out.write(rows === 0 ? "]\n" : "\n]\n");
  return rows;
}

/** Names that two columns share get a number, so that no value is lost. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name}_${times}`;
  });
}

async function writeTable(out: Channel, { columns, batches }: QueryResult): Promise<number> {
  const rowsMax = out.isTerminal ? terminalRowsMax : Infinity;
  const shown: (readonly string[])[] = [];
  let rows = 0;
  for await (const batch of batches) {
    for (const row of batch) {
      rows += 1;
      if (rows <= rowsMax) shown.push(row.map((value) => printable(cellText(value))));
    }
  }
  const numeric = columns.map(({ type }, index) => (numberTypes.test(type) ? index : -1));
  const table = {
    head: columns.map(({ name }) => out.paint("bold", printable(name))),
    rows: shown,
    numeric: new Set(numeric),
  };
  const isWide = shown.length > 0 && tableWidth(table) > (out.columns() ?? Infinity);
  await out.write(isWide ? recordsText(table) : tableText(table));
  if (rows > shown.length) {
    const more = count(rows - shown.length);
    await out.write(`… ${more} more rows are not shown; --format csv or a pipe gives all\n`);
  }
  return rows;
}

/** What came from outside cannot break a line or steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(2, "0");
    return `\\x${code}`;
  });
}
