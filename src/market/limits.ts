/** Which list a share trades on; the market of small and medium companies was NILEX before. */
export type Market = "main" | "sme";

/** How far prices may go, and when trading stops, from a date on. */
export interface TradingLimits {
  /** `2021-09-05`. */
  readonly since: string;
  /** How far a day's price may lie from the previous close, as a share of it. */
  readonly priceShare: Readonly<Record<Market, number>>;
  /** A share rests when it has moved this far; null where nothing is known. */
  readonly halt: { readonly share: number; readonly minutes: number } | null;
  /** The market rests when the broad index has fallen this far; null is the rest of the session. */
  readonly marketHalts: readonly { readonly share: number; readonly minutes: number | null }[];
  readonly source: string;
}

const before2011: TradingLimits = {
  since: "1990-01-01",
  priceShare: { main: 0.2, sme: 0.05 },
  halt: null,
  marketHalts: [],
  source: "gulfnews.com, July 2014: 20 % before 2011",
};

/**
 * The oldest first. A share's move is measured since September 2021 by the moving average price
 * against the previous close. First days of a listing and days of some corporate actions had no
 * limit, which is not known here.
 */
const limits: readonly TradingLimits[] = [
  {
    // The first session after the revolution.
    since: "2011-03-23",
    priceShare: { main: 0.1, sme: 0.05 },
    halt: { share: 0.05, minutes: 10 },
    marketHalts: [
      { share: 0.05, minutes: 30 },
      { share: 0.1, minutes: null },
    ],
    source: "Reuters, 17 March 2020; feas.org, 24 March 2020",
  },
  {
    since: "2021-09-05",
    priceShare: { main: 0.2, sme: 0.1 },
    halt: { share: 0.1, minutes: 10 },
    marketHalts: [
      { share: 0.1, minutes: 30 },
      { share: 0.2, minutes: null },
    ],
    source:
      "Reuters, 1 August 2021; feas.org, 2 August 2021; efghermes.com; arabfinance.com/545674",
  },
];

/** The limits in force on a Cairo date, `2025-11-24`. */
export function limitsOn(date: string): TradingLimits {
  return limits.findLast(({ since }) => since <= date) ?? before2011;
}
