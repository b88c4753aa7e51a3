import { invariant } from "../base/errors.ts";
import {
  cairoDateOf,
  cairoDayOf,
  cairoWallToMs,
  firstOfMonth,
  msPerDay,
  sundayOf,
} from "./cairo-time.ts";
import type { Interval } from "./interval.ts";

/** How a feed had changed prices for corporate actions. */
export type Adjustment = "none" | "splits" | "dividends";

/**
 * One bar of one symbol, valid once built: whoever holds one need not check it again. Prices are
 * in `currency`, exactly as the feed gave them; null means unknown, never 0.
 */
export interface Bar {
  readonly symbol: string;
  readonly exchange: string;
  readonly interval: Interval;
  /**
   * The bar's start, epoch milliseconds. For Daily and longer the instant is 10:00 in Cairo on
   * the bar's date: the trading date, the week's Sunday, the month's first.
   */
  readonly startMs: number;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  /** Shares; null when the feed gave none. */
  readonly volume: number | null;
  /** When the bar reached us, epoch milliseconds. */
  readonly ingestedMs: number;
  /** False while the bar can still change. */
  readonly final: boolean;
  /** `tradingview`, `simulator`, `csv:<file>` …; see {@link sourceKind}. */
  readonly source: string;
  readonly currency: string;
  readonly adjusted: Adjustment;
}

/** The part of a source before the colon: what paths and ranks use. */
export function sourceKind(source: string): string {
  const colon = source.indexOf(":");
  return colon === -1 ? source : source.slice(0, colon);
}

/**
 * Where the bar that holds an instant starts: the instant itself for intraday bars, which feeds
 * stamp with their start; for Daily and longer as {@link startOfPeriod} says.
 */
export function barStartMs(interval: Interval, epochMs: number): number {
  return interval.intraday ? epochMs : startOfPeriod(interval, cairoDayOf(epochMs));
}

/**
 * The start of the Daily, Weekly or Monthly bar that holds a Cairo date (days since 1970-01-01):
 * 10:00 in Cairo of the date, of its week's Sunday, of its month's first. Epoch milliseconds.
 */
export function startOfPeriod(interval: Interval, day: number): number {
  const startMs = cairoWallToMs({ day: periodDay(interval, day), timeMs: (10 * msPerDay) / 24 });
  invariant(startMs !== null, "daylight saving skips 10:00 in Cairo");
  return startMs;
}

/** The last Cairo day (days since 1970-01-01) that the bar is about. */
export function periodEndDay({ interval, startMs }: Bar): number {
  const day = cairoDayOf(startMs);
  if (interval.code === "1w") return day + 6;
  // 31 days from a month's first lie in the next one.
  return interval.code === "1mo" ? firstOfMonth(day + 31) - 1 : day;
}

/** The bar's date in Cairo, `2025-11-24`: for Weekly and Monthly, that of its start. */
export function barDate(bar: Bar): string {
  return cairoDateOf(bar.startMs);
}

/**
 * What makes two bars the same bar: exchange, symbol, interval, adjustment and time. Two that
 * agree in it are revisions of each other, or come from different sources.
 */
export function barKey(bar: Bar): string {
  return `${bar.exchange}|${bar.symbol}|${bar.interval.code}|${bar.adjusted}|${bar.startMs}`;
}

/** What can change from one revision of a bar to the next, exactly: prices, volume and `final`. */
export function barContent(bar: Bar): string {
  return `${bar.open},${bar.high},${bar.low},${bar.close},${bar.volume},${bar.final}`;
}

function periodDay(interval: Interval, day: number): number {
  if (interval.code === "1w") return sundayOf(day);
  return interval.code === "1mo" ? firstOfMonth(day) : day;
}
