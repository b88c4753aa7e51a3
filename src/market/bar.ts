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
