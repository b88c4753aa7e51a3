import { startOfPeriod, type Bar } from "../market/bar.ts";
import type { Interval } from "../market/interval.ts";
import { isSimulatedIndex } from "./simulator-indices.ts";
import type { Candle, SessionPhases } from "./simulator-session.ts";

/** Seconds by which a simulated bar reaches us after what it tells of. */
export const simulatorDelaySeconds = 1;

const msPerMinute = 60_000;

/** Prices and shares of a stretch of a session. */
export type Prices = Pick<Candle, "open" | "high" | "low" | "close" | "volume">;

/** A bar's stretch of a session, in minutes since the opening. */
export interface Bucket {
  /** Before 0 when the bar began before the opening. */
  readonly start: number;
  /** Its last minute's end, or the session's. */
  readonly end: number;
}

/** Makes the bars of one interval of one session. */
export class SessionBars {
  readonly #interval: Interval;
  readonly #phases: SessionPhases;
  /** Minutes from the last full hour to the opening; bars begin at full hours and parts of them. */
  readonly #openingMinute: number;
  readonly #startMs: number;

  constructor(interval: Interval, phases: SessionPhases) {
    this.#interval = interval;
    this.#phases = phases;
    this.#openingMinute = Math.floor(phases.openMs / msPerMinute) % 60;
    this.#startMs = interval.intraday ? phases.openMs : startOfPeriod(interval, phases.day);
  }

  bucketOf(minute: number): Bucket {
    const { end } = this.#phases;
    const length = this.#interval.minutes;
    if (length === null) return { start: 0, end };
    const offset = this.#openingMinute;
    const start = Math.floor((minute + offset) / length) * length - offset;
    return { start, end: Math.min(start + length, end) };
  }

  /** The bars of a symbol's candles, final ones. */
  *finals(symbol: string, candles: readonly Candle[]): Generator<Bar> {
    let bucket: Bucket | null = null;
    let prices: Prices | null = null;
    for (const candle of candles) {
      if (bucket !== null && prices !== null && candle.minute >= bucket.end) {
        yield this.final(symbol, bucket, prices);
        prices = null;
      }
      bucket = prices === null || bucket === null ? this.bucketOf(candle.minute) : bucket;
      prices = merged(prices, candle);
    }
    if (bucket !== null && prices !== null) yield this.final(symbol, bucket, prices);
  }

  final(symbol: string, bucket: Bucket, prices: Prices): Bar {
    return this.#bar(symbol, bucket, prices, { atMs: bucket.end * msPerMinute, final: true });
  }

  /** A bar as it is `atMs` after the opening. */
  forming(symbol: string, bucket: Bucket, state: { prices: Prices; atMs: number }): Bar {
    return this.#bar(symbol, bucket, state.prices, { atMs: state.atMs, final: false });
  }

  #bar(
    symbol: string,
    bucket: Bucket,
    prices: Prices,
    at: { readonly atMs: number; readonly final: boolean },
  ): Bar {
    const { open, high, low, close, volume } = prices;
    return {
      symbol,
      exchange: "EGX",
      interval: this.#interval,
      startMs: this.#startMs + (this.#interval.intraday ? bucket.start * msPerMinute : 0),
      open,
      high,
      low,
      close,
      volume: isSimulatedIndex(symbol) ? null : volume,
      ingestedMs: this.#phases.openMs + at.atMs + simulatorDelaySeconds * 1000,
      final: at.final,
      source: "simulator",
      currency: "EGP",
      adjusted: "none",
    };
  }
}

/** Two stretches, one after the other, as one. */
export function merged(before: Prices | null, after: Prices): Prices {
  if (before === null) return after;
  return {
    open: before.open,
    high: Math.max(before.high, after.high),
    low: Math.min(before.low, after.low),
    close: after.close,
    volume: before.volume + after.volume,
  };
}

/**
 * How a candle looked while it formed, as often as it says: its open alone, then with one
 * extreme, with both, and as it ended.
 */
export function formingStates(candle: Candle): readonly Prices[] {
  const { open, high, low, close, volume, updates } = candle;
  const share = (part: number): number => Math.max(1, Math.floor((volume * part) / updates));
  // A bar that ends lower than it began has often risen first.
  const rises = close < open;
  const one = { high: rises ? high : open, low: rises ? open : low, close: rises ? high : low };
  const states = [
    { open, high: open, low: open, close: open, volume: share(1) },
    { open, ...one, volume: share(2) },
    { open, high, low, close: rises ? low : high, volume: share(3) },
  ];
  return [...states.slice(0, updates - 1), { open, high, low, close, volume }];
}
