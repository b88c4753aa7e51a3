import { createHash } from "node:crypto";
import { basename } from "node:path";
import { EgxError } from "../base/errors.ts";
import { parseLines, type Delimiter } from "../feeds/recorded-csv.ts";
import { shown } from "../feeds/recorded-header.ts";
import { linesOf, readBytes, type LineEvent } from "../feeds/recorded-lines.ts";
import { type BarTable, sampleRows, type TableRow } from "./bar-table.ts";

const headBytes = 512;
const never = new AbortController().signal;

interface OtherForm {
  /** Of a file's first bytes, one character each. */
  readonly is: (head: string) => boolean;
  readonly what: string;
  readonly hint: string;
}

/** What a file is that is no CSV file, by how it begins. */
const otherForms: readonly OtherForm[] = [
  {
    is: (head) => /^\s*</.test(head),
    what: "a web page or XML, not CSV",
    hint: "Log in to the site, then download the file again.",
  },
  {
    is: (head) => head.startsWith("PAR1"),
    what: "a Parquet file",
    hint: "Import it with: egx import parquet FILE.",
  },
  {
    is: (head) => head.startsWith("PK\u0003\u0004"),
    what: "a zip archive or an Excel workbook",
    hint: "Unpack it, or save it as CSV; a zip archive of CSV files: egx import kaggle FILE.zip.",
  },
  {
    is: (head) => head.startsWith("%PDF"),
    what: "a PDF document",
    hint: "Ask for the data as CSV.",
  },
  {
    is: (head) => /^\s*[{[]/.test(head),
    what: "JSON, not CSV",
    hint: "Save it as CSV, with one line for each bar.",
  },
  {
    is: (head) => head.startsWith("\u00FF\u00FE") || head.startsWith("\u00FE\u00FF"),
    what: "UTF-16 text",
    hint: "Save it as UTF-8.",
  },
  { is: (head) => head.includes("\u0000"), what: "no text", hint: "Ask for the data as CSV." },
];

/** A text that can be read several times. */
export interface CsvSource {
  /** Its name without a folder. */
  readonly file: string;
  /** All of its bytes, unpacked, from the start. */
  bytes(): AsyncIterable<Buffer>;
}

/** A file as a source, gzipped or not. */
export function csvFile(path: string): CsvSource {
  return { file: basename(path), bytes: () => readBytes(path) };
}

/**
 * Opens a CSV file: reads it once for its digest, so that a file that is cut short is known before
 * anything is written.
 * @throws E_FILE_MISSING; E_FILE_FORMAT for what is no CSV file, or damaged.
 */
export async function openCsvTable(source: CsvSource): Promise<BarTable> {
  const { file } = source;
  const sha256 = await checkContent(source);
  const first = await firstLines(source);
  const [headerLine = ""] = first;
  const delimiter = delimiterOf(headerLine);
  const [header, ...sample] = parseLines(first, delimiter);
  if (header === undefined || header === null) {
    throw new EgxError(
      "E_FILE_FORMAT",
      `${file} has no header; it begins with: ${shown(headerLine)}`,
    );
  }
  if (sample.length === 0) {
    throw new EgxError("E_FILE_FORMAT", `${file} has a header and no rows`);
  }
  return {
    file,
    header,
    sample: sample.filter((fields) => fields !== null),
    sha256,
    rows: (signal) => rowsOf(source, delimiter, signal),
  };
}

async function* rowsOf(
  source: CsvSource,
  delimiter: Delimiter,
  signal: AbortSignal,
): AsyncGenerator<readonly TableRow[]> {
  let atHeader = true;
  for await (const event of linesOf(source.bytes(), signal)) {
    const rows = tableRows(event, delimiter);
    yield atHeader ? rows.slice(1) : rows;
    atHeader = false;
  }
}

function tableRows(event: LineEvent, delimiter: Delimiter): readonly TableRow[] {
  if (event.kind === "oversized") {
    const { number: line, bytes, head: text } = event;
    return [{ line, fields: null, text, bytes }];
  }
  return parseLines(event.lines, delimiter).map((fields, index) => {
    const text = event.lines[index] ?? "";
    const bytes = fields === null ? Buffer.byteLength(text) : 0;
    return { line: event.numbers[index] ?? 0, fields, text, bytes };
  });
}

async function checkContent(source: CsvSource): Promise<string> {
  const hash = createHash("sha256");
  let head = Buffer.alloc(0);
  for await (const chunk of source.bytes()) {
    if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes)]);
    hash.update(chunk);
  }
  if (head.length === 0) throw new EgxError("E_FILE_FORMAT", `${source.file} is empty`);
  const text = head.subarray(0, headBytes).toString("latin1").replace(/^ï»¿/, "");
  const other = otherForms.find(({ is }) => is(text));
  if (other !== undefined) {
    throw new EgxError("E_FILE_FORMAT", `${source.file} is ${other.what}`, { hint: other.hint });
  }
  return hash.digest("hex");
}

async function firstLines(source: CsvSource): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const event of linesOf(source.bytes(), never)) {
    // A long line behind the header is refused when the rows are read.
    if (event.kind === "lines") lines.push(...event.lines);
    else if (lines.length === 0) lines.push(event.head);
    if (lines.length > sampleRows) break;
  }
  return lines.slice(0, sampleRows + 1);
}

/** The one of the usual delimiters that occurs most in the header. */
function delimiterOf(header: string): Delimiter {
  const delimiters: readonly Delimiter[] = [",", ";", "\t"];
  const count = (delimiter: Delimiter): number => header.split(delimiter).length;
  return delimiters.reduce((best, next) => (count(next) > count(best) ? next : best));
}
