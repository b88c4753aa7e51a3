import { basename } from "node:path";
import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import type { Bar } from "../market/bar.ts";
import { cairoIsoOf, firstDay, lastDay } from "../market/cairo-time.ts";
import { intervals, type Interval } from "../market/interval.ts";
import { parseLines, type CsvFields } from "./recorded-csv.ts";
import { recogniseHeader, shown, type Columns } from "./recorded-header.ts";
import { goesBack, inferInterval, type Sample } from "./recorded-interval.ts";
import { readLines, type LineEvent } from "./recorded-lines.ts";
import {
  readRow,
  readStamp,
  stampText,
  unreadableLine,
  type RejectedEvent,
  type RowContext,
} from "./recorded-row.ts";

/** What is known of a file before its rows are read. */
export interface FileLayout {
  readonly columns: Columns;
  /** As it was given, else as the first rows show it. */
  readonly interval: Interval;
  readonly inferred: boolean;
  /** Whether the rows of a symbol come newest first. */
  readonly descending: boolean;
}

/** How a file is read. */
export interface RowReading {
  readonly path: string;
  readonly clock: Clock;
  readonly context: RowContext;
  /** Whether a symbol's rows must not go back in time. */
  readonly ascending: boolean;
  /** Told of each symbol that occurs, wanted or not. */
  readonly onSymbol: (symbol: string) => void;
}

const sampleRows = 5000;
const never = new AbortController().signal;

/**
 * Looks at a file's header and first rows.
 * @throws E_FILE_MISSING, or E_FILE_FORMAT when its header or its times are not understood.
 */
export async function inspectFile(path: string, interval?: Interval): Promise<FileLayout> {
  const file = basename(path);
  const { header, rows } = await firstRows(path);
  const columns = recogniseHeader(header, file);
  const samples: Sample[] = [];
  for (const fields of rows) {
    const stamp = readStamp(stampText(fields, columns), columns.zone);
    const symbol = columns.symbol === null ? "" : (fields[columns.symbol] ?? "");
    if (stamp !== null && stamp.day >= firstDay && stamp.day <= lastDay) {
      samples.push({ symbol, stamp });
    }
  }
  const [first] = rows;
  if (first === undefined) throw new EgxError("E_FILE_FORMAT", `${file} has a header and no rows`);
  if (samples.length === 0) {
    const text = shown(stampText(first, columns));
    throw new EgxError("E_FILE_FORMAT", `${file}: no time is understood, the first is "${text}"`, {
      hint: "Write 2025-11-24, 2025-11-24 10:00, 2025-11-24T08:00Z or seconds since 1970.",
    });
  }
  const found = interval ?? inferInterval(samples);
  if (found === null) throw stepError(file);
  const inferred = interval === undefined;
  return { columns, interval: found, inferred, descending: goesBack(samples) };
}

/**
 * The bars and the refused rows of a file, block by block in its order.
 * @throws E_FILE_FORMAT when rows must ascend and one does not; what {@link readLines} throws.
 */
export async function* readRows(
  reading: RowReading,
  signal: AbortSignal,
): AsyncGenerator<readonly (Bar | RejectedEvent)[]> {
  const block = new BlockReader(reading);
  for await (const event of readLines(reading.path, signal)) {
    yield event.kind === "lines" ? block.read(event) : block.oversized(event);
  }
}

class BlockReader {
  readonly #reading: RowReading;
  readonly #lastMs = new Map<string, number>();
  #atHeader = true;

  constructor(reading: RowReading) {
    this.#reading = reading;
  }

  read(event: Extract<LineEvent, { readonly kind: "lines" }>): readonly (Bar | RejectedEvent)[] {
    const ingested = this.#now();
    const found: (Bar | RejectedEvent)[] = [];
    const rows = parseLines(event.lines);
    for (const [index, fields] of rows.entries()) {
      if (this.#atHeader) {
        this.#atHeader = false;
        continue;
      }
      const line = event.numbers[index] ?? 0;
      const row = this.#row(fields, event.lines[index] ?? "", { line, ingested });
      if (row !== null) found.push(row);
    }
    return found;
  }

  oversized(
    event: Extract<LineEvent, { readonly kind: "oversized" }>,
  ): readonly (Bar | RejectedEvent)[] {
    const { number: line, bytes, head: text } = event;
    return [unreadableLine(this.#reading.context.facts, this.#now(), { line, bytes, text })];
  }

  #row(
    fields: CsvFields,
    text: string,
    origin: { readonly line: number; readonly ingested: string },
  ): Bar | RejectedEvent | null {
    const { context, ascending, onSymbol } = this.#reading;
    const { line, ingested } = origin;
    if (fields === null) {
      return unreadableLine(context.facts, ingested, {
        line,
        bytes: Buffer.byteLength(text),
        text,
      });
    }
    if (context.columns.symbol !== null) onSymbol((fields[context.columns.symbol] ?? "").trim());
    const row = readRow(fields, context, origin);
    if (ascending && row !== null && !("kind" in row)) this.#checkOrder(row, line);
    return row;
  }

  #checkOrder(bar: Bar, line: number): void {
    const lastMs = this.#lastMs.get(bar.symbol) ?? -Infinity;
    if (bar.startMs < lastMs) {
      throw new EgxError(
        "E_FILE_FORMAT",
        `${basename(this.#reading.path)} line ${line}: ${bar.symbol} goes back from ` +
          `${cairoIsoOf(lastMs)} to ${cairoIsoOf(bar.startMs)}`,
        { hint: "Sort the file's rows by symbol and time." },
      );
    }
    this.#lastMs.set(bar.symbol, bar.startMs);
  }

  #now(): string {
    return new Date(this.#reading.clock.nowMs()).toISOString();
  }
}

interface FirstRows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

async function firstRows(path: string): Promise<FirstRows> {
  const file = basename(path);
  const rows: (readonly string[])[] = [];
  for await (const event of readLines(path, never)) {
    if (event.kind === "oversized") {
      // Long lines behind the header are refused when the rows are read.
      if (rows.length === 0) throw noHeader(file, event.head);
      continue;
    }
    for (const fields of parseLines(event.lines)) if (fields !== null) rows.push(fields);
    if (rows.length > sampleRows) break;
  }
  const header = rows.shift();
  if (header === undefined) throw new EgxError("E_FILE_FORMAT", `${file} is empty`);
  return { header, rows };
}

function noHeader(file: string, head: string): EgxError {
  return new EgxError("E_FILE_FORMAT", `${file} has no header; it begins with: ${shown(head)}`);
}

function stepError(file: string): EgxError {
  const names = intervals.map((interval) => interval.name).join(", ");
  return new EgxError("E_FILE_FORMAT", `${file}: its rows do not show an interval`, {
    hint: `Say which it is with --interval: ${names}.`,
  });
}
