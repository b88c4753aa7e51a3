import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { cairoDayOf } from "../../src/market/cairo-time.ts";
import { parseDateTime } from "../../src/market/date-time.ts";
import { startOfPeriod } from "../../src/market/bar.ts";
import { intervalByCode } from "../../src/market/interval.ts";
import type { Seen } from "../../src/quality/market-days.ts";
import type { SilverBar, SilverSeries } from "../../src/quality/silver-bar.ts";

const dayMs = 86_400_000;
const daily = intervalByCode("1d");

/**
 * The series of a file of real bars (`symbol,date|ts_utc,open,high,low,close,volume`), as if each
 * bar had come a day after it began.
 */
export function realSeries(path: string, from = "1990-01-01"): readonly SilverSeries[] {
  const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split("\n").slice(1);
  const series = new Map<string, SilverBar[]>();
  for (const line of lines) {
    const [symbol = "", time = "", open, high, low, close, volume] = line.split(",");
    if (time < from) continue;
    const bars = series.get(symbol) ?? [];
    series.set(symbol, bars);
    const startMs = startOf(time);
    bars.push({
      startMs,
      open: numberOf(open),
      high: numberOf(high),
      low: numberOf(low),
      close: numberOf(close) ?? 0,
      volume: numberOf(volume),
      final: true,
      ingestedMs: startMs + dayMs,
      suspect: 0,
      origin: null,
      object: "",
    });
  }
  return Array.from(series, ([symbol, bars]) => ({
    exchange: "EGX",
    symbol,
    bars: bars.toSorted((left, right) => left.startMs - right.startMs),
  }));
}

/** What a market of series says of itself. */
export function factsOf(market: readonly SilverSeries[]): {
  readonly seen: readonly Seen[];
  readonly present: ReadonlyMap<number, number>;
  readonly times: readonly number[];
} {
  const present = new Map<number, number>();
  const seen = market.flatMap(({ exchange, symbol, bars }) => {
    const days = [...new Set(bars.map((bar) => cairoDayOf(bar.startMs)))];
    for (const day of days) present.set(day, (present.get(day) ?? 0) + 1);
    const [first] = days;
    const last = days.at(-1);
    return first === undefined || last === undefined ? [] : [{ exchange, symbol, first, last }];
  });
  const times = new Set(market.flatMap(({ bars }) => bars.map(({ startMs }) => startMs)));
  return { seen, present, times: [...times].toSorted((left, right) => left - right) };
}

function startOf(time: string): number {
  if (time.length > 10) return parseDateTime(time, "utc")?.startMs ?? 0;
  const day = parseDateTime(time)?.day;
  if (daily === undefined || day === undefined) throw new Error(`no time: ${time}`);
  return startOfPeriod(daily, day);
}

function numberOf(text: string | undefined): number | null {
  return text === undefined || text === "" ? null : Number(text);
}
