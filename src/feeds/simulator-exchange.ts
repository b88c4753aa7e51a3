import { EgxError } from "../base/errors.ts";
import type { Calendar } from "../market/calendar.ts";
import { SimulatedCalendar } from "./simulator-calendar.ts";
import { indexListings } from "./simulator-indices.ts";
import {
  sessionCandles,
  sessionFactors,
  type Candle,
  type SessionFactors,
  type SessionPhases,
} from "./simulator-session.ts";
import {
  lentListings,
  simulatedUniverse,
  symbolsMax,
  type SimulatedSymbol,
} from "./simulator-universe.ts";
import { MarketWalk, type DayState } from "./simulator-walk.ts";

/** One session of the simulated exchange. */
export interface SimulatedSession {
  readonly phases: SessionPhases;
  /** The minutes of one symbol; see {@link sessionCandles}. */
  candles(symbol: SimulatedSymbol): readonly Candle[];
}

/** What a simulated exchange has beside its own listings, which none of it changes. */
export interface BesideListings {
  /** Real tickers that are simulated, too. */
  readonly lent: readonly string[];
  readonly indices: boolean;
}

/** The simulated exchange: everything about it follows from a seed and a number of symbols. */
export class SimulatedExchange {
  readonly calendar: SimulatedCalendar;
  readonly universe: readonly SimulatedSymbol[];
  readonly #seed: string;
  readonly #walk: MarketWalk;

  /** @throws E_USAGE when there are no tickers for so many symbols. */
  constructor(
    seed: string,
    symbols: number,
    calendar: Calendar,
    { lent, indices }: BesideListings = { lent: [], indices: false },
  ) {
    if (!Number.isInteger(symbols) || symbols < 1 || symbols > symbolsMax) {
      throw new EgxError("E_USAGE", `${symbols} symbols cannot be simulated, only 1-${symbolsMax}`);
    }
    this.#seed = seed;
    this.calendar = new SimulatedCalendar(calendar);
    const listings = [...simulatedUniverse(seed, symbols), ...lentListings(seed, lent, symbols)];
    this.universe = indices ? [...listings, ...indexListings(listings.length)] : listings;
    this.#walk = new MarketWalk(seed, this.universe, (place) => this.calendar.dateOf(place));
  }

  /** The session at a place of the calendar. */
  session(place: number): SimulatedSession {
    const phases = this.calendar.phases(place);
    const state: DayState = this.#walk.at(place);
    const factors: SessionFactors = sessionFactors(this.#seed, phases);
    const candles = (symbol: SimulatedSymbol): readonly Candle[] =>
      sessionCandles(this.#seed, { symbol, phases, factors, state });
    return { phases, candles };
  }
}
