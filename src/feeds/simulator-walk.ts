import { invariant } from "../base/errors.ts";
import { seededRandom, type Random } from "../base/random.ts";
import { priceLimits, roundToTick } from "../market/rules.ts";
import { isSimulatedIndex } from "./simulator-indices.ts";
import { gaussian, heavyTailed } from "./simulator-noise.ts";
import { sectorCount, type SimulatedSymbol } from "./simulator-universe.ts";

/** What one session does to each symbol, by the symbol's index. */
export interface DayState {
  /** The closes of the session before. */
  readonly bases: Float64Array;
  readonly closes: Float64Array;
  /** 1 where the symbol is traded in the session; elsewhere the close stays. */
  readonly traded: Uint8Array;
}

const marketSigma = 0.009;
const sectorSigma = 0.007;
/** The share of its distance from the anchor price that a symbol makes up in a day. */
const pull = 0.004;

/**
 * Closes from session to session, walked from the first one of all, so that each session begins
 * where the one before it ended. A session costs one short step; its minutes are made elsewhere,
 * and only when they are asked for.
 */
export class MarketWalk {
  readonly #seed: string;
  readonly #universe: readonly SimulatedSymbol[];
  readonly #dateOf: (place: number) => string;
  readonly #states: DayState[] = [];

  /** `dateOf` names the date of the session at a place, counting from 0. */
  constructor(
    seed: string,
    universe: readonly SimulatedSymbol[],
    dateOf: (place: number) => string,
  ) {
    this.#seed = seed;
    this.#universe = universe;
    this.#dateOf = dateOf;
  }

  /** The state of the session at a place. */
  at(place: number): DayState {
    while (this.#states.length <= place) this.#states.push(this.#next());
    const state = this.#states[place];
    invariant(state !== undefined, `the walk has no session ${place}`);
    return state;
  }

  #next(): DayState {
    const date = this.#dateOf(this.#states.length);
    const random = seededRandom(`${this.#seed}/day/${date}`);
    const before = this.#states.at(-1)?.closes;
    const bases = before ?? Float64Array.from(this.#universe, (symbol) => symbol.anchorPrice);
    const market = marketSigma * heavyTailed(random);
    const sectors = Array.from({ length: sectorCount }, () => sectorSigma * gaussian(random));
    const closes = Float64Array.from(bases);
    const traded = new Uint8Array(bases.length);
    for (const symbol of this.#universe) {
      // Drawn for each symbol, traded or not, so that none depends on the fate of another.
      const draws = isSimulatedIndex(symbol.symbol) ? this.#drawsOf(symbol, date) : random;
      const own = symbol.ownSigma * heavyTailed(draws);
      if (!isTraded(symbol, draws)) continue;
      const base = bases[symbol.index] ?? symbol.anchorPrice;
      const move =
        symbol.marketBeta * market +
        symbol.sectorBeta * (sectors[symbol.sector] ?? 0) +
        own -
        pull * Math.log(base / symbol.anchorPrice);
      traded[symbol.index] = 1;
      closes[symbol.index] = closeAfter(base, move);
    }
    return { bases, closes, traded };
  }

  /** An index's own: how many listings come before it says nothing of it. */
  #drawsOf({ symbol }: SimulatedSymbol, date: string): Random {
    return seededRandom(`${this.#seed}/day/${date}/${symbol}`);
  }
}

function isTraded(symbol: SimulatedSymbol, random: Random): boolean {
  return random.next() < 1 - Math.exp(-symbol.tradesPerDay);
}

function closeAfter(base: number, move: number): number {
  const { low, high } = priceLimits(base);
  return Math.min(high, Math.max(low, roundToTick(base * Math.exp(move))));
}
