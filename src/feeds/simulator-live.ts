import type { Bar } from "../market/bar.ts";
import type { Interval } from "../market/interval.ts";
import { formingStates, merged, SessionBars, type Bucket, type Prices } from "./simulator-bars.ts";
import type { SimulatedSession } from "./simulator-exchange.ts";
import type { Candle } from "./simulator-session.ts";
import type { SimulatedSymbol } from "./simulator-universe.ts";

/** The bars that change, or end, at one moment of a session. */
export interface Tick {
  /** Milliseconds since the opening. */
  readonly atMs: number;
  readonly bars: readonly Bar[];
}

/** Bars are seen to change at these steps. */
const tickSeconds = 5;
const ticksPerMinute = 60 / tickSeconds;
const tickMs = tickSeconds * 1000;

/**
 * A session as it goes: each bar several times while it forms (one of a minute up to four times,
 * longer ones once a minute in which they trade), and once when it is final, as its interval ends.
 */
export function* sessionTicks(
  session: SimulatedSession,
  symbols: readonly SimulatedSymbol[],
  interval: Interval,
): Generator<Tick> {
  const bars = new SessionBars(interval, session.phases);
  const tapes = symbols.map((symbol) => new SymbolTape(symbol, session.candles(symbol), bars));
  for (let minute = 0; minute < session.phases.end; minute += 1) {
    const ticks = Array.from({ length: ticksPerMinute }, (): Bar[] => []);
    for (const tape of tapes) tape.play(minute, interval.minutes === 1, ticks);
    for (const [index, changed] of ticks.entries()) {
      const atMs = minute * 60_000 + (index + 1) * tickMs;
      if (changed.length > 0) yield { atMs, bars: changed };
    }
  }
}

/** One symbol's session, minute by minute. */
class SymbolTape {
  readonly #symbol: SimulatedSymbol;
  readonly #candles: readonly Candle[];
  readonly #bars: SessionBars;
  #next = 0;
  #bucket: Bucket | null = null;
  #prices: Prices | null = null;

  constructor(symbol: SimulatedSymbol, candles: readonly Candle[], bars: SessionBars) {
    this.#symbol = symbol;
    this.#candles = candles;
    this.#bars = bars;
  }

  /** Puts what this minute brings into `ticks`. */
  play(minute: number, eachChange: boolean, ticks: readonly Bar[][]): void {
    const candle = this.#candles[this.#next];
    if (candle?.minute === minute) {
      this.#next += 1;
      this.#form(candle, eachChange, ticks);
    }
    if (this.#bucket === null || this.#prices === null || this.#bucket.end > minute + 1) return;
    ticks.at(-1)?.push(this.#bars.final(this.#symbol.symbol, this.#bucket, this.#prices));
    this.#bucket = null;
    this.#prices = null;
  }

  #form(candle: Candle, eachChange: boolean, ticks: readonly Bar[][]): void {
    const { symbol, index } = this.#symbol;
    const bucket = (this.#bucket ??= this.#bars.bucketOf(candle.minute));
    const states = eachChange ? formingStates(candle) : [merged(this.#prices, candle)];
    for (const [place, prices] of states.entries()) {
      // Between the first and the last but one tick; neighbours do not change all at once.
      const tick = Math.ceil(((ticksPerMinute - 1) * (place + 1)) / states.length) - (index % 2);
      const atMs = candle.minute * 60_000 + tick * tickMs;
      ticks[tick - 1]?.push(this.#bars.forming(symbol, bucket, { prices, atMs }));
      this.#prices = prices;
    }
  }
}
