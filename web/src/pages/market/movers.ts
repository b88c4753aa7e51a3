import type { Quote } from "../../../../src/serve/api/market.ts";

export type MoversBy = "gainers" | "losers" | "active";

/** The symbols that traded and moved most; for `active` those with the largest turnover. */
export function movers(quotes: readonly Quote[], by: MoversBy, max: number): readonly Quote[] {
  const sign = by === "losers" ? -1 : 1;
  const worth = ({ state, changeRatio, turnover }: Quote): number => {
    if (state !== "traded") return 0;
    return by === "active" ? (turnover ?? 0) : sign * (changeRatio ?? 0);
  };
  return quotes
    .filter((quote) => worth(quote) > 0)
    .toSorted((left, right) => worth(right) - worth(left))
    .slice(0, max);
}
