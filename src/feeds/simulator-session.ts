import { seededRandom, type Random } from "../base/random.ts";
import { priceLimits, roundToTick } from "../market/rules.ts";
import { bridge } from "./simulator-noise.ts";
import { sectorCount, type SimulatedSymbol } from "./simulator-universe.ts";
import type { DayState } from "./simulator-walk.ts";

/** The phases of a session, in minutes since its opening. */
export interface SessionPhases {
  /** Days since 1970-01-01. */
  readonly day: number;
  /** The same date, `2025-11-24`. */
  readonly date: string;
  /** Epoch milliseconds. */
  readonly openMs: number;
  /** Continuous trading lasts for the minutes [0, continuousEnd). */
  readonly continuousEnd: number;
  /**
   * The minute of the closing auction's print; trading at the close lasts from it to `end`. Null
   * before there was an auction.
   */
  readonly auctionPrint: number | null;
  readonly end: number;
}

/** What one symbol did in one minute. */
export interface Candle {
  /** Since the opening. */
  readonly minute: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** How often it was seen to change while it formed, 1-4. */
  readonly updates: number;
}

/** Minute by minute, what all symbols of a session have in common. */
export interface SessionFactors {
  readonly market: Float64Array;
  readonly sectors: readonly Float64Array[];
  /** The share of a day's continuous trading that falls into each minute. */
  readonly weights: Float64Array;
}

/** A move from the base price that stops trading, and the minutes that it stops for. */
const haltMove = 0.1;
const haltMinutes = 10;
/** Of a day's shares: in the auction, and in each minute of trading at the close. */
const auctionShare = 0.12;
const atCloseShare = 0.003;

/** The factors of a session. */
export function sessionFactors(seed: string, phases: SessionPhases): SessionFactors {
  const random = seededRandom(`${seed}/factors/${phases.date}`);
  const steps = phases.continuousEnd;
  return {
    market: bridge(random, steps, 0.004),
    sectors: Array.from({ length: sectorCount }, () => bridge(random, steps, 0.003)),
    weights: minuteWeights(steps),
  };
}

/** Much at the opening, much before the close, little between; a burst in the first minute. */
function minuteWeights(steps: number): Float64Array {
  const weights = Float64Array.from(
    { length: steps },
    (_, minute) => 1 + 2.2 * Math.exp(-minute / 12) + 1.2 * Math.exp((minute - steps) / 18),
  );
  weights[0] = (weights[0] ?? 0) * 4;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** What a session is for one symbol. */
export interface SymbolDay {
  readonly symbol: SimulatedSymbol;
  readonly phases: SessionPhases;
  readonly factors: SessionFactors;
  readonly state: DayState;
}

/**
 * The minutes of one symbol in one session, those without a trade left out; empty when it was not
 * traded. The last one closes at the day's close. Depends on the seed, the symbol and the date.
 */
export function sessionCandles(seed: string, day: SymbolDay): readonly Candle[] {
  const { symbol, state, phases } = day;
  if (state.traded[symbol.index] !== 1) return [];
  return new SymbolSession(seededRandom(`${seed}/minutes/${phases.date}/${symbol.symbol}`), day)
    .continuous()
    .closing();
}

class SymbolSession {
  readonly #random: Random;
  readonly #day: SymbolDay;
  readonly #base: number;
  readonly #close: number;
  readonly #limits: { readonly low: number; readonly high: number };
  /** Shares that go round in the day's continuous trading. */
  readonly #shares: number;
  readonly #candles: Candle[] = [];
  #halted = false;

  constructor(random: Random, day: SymbolDay) {
    const { symbol, state } = day;
    this.#random = random;
    this.#day = day;
    this.#base = state.bases[symbol.index] ?? symbol.anchorPrice;
    this.#close = state.closes[symbol.index] ?? this.#base;
    this.#limits = priceLimits(this.#base);
    const move = Math.abs(this.#close / this.#base - 1);
    this.#shares = symbol.sharesPerDay * (0.5 + random.next()) * (1 + 12 * move);
  }

  continuous(): this {
    const { symbol, phases, factors } = this.#day;
    const path = this.#path();
    let last = this.#price(path[0] ?? 0);
    let resumes = 0;
    for (let minute = 0; minute < phases.continuousEnd; minute += 1) {
      const chance = 1 - Math.exp(-symbol.tradesPerDay * (factors.weights[minute] ?? 0));
      if (minute < resumes || this.#random.next() >= chance) continue;
      const open = this.#follows(minute) ? last : this.#price(path[minute] ?? 0);
      const candle = this.#candle(minute, open, this.#price(path[minute + 1] ?? 0), chance);
      this.#candles.push(candle);
      last = candle.close;
      if (this.#stops(candle)) resumes = minute + 1 + haltMinutes;
    }
    return this;
  }

  /** The auction's print and the trading at the close, or a last trade in their place. */
  closing(): readonly Candle[] {
    const { auctionPrint, end } = this.#day.phases;
    const trades = this.#day.symbol.tradesPerDay;
    if (auctionPrint === null || this.#random.next() < Math.exp(-trades / 20)) {
      this.#lastTrade();
      return this.#candles;
    }
    this.#candles.push(this.#atClose(auctionPrint, auctionShare));
    for (let minute = auctionPrint + 1; minute < end; minute += 1) {
      if (this.#random.next() < Math.exp(-trades / 200)) continue;
      this.#candles.push(this.#atClose(minute, atCloseShare));
    }
    return this.#candles;
  }

  /**
   * Logarithms of the price over the base, from the opening gap to the day's close: the factors'
   * and the symbol's own wandering around the straight line between them.
   */
  #path(): Float64Array {
    const { symbol, phases, factors } = this.#day;
    const steps = phases.continuousEnd;
    const path = bridge(this.#random, steps, symbol.ownSigma * 0.45);
    const target = Math.log(this.#close / this.#base);
    const gap = target * 0.6 * this.#random.next();
    const sector = factors.sectors[symbol.sector];
    for (let index = 0; index <= steps; index += 1) {
      path[index] =
        (path[index] ?? 0) +
        gap +
        ((target - gap) * index) / steps +
        symbol.marketBeta * (factors.market[index] ?? 0) +
        symbol.sectorBeta * (sector?.[index] ?? 0);
    }
    return path;
  }

  #candle(minute: number, open: number, close: number, chance: number): Candle {
    const { symbol, factors } = this.#day;
    // Busy minutes reach further beyond their open and close than those of a trade or two.
    const reach = symbol.ownSigma * 0.06 * chance;
    const high = this.#tick(Math.max(open, close) * (1 + reach * this.#random.next()));
    const low = this.#tick(Math.min(open, close) * (1 - reach * this.#random.next()));
    const expected = (this.#shares * (factors.weights[minute] ?? 0)) / chance;
    const volume = Math.max(1, Math.round(expected * (0.25 + 1.5 * this.#random.next())));
    return { minute, open, high, low, close, volume, updates: Math.ceil(4 * chance) };
  }

  /** A minute in which everybody trades at the day's close. */
  #atClose(minute: number, share: number): Candle {
    const close = this.#close;
    const volume = Math.ceil(this.#shares * share * (0.5 + this.#random.next()));
    return { minute, open: close, high: close, low: close, close, volume, updates: 1 };
  }

  /** Without an auction, the last trade of the day is its close. */
  #lastTrade(): void {
    const last = this.#candles.pop();
    const close = this.#close;
    if (last === undefined) {
      const minute = Math.floor(this.#random.next() * this.#day.phases.continuousEnd);
      this.#candles.push(this.#atClose(minute, 1));
      return;
    }
    const [high, low] = [Math.max(last.high, close), Math.min(last.low, close)];
    this.#candles.push({ ...last, high, low, close });
  }

  /** Whether a minute goes on from the price of the one before it. */
  #follows(minute: number): boolean {
    return this.#candles.length === 0 || this.#candles.at(-1)?.minute === minute - 1;
  }

  /** Whether a candle stops trading: once a day, at the first price that far from the base. */
  #stops(candle: Candle): boolean {
    if (this.#halted) return false;
    const { high, low } = candle;
    this.#halted = high >= this.#base * (1 + haltMove) || low <= this.#base * (1 - haltMove);
    return this.#halted;
  }

  #price(logarithm: number): number {
    return this.#tick(this.#base * Math.exp(logarithm));
  }

  /** The nearest price that is on a tick and within the day's limits. */
  #tick(price: number): number {
    return Math.min(this.#limits.high, Math.max(this.#limits.low, roundToTick(price)));
  }
}
