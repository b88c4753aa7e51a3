import type { SimulatedSymbol } from "./simulator-universe.ts";

/** An index of the simulated exchange; its names say that it is simulated. */
export interface SimulatedIndex {
  readonly symbol: string;
  readonly nameEn: string;
  readonly nameAr: string;
  /** What it is drawn back to over months, in points. */
  readonly anchor: number;
}

/** The indices of the simulated exchange, under the tickers of the real ones. */
export const simulatedIndices: readonly SimulatedIndex[] = [
  {
    symbol: "EGX30",
    nameEn: "EGX 30 (simulated)",
    nameAr: "إي جي إكس 30 (محاكاة)",
    anchor: 38_000,
  },
  {
    symbol: "EGX70EWI",
    nameEn: "EGX 70 EWI (simulated)",
    nameAr: "إي جي إكس 70 متساوي الأوزان (محاكاة)",
    anchor: 11_500,
  },
  {
    symbol: "EGX100EWI",
    nameEn: "EGX 100 EWI (simulated)",
    nameAr: "إي جي إكس 100 متساوي الأوزان (محاكاة)",
    anchor: 15_500,
  },
];

const tickers: ReadonlySet<string> = new Set(simulatedIndices.map(({ symbol }) => symbol));

/** Whether a ticker is that of a simulated index: it has values and no shares. */
export function isSimulatedIndex(symbol: string): boolean {
  return tickers.has(symbol);
}

/**
 * How the indices behave: as the market's factor does, and a little on their own. They follow
 * `from` others in the universe.
 */
export function indexListings(from: number): readonly SimulatedSymbol[] {
  return simulatedIndices.map(({ symbol, anchor }, place) => ({
    symbol,
    index: from + place,
    sector: 0,
    anchorPrice: anchor,
    marketBeta: 1,
    sectorBeta: 0,
    ownSigma: 0.002,
    // There is a value in every minute.
    tradesPerDay: 1_000_000,
    sharesPerDay: 1,
  }));
}
