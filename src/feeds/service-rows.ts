import { EgxError } from "../base/errors.ts";
import { periodEndDay, startOfPeriod, type Adjustment, type Bar } from "../market/bar.ts";
import { cairoDayOf, cairoIsoOf } from "../market/cairo-time.ts";
import { parseBar, rejectedMessage, schemaVersion } from "../market/codec.ts";
import type { Interval } from "../market/interval.ts";
import type { FeedEvent } from "./feed.ts";

export type RejectedEvent = Extract<FeedEvent, { readonly kind: "rejected" }>;

/** What the bars of one answer have in common. */
export interface ServiceFacts {
  readonly symbol: string;
  readonly interval: Interval;
  readonly source: string;
  readonly currency: string;
  readonly adjusted: Adjustment;
  /** Seconds by which the service lags the market. */
  readonly delaySeconds: number;
  /** When the answer came, epoch milliseconds. */
  readonly arrivedMs: number;
}

/** One row of an answer, not checked yet; null is what the service does not know. */
export interface ServiceRow {
  /** For Daily and longer the Cairo date, days since 1970-01-01; else epoch milliseconds. */
  readonly at: number;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number | null;
  readonly volume: number | null;
}

/** A split: from `day` on, `shares` are what one share was before. */
export interface Split {
  /** Cairo date, days since 1970-01-01. */
  readonly day: number;
  readonly shares: number;
}

export interface ServiceBars {
  /** Ascending; of two rows for one bar the later one. */
  readonly bars: readonly Bar[];
  readonly rejected: readonly RejectedEvent[];
}

/** A bar's end, the delay and this must have passed before it is final. */
const settlingMs = 60_000;

/** The bars of rows. One without any price says nothing, and is no bar. */
export function barsOfRows(rows: Iterable<ServiceRow>, facts: ServiceFacts): ServiceBars {
  const bars = new Map<number, Bar>();
  const rejected: RejectedEvent[] = [];
  for (const row of rows) {
    const { open, high, low, close } = row;
    if ([open, high, low, close].every((price) => price === null)) continue;
    const bar = barOfRow(row, facts);
    if ("kind" in bar) rejected.push(bar);
    else bars.set(bar.startMs, bar);
  }
  const sorted = [...bars.values()].toSorted((one, other) => one.startMs - other.startMs);
  return { bars: sorted, rejected };
}

function barOfRow(row: ServiceRow, facts: ServiceFacts): Bar | RejectedEvent {
  const { symbol, interval, source, currency, adjusted, arrivedMs } = facts;
  const startMs = interval.intraday ? row.at : startOfPeriod(interval, row.at);
  const { open, high, low, close, volume } = row;
  const wire = {
    symbol,
    exchange: "EGX",
    interval: interval.name,
    datetime: cairoIsoOf(startMs),
    open,
    high,
    low,
    close,
    volume,
    ingestion_timestamp: new Date(arrivedMs).toISOString(),
    final: true,
    source,
    currency,
    adjusted,
    v: schemaVersion,
  };
  try {
    const bar = parseBar(wire);
    return { ...bar, final: isFinal(bar, facts) };
  } catch (error) {
    if (!(error instanceof EgxError)) throw error;
    return { kind: "rejected", symbol, message: rejectedMessage(wire), error };
  }
}

/** Intraday, a while after its end and the delay; Daily and longer on a later date in Cairo. */
function isFinal(bar: Bar, { delaySeconds, arrivedMs }: ServiceFacts): boolean {
  const { minutes } = bar.interval;
  if (minutes === null) return periodEndDay(bar) < cairoDayOf(arrivedMs);
  return bar.startMs + minutes * 60_000 + delaySeconds * 1000 + settlingMs <= arrivedMs;
}

/** The row with all prices times a factor; null when it is not known, and so are they. */
export function scaled(row: ServiceRow, factor: number | null): ServiceRow {
  if (factor === 1) return row;
  const times = (price: number | null): number | null =>
    price === null || factor === null ? null : price * factor;
  const { open, high, low, close } = row;
  return { ...row, open: times(open), high: times(high), low: times(low), close: times(close) };
}

/** What one share of a day had become by the last of the splits. */
export function sharesAfter(splits: readonly Split[], at: number): number {
  return splits.filter(({ day }) => day > at).reduce((product, { shares }) => product * shares, 1);
}
