import { EgxError } from "../../base/errors.ts";
import { barStartMs, type Adjustment, type Bar } from "../../market/bar.ts";
import { cairoIsoOf } from "../../market/cairo-time.ts";
import { parseBar, rejectedMessage, schemaVersion } from "../../market/codec.ts";
import type { Interval } from "../../market/interval.ts";
import { isSymbol } from "../../market/symbol.ts";
import type { FeedEvent } from "../feed.ts";
import type { SymbolInfo } from "./messages.ts";

export type RejectedEvent = Extract<FeedEvent, { readonly kind: "rejected" }>;
/** `[time, open, high, low, close, volume?]`, not checked yet; time is the start in seconds. */
export type Row = readonly unknown[];

/** What the bars of a series have in common. */
export interface SeriesFacts {
  readonly symbol: string;
  readonly exchange: string;
  readonly interval: Interval;
  readonly adjusted: Adjustment;
  readonly info: SymbolInfo;
  /** Seconds by which the series lags the market. */
  readonly delaySeconds: number;
}

/** When rows came, epoch milliseconds. */
export interface Arrival {
  /** By the feed's clock: says what is final. */
  readonly serverMs: number;
  /** By the host's clock: stamps the bar. */
  readonly hostMs: number;
}

/** A bar's close, the delay and this must have passed: the feed sends the last trades late. */
const settlingMs = 60_000;
/** Larger times are none of a bar, and overflow dates. */
const secondsMax = 1e10;
/** EGX on this feed, when the feed does not say. */
export const usualDelaySeconds = 900;
const endOfDayDelaySeconds = 86_400;

/** Seconds by which a series lags the market, by its update mode `delayed_streaming_900`. */
export function delayOfMode(updateMode: string): number {
  if (updateMode === "streaming") return 0;
  if (updateMode === "endofday") return endOfDayDelaySeconds;
  const [, seconds] = /^delayed_streaming_(\d{1,6})$/.exec(updateMode) ?? [];
  return seconds === undefined ? usualDelaySeconds : Number(seconds);
}

/**
 * The bars of rows, ascending; of two with one start, the later row. Rows without any price are
 * left out, and so is today's bar while it is a placeholder without volume.
 */
export function barsOf(
  rows: Iterable<Row>,
  facts: SeriesFacts,
  arrival: Arrival,
): { readonly bars: readonly Bar[]; readonly rejected: readonly RejectedEvent[] } {
  const bars = new Map<number, Bar>();
  const rejected: RejectedEvent[] = [];
  for (const row of rows) {
    const bar = barOf(row, facts, arrival);
    if (bar === null) continue;
    if ("kind" in bar) rejected.push(bar);
    else bars.set(bar.startMs, bar);
  }
  return {
    bars: [...bars.values()].toSorted((one, other) => one.startMs - other.startMs),
    rejected,
  };
}

/** The bar of one row, why it is none, or null for a row that says nothing. */
function barOf(row: Row, facts: SeriesFacts, arrival: Arrival): Bar | RejectedEvent | null {
  const [time, open, high, low, close, volume] = cells(row);
  if ([open, high, low, close].every((value) => value === null)) return null;
  const startMs = startOf(time, facts.interval);
  if (startMs !== null && isPlaceholder(startMs, volume, facts, arrival)) return null;
  const wire = {
    symbol: facts.symbol,
    exchange: facts.exchange,
    interval: facts.interval.name,
    datetime: startMs === null ? String(time) : cairoIsoOf(startMs),
    open,
    high,
    low,
    close,
    volume,
    ingestion_timestamp: new Date(arrival.hostMs).toISOString(),
    final: startMs !== null && isFinal(startMs, facts, arrival.serverMs),
    source: "tradingview",
    currency: facts.info.currency ?? "EGP",
    adjusted: facts.adjusted,
    v: schemaVersion,
  };
  try {
    return parseBar(wire);
  } catch (error) {
    if (!(error instanceof EgxError)) throw error;
    const symbol = isSymbol(facts.symbol) ? facts.symbol : null;
    return { kind: "rejected", symbol, message: rejectedMessage(wire), error };
  }
}

/**
 * Whether a bar can no longer change, by the feed's clock. Intraday, a while after its close and
 * the feed's delay; Daily and longer on a later Cairo date than all of its own, since the day's
 * bar was seen to be missing 44 minutes after the close.
 */
export function isFinal(
  startMs: number,
  facts: Pick<SeriesFacts, "interval" | "delaySeconds">,
  serverMs: number,
): boolean {
  const dueMs = finalFromMs(startMs, facts);
  return dueMs === null ? barStartMs(facts.interval, serverMs) > startMs : serverMs >= dueMs;
}

/** When an intraday bar becomes final by the feed's clock, epoch milliseconds; else null. */
export function finalFromMs(
  startMs: number,
  { interval, delaySeconds }: Pick<SeriesFacts, "interval" | "delaySeconds">,
): number | null {
  if (interval.minutes === null) return null;
  return startMs + interval.minutes * 60_000 + delaySeconds * 1000 + settlingMs;
}

/** The start of the bar of a row, epoch milliseconds; null when the row has no such time. */
export function startOf(time: unknown, interval: Interval): number | null {
  if (typeof time !== "number" || !(Math.abs(time) < secondsMax)) return null;
  return barStartMs(interval, Math.round(time * 1000));
}

/** After the close the feed may show a bar of today without volume, and take it back by morning. */
function isPlaceholder(
  startMs: number,
  volume: unknown,
  { interval, info }: SeriesFacts,
  { serverMs }: Arrival,
): boolean {
  if (interval.intraday || (volume !== null && volume !== 0)) return false;
  const hasVolume = info.type !== "index" && (info.plots ?? "ohlcv").includes("v");
  return hasVolume && barStartMs(interval, serverMs) === startMs;
}

/** Time, prices and volume; null for what is absent or 1e+100, as the feed writes "no value". */
function cells(row: Row): readonly unknown[] {
  return Array.from({ length: 6 }, (_, place) => {
    const value = row[place] ?? null;
    return typeof value === "number" && Math.abs(value) >= 1e100 ? null : value;
  });
}
