import type { ErrorCode } from "../base/error-codes.ts";
import { EgxError } from "../base/errors.ts";
import { startOfPeriod, type Adjustment, type Bar } from "./bar.ts";
import { cairoDayOf, firstDay, firstYear, lastDay, lastYear } from "./cairo-time.ts";
import { parseDateTime } from "./date-time.ts";
import { intervalByName, type Interval } from "./interval.ts";
import { isSymbol } from "./symbol.ts";

/** A bar's fields by the names of the wire, not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** A bar, and the date that its message wrote, in days since 1970-01-01. */
export interface ReadBar {
  readonly bar: Bar;
  readonly day: number;
}

interface BarTime {
  readonly startMs: number;
  readonly day: number;
}

const exchangePattern = /^[A-Z][A-Z0-9_]{0,15}$/;
const currencyPattern = /^[A-Z]{3}$/;
/** The part before the colon is used in paths. */
const sourcePattern = /^[a-z][a-z0-9_-]{0,31}(?::[^]*)?$/;
const sourceLengthMax = 200;

/**
 * Checks every field of a bar and builds it. What the old producer left out is filled in.
 * @throws the E_BAR_ error, or E_MESSAGE_FIELD, of the first field that is wrong.
 */
export function readBar(fields: Fields): ReadBar {
  const symbol = textField(fields, "symbol");
  if (!isSymbol(symbol)) throw refusal("E_BAR_SYMBOL", "symbol", symbol, "is not a safe ticker");
  const exchange = patternField(fields, "exchange", exchangePattern);
  const interval = readInterval(fields);
  const { startMs, day } = readTime(fields, interval);
  const open = priceField(fields, "open");
  const high = priceField(fields, "high");
  const low = priceField(fields, "low");
  const close = readClose(fields);
  if (high !== null && low !== null && high < low) {
    throw new EgxError("E_BAR_RANGE", `the high ${high} is below the low ${low}`);
  }
  const volume = readVolume(fields);
  const ingestedMs = readIngested(fields);
  const bar: Bar = {
    symbol,
    exchange,
    interval,
    startMs,
    open,
    high,
    low,
    close,
    volume,
    ingestedMs,
    final: readFinal(fields) ?? day < cairoDayOf(ingestedMs),
    source: readSource(fields),
    currency:
      fields["currency"] === undefined ? "EGP" : patternField(fields, "currency", currencyPattern),
    adjusted: readAdjusted(fields),
  };
  return { bar, day };
}

function readInterval(fields: Fields): Interval {
  const name = textField(fields, "interval");
  const interval = intervalByName(name);
  if (interval === undefined) throw refusal("E_BAR_INTERVAL", "interval", name, "is not known");
  return interval;
}

function readTime(fields: Fields, interval: Interval): BarTime {
  const text = textField(fields, "datetime");
  const time = parseDateTime(text);
  if (time === null) {
    throw refusal("E_BAR_TIME", "datetime", text, "is not an ISO 8601 time that exists");
  }
  if (!interval.intraday) return readPeriod(interval, time.day, text);
  if (time.startMs === null) {
    throw refusal("E_BAR_TIME", "datetime", text, "is skipped by daylight saving in Cairo");
  }
  const day = cairoDayOf(time.startMs);
  checkYear(day, text);
  return { startMs: time.startMs, day };
}

function readPeriod(interval: Interval, day: number, text: string): BarTime {
  checkYear(day, text);
  const startMs = startOfPeriod(interval, day);
  // The first week of 1990 began in 1989.
  checkYear(cairoDayOf(startMs), text);
  return { startMs, day };
}

function checkYear(day: number, text: string): void {
  if (isBarYear(day)) return;
  throw refusal("E_BAR_TIME", "datetime", text, `is outside ${firstYear}-${lastYear}`);
}

function isBarYear(day: number): boolean {
  return day >= firstDay && day <= lastDay;
}

function priceField(fields: Fields, name: "open" | "high" | "low"): number | null {
  const value = fields[name];
  if (value === null) return null;
  if (typeof value !== "number") throw wrongField(fields, name, "a number or null");
  return positivePrice(name, value);
}

function readClose(fields: Fields): number {
  const value = fields["close"];
  if (typeof value !== "number") throw wrongField(fields, "close", "a number");
  return positivePrice("close", value);
}

function positivePrice(name: string, value: number): number {
  if (value > 0 && value < Infinity) return value;
  throw refusal("E_BAR_PRICE", name, value, "is not a price above 0");
}

function readVolume(fields: Fields): number | null {
  const value = fields["volume"];
  if (value === null) return null;
  if (typeof value !== "number") throw wrongField(fields, "volume", "a number or null");
  if (!(value >= 0 && value < Infinity)) {
    throw refusal("E_BAR_VOLUME", "volume", value, "is not a number of shares");
  }
  // -0 is 0.
  return value === 0 ? 0 : value;
}

function readIngested(fields: Fields): number {
  const text = textField(fields, "ingestion_timestamp");
  const ingestedMs = parseDateTime(text, "utc")?.startMs ?? null;
  if (ingestedMs === null || !isBarYear(cairoDayOf(ingestedMs))) {
    throw wrongField(fields, "ingestion_timestamp", `an ISO 8601 time of ${firstYear}-${lastYear}`);
  }
  return ingestedMs;
}

function readFinal(fields: Fields): boolean | undefined {
  const value = fields["final"];
  if (value === undefined || typeof value === "boolean") return value;
  throw wrongField(fields, "final", "true or false");
}

function readSource(fields: Fields): string {
  if (fields["source"] === undefined) return "tradingview";
  const source = patternField(fields, "source", sourcePattern);
  if (source.length > sourceLengthMax) {
    throw wrongField(fields, "source", `a text of ${sourceLengthMax} characters at the most`);
  }
  return source;
}

function readAdjusted(fields: Fields): Adjustment {
  const value = fields["adjusted"];
  if (value === undefined) return "splits";
  if (value === "none" || value === "splits" || value === "dividends") return value;
  throw wrongField(fields, "adjusted", "none, splits or dividends");
}

function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw wrongField(fields, name, "a text");
  return value;
}

function patternField(fields: Fields, name: string, pattern: RegExp): string {
  const value = textField(fields, name);
  if (!pattern.test(value)) throw wrongField(fields, name, `of the form ${pattern.source}`);
  return value;
}

function wrongField(fields: Fields, name: string, wanted: string): EgxError {
  const value = fields[name];
  if (value === undefined) return new EgxError("E_MESSAGE_FIELD", `${name} is missing`);
  return new EgxError("E_MESSAGE_FIELD", `${name} is ${shown(value)}, and must be ${wanted}`);
}

function refusal(code: ErrorCode, name: string, value: unknown, fault: string): EgxError {
  return new EgxError(code, `${name} ${shown(value)} ${fault}`);
}

/** A value for people, cut where it is long. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "a list" : "an object";
  }
  const text = String(value);
  const cut = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return typeof value === "string" ? JSON.stringify(cut) : cut;
}
