import type { LogRecord } from "../../log/log.ts";
import { barDate, type Bar } from "../../market/bar.ts";
import { decodeMessage } from "../../market/codec.ts";
import type { BarEvent } from "../api/events.ts";
import { isoOf } from "../data/iso.ts";
import type { LiveBar } from "./bar-ring.ts";

/** The bar of a record, ready to be sent; null for one that is no valid bar. */
export function liveBarOf(
  record: LogRecord,
  place: { readonly logId: string; readonly partition: number },
): LiveBar | null {
  const decoded = decodeMessage(record.value);
  if (!decoded.ok) return null;
  const { bar } = decoded;
  const { logId, partition } = place;
  const event = eventOf(bar, `${logId}/${partition}:${record.offset}`);
  return {
    partition,
    offset: record.offset,
    symbol: bar.symbol,
    interval: bar.interval.code,
    startMs: bar.startMs,
    data: JSON.stringify(event),
  };
}

function eventOf(bar: Bar, offset: string): BarEvent {
  const { symbol, open, high, low, close, volume, final, source, currency, adjusted } = bar;
  return {
    symbol,
    interval: bar.interval.code,
    time: isoOf(bar.startMs),
    date: barDate(bar),
    open,
    high,
    low,
    close,
    volume,
    final,
    source,
    currency,
    adjusted,
    received: isoOf(bar.ingestedMs),
    offset,
  };
}
