import type { QueryAnswer } from "../../../../src/serve/api/query.ts";
import { valueText, type SqlValue } from "./result-values.ts";

/** A result to be kept: the rows, what they are, and when they were asked for. */
export interface KeptResult {
  readonly sql: string;
  readonly answer: QueryAnswer;
  /** ISO 8601 in UTC. */
  readonly asOf: string;
}

const marks = /[\u200e\u200f\u061c\u2066-\u2069]/g;

/** In a word what the rows are: `simulated`, `real, delayed 900 s`. */
export function modeText({ data, delaySeconds, replaySpeed }: QueryAnswer["mode"]): string {
  const words: string[] = [data];
  if (replaySpeed !== null && data !== "simulated") words.push(`replay x${replaySpeed}`);
  if (delaySeconds !== null && delaySeconds > 0) words.push(`delayed ${delaySeconds} s`);
  return words.join(", ");
}

/**
 * RFC 4180: null is empty, an empty text is `""`. Two more columns say what the rows are and when
 * they were asked for, so that no copy of them is taken for something else.
 */
export function csvText({ answer, asOf }: KeptResult): string {
  const { columns, rows, mode } = answer;
  const names = distinctNames([...columns.map(({ name }) => name), "mode", "as_of"]);
  const tail = [csvField(modeText(mode)), csvField(asOf)];
  const lines = rows.map((row) => [...row.map((value) => csvValue(value)), ...tail].join(","));
  return `${[names.map((name) => csvField(name)).join(","), ...lines].join("\r\n")}\r\n`;
}

/** The same as the bytes of a file: spreadsheets take Arabic for what it is when a mark says so. */
export function csvFile(result: KeptResult): string {
  const text = csvText(result);
  return /\P{ASCII}/u.test(text) ? `\ufeff${text}` : text;
}

/** One document: mode, time, query and the rows as objects. */
export function jsonText({ sql, answer, asOf }: KeptResult): string {
  const { columns, rows, mode, cut } = answer;
  const names = distinctNames(columns.map(({ name }) => name));
  const objects = rows.map((row) =>
    Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])),
  );
  return `${JSON.stringify({ mode, asOf, sql, cut, columns, rows: objects }, null, 1)}\n`;
}

/** What begins a formula in a spreadsheet is no number of ours: it is kept from being run. */
const formulaPattern = /^[=+\-@\t\r]/;

function csvValue(value: SqlValue): string {
  const text = valueText(value)?.replaceAll(marks, "");
  if (text === undefined) return "";
  const formula = typeof value === "string" && formulaPattern.test(text) && !isNumber(text);
  return csvField(formula ? `'${text}` : text);
}

/** Numbers that JSON cannot hold come as text. */
function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?$/.test(text);
}

function csvField(text: string): string {
  const plain = text.replaceAll(marks, "");
  return plain === "" || /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Names that two columns share get a number, so that no value is lost. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let times = 2; taken.has(own); times += 1) own = `${name}_${times}`;
    taken.add(own);
    return own;
  });
}
