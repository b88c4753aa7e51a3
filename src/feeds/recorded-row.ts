import { EgxError } from "../base/errors.ts";
import { startOfPeriod, type Adjustment, type Bar } from "../market/bar.ts";
import { cairoDayOf, cairoIsoOf } from "../market/cairo-time.ts";
import { parseBar, rejectedMessage, schemaVersion } from "../market/codec.ts";
import { parseDateTime, type NaiveZone } from "../market/date-time.ts";
import type { Interval } from "../market/interval.ts";
import { isSymbol } from "../market/symbol.ts";
import type { FeedEvent } from "./feed.ts";
import type { Columns } from "./recorded-header.ts";

export type RejectedEvent = Extract<FeedEvent, { readonly kind: "rejected" }>;

/** What all bars of a file have in common. */
export interface FileFacts {
  readonly interval: Interval;
  /** What the bars carry as their source, `csv:prices.csv`. */
  readonly source: string;
  readonly exchange: string;
  readonly currency: string;
  readonly adjusted: Adjustment;
}

/** Which rows are wanted. */
export interface Selection {
  /** Null for all. */
  readonly symbols: ReadonlySet<string> | null;
  /** First and last Cairo date, days since 1970-01-01, both inclusive. */
  readonly fromDay: number;
  readonly toDay: number;
}

/** Makes bars of the rows of one file. */
export interface RowContext {
  readonly columns: Columns;
  readonly facts: FileFacts;
  readonly selection: Selection;
  /** The symbol of all rows of a file that has no such column; "" for one that has. */
  readonly symbol: string;
}

/** A point in time as a row wrote it. */
export interface Stamp {
  /** The date in Cairo, days since 1970-01-01. */
  readonly day: number;
  /** Epoch milliseconds; null for a wall time that daylight saving skips. */
  readonly startMs: number | null;
  /** Whether a date was written and no time. */
  readonly dateOnly: boolean;
}

const plainNumber = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?$/i;
const groupedNumber = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const shortenedNumber = /^(\d+\.?\d*|\.\d+)([KMB])$/i;
const epochSeconds = /^\d{9,10}$/;
const epochMilliseconds = /^\d{12,13}$/;
const factors: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9 };
const unknownValues = new Set(["", "-", "n/a"]);

/**
 * The bar of a row; a rejected event when the market's rules refuse it; null when the selection
 * does not want it. A row without a readable time is never taken for one out of the selection.
 */
export function readRow(
  fields: readonly string[],
  context: RowContext,
  origin: { readonly line: number; readonly ingested: string },
): Bar | RejectedEvent | null {
  const { columns, facts, selection } = context;
  const symbol = symbolOf(fields, context);
  if (selection.symbols !== null && !selection.symbols.has(symbol)) return null;
  const written = stampText(fields, columns);
  const stamp = readStamp(written, columns.zone);
  if (stamp !== null && (stamp.day < selection.fromDay || stamp.day > selection.toDay)) return null;
  const wire = {
    symbol,
    exchange: facts.exchange,
    interval: facts.interval.name,
    datetime: wireTime(stamp, facts.interval) ?? written,
    open: numberField(fields, columns.open),
    high: numberField(fields, columns.high),
    low: numberField(fields, columns.low),
    close: numberField(fields, columns.close),
    volume: volumeField(fields, columns.volume),
    ...ending(facts, origin.ingested),
  };
  try {
    return parseBar(wire);
  } catch (error) {
    return rejected({ ...wire, line: origin.line }, error);
  }
}

/** The event of a line that cannot be taken apart: its message keeps what is known of it. */
export function unreadableLine(
  facts: FileFacts,
  ingested: string,
  known: { readonly line: number; readonly bytes: number; readonly text: string },
): RejectedEvent {
  const { exchange, interval } = facts;
  const wire = { symbol: null, exchange, interval: interval.name, ...ending(facts, ingested) };
  try {
    parseBar(wire);
  } catch (error) {
    return rejected({ ...wire, ...known }, error);
  }
  throw new EgxError("E_INTERNAL", "a message without a symbol was taken for a bar");
}

/** The symbol of a row, as it is written. */
export function symbolOf(fields: readonly string[], context: RowContext): string {
  const column = context.columns.symbol;
  return column === null ? context.symbol : (fields[column] ?? "").trim();
}

/** The time of a row, as it is written. */
export function stampText(fields: readonly string[], columns: Columns): string {
  const text = (fields[columns.time] ?? "").trim();
  if (columns.timeOfDay === null) return text;
  return `${text} ${(fields[columns.timeOfDay] ?? "").trim()}`.trim();
}

/**
 * Reads ISO 8601, or seconds or milliseconds since 1970; null for anything else. What names an
 * instant gives that instant's date in Cairo, what has no offset is read on the clock of `zone`.
 */
export function readStamp(text: string, zone: NaiveZone): Stamp | null {
  if (epochSeconds.test(text)) return instantStamp(Number(text) * 1000);
  if (epochMilliseconds.test(text)) return instantStamp(Number(text));
  const time = parseDateTime(text, zone);
  if (time === null) return null;
  if (text.length === 10) return { ...time, dateOnly: true };
  return time.startMs === null ? { ...time, dateOnly: false } : instantStamp(time.startMs);
}

function instantStamp(startMs: number): Stamp {
  return { startMs, day: cairoDayOf(startMs), dateOnly: false };
}

/** The time as the wire writes it; null when the row's own text says best what is wrong. */
function wireTime(stamp: Stamp | null, interval: Interval): string | null {
  if (stamp === null) return null;
  if (!interval.intraday) return cairoIsoOf(startOfPeriod(interval, stamp.day));
  return stamp.startMs === null ? null : cairoIsoOf(stamp.startMs);
}

function ending(facts: FileFacts, ingested: string): Readonly<Record<string, unknown>> {
  return {
    ingestion_timestamp: ingested,
    final: true,
    source: facts.source,
    currency: facts.currency,
    adjusted: facts.adjusted,
    v: schemaVersion,
  };
}

function rejected(wire: Readonly<Record<string, unknown>>, error: unknown): RejectedEvent {
  if (!(error instanceof EgxError)) throw error;
  const symbol = wire["symbol"];
  return {
    kind: "rejected",
    symbol: typeof symbol === "string" && isSymbol(symbol) ? symbol : null,
    message: rejectedMessage(wire),
    error,
  };
}

/** A number; null for "unknown"; the text itself when it is neither. */
function numberField(fields: readonly string[], column: number | null): number | string | null {
  const text = column === null ? "" : (fields[column] ?? "").trim();
  if (plainNumber.test(text)) {
    const value = Number(text);
    // JSON has no number for what is too large.
    return Number.isFinite(value) ? value : text;
  }
  if (unknownValues.has(text.toLowerCase())) return null;
  return groupedNumber.test(text) ? Number(text.replaceAll(",", "")) : text;
}

/** As {@link numberField}, with the `1.16M` that some sites write for shares. */
function volumeField(fields: readonly string[], column: number | null): number | string | null {
  const value = numberField(fields, column);
  if (typeof value !== "string") return value;
  const [, digits, unit] = shortenedNumber.exec(value) ?? [];
  if (digits === undefined || unit === undefined) return value;
  return Math.round(Number(digits) * (factors[unit.toUpperCase()] ?? Number.NaN));
}
