import { seededRandom, type Random } from "../base/random.ts";
import { roundToTick } from "../market/rules.ts";
import { gaussian } from "./simulator-noise.ts";

/** A made-up listing and how it behaves. */
export interface SimulatedSymbol {
  readonly symbol: string;
  /** Its place in the universe: 0 is traded most. */
  readonly index: number;
  readonly sector: number;
  /** The price that it is drawn back to over months, and the close before the first session. */
  readonly anchorPrice: number;
  /** How much of a move of the market, and of its sector, it follows. */
  readonly marketBeta: number;
  readonly sectorBeta: number;
  /** The standard deviation of a day's own move, as a share of the price. */
  readonly ownSigma: number;
  /** Trades in a usual session; some have less than one. */
  readonly tradesPerDay: number;
  /** Shares in a usual session. */
  readonly sharesPerDay: number;
}

export const sectorCount = 12;
/** Listings when nobody says how many. */
export const symbolsDefault = 230;
/** How many tickers there are to make up. */
export const symbolsMax = 720;

const firstConsonants = "BDFGKLMNRSTH";
const vowels = "AEIOU";
/** No D: ZMID is a real ticker. */
const lastConsonants = "BPFGKLMNRSTH";

/**
 * The first `count` listings of the simulated exchange. Tickers depend on the place alone; all
 * begin with Z, which next to none of the real ones does.
 */
export function simulatedUniverse(seed: string, count: number): readonly SimulatedSymbol[] {
  return Array.from({ length: count }, (_, index) => listing(seed, index, count));
}

/**
 * Listings under tickers that are real, each behaving as its ticker and the seed say: they follow
 * `from` others in the universe.
 */
export function lentListings(
  seed: string,
  tickers: readonly string[],
  from: number,
): readonly SimulatedSymbol[] {
  return tickers.map((symbol, place) => {
    const random = seededRandom(`${seed}/lent/${symbol}`);
    return { ...behaviour(random, 230 * random.next()), symbol, index: from + place };
  });
}

function listing(seed: string, index: number, count: number): SimulatedSymbol {
  const random = seededRandom(`${seed}/listing/${index}`);
  return { ...behaviour(random, (index / count) * 230), symbol: ticker(index), index };
}

/** How a listing behaves: from thousands of trades a day (rank 0) to one in a day or two (230). */
function behaviour(random: Random, rank: number): Omit<SimulatedSymbol, "symbol" | "index"> {
  const tradesPerDay = (4000 * Math.exp(-rank / 28) + 0.4) * (0.6 + 0.8 * random.next());
  const anchorPrice = roundToTick(0.4 * Math.exp(6.4 * random.next()));
  const tradeValue = 8_000 + 17_000 * random.next();
  return {
    sector: Math.floor(random.next() * sectorCount),
    anchorPrice,
    marketBeta: 0.5 + random.next(),
    sectorBeta: 0.4 + 0.8 * random.next(),
    ownSigma: 0.012 + 0.01 * random.next() + 0.003 * Math.abs(gaussian(random)),
    tradesPerDay,
    sharesPerDay: Math.max(1, (tradesPerDay * tradeValue) / anchorPrice),
  };
}

function ticker(index: number): string {
  // A stride without a common factor visits every place once and sets neighbours apart.
  const place = (index * 271 + 97) % symbolsMax;
  const [first, middle, last] = [place % 12, Math.floor(place / 12) % 5, Math.floor(place / 60)];
  return `Z${firstConsonants.charAt(first)}${vowels.charAt(middle)}${lastConsonants.charAt(last)}`;
}
