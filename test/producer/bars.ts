import type { FeedEvent } from "../../src/feeds/feed.ts";
import type { Bar } from "../../src/market/bar.ts";
import { parseInterval, type Interval } from "../../src/market/interval.ts";

export const oneMinute: Interval = parseInterval("1m");

const firstMs = Date.UTC(2025, 10, 24, 8);

/** A final one-minute bar of COMI, so many minutes after 10:00 in Cairo on 2025-11-24. */
export function barAt(minute: number, changes: Partial<Bar> = {}): Bar {
  return {
    symbol: "COMI",
    exchange: "EGX",
    interval: oneMinute,
    startMs: firstMs + minute * 60_000,
    open: 81,
    high: 82,
    low: 80,
    close: 81.5,
    volume: 1000,
    ingestedMs: firstMs + minute * 60_000 + 1000,
    final: true,
    source: "tradingview",
    currency: "EGP",
    adjusted: "splits",
    ...changes,
  };
}

/** An event of these bars. */
export function barsEvent(...bars: readonly Bar[]): FeedEvent {
  return { kind: "bars", bars };
}
