import type { Adjustment } from "../market/bar.ts";
import { sourceKind } from "../market/bar.ts";

/** Which source and which adjustment silver's `bars` prefers. */
export interface SourceRank {
  /** Kinds of source, best first; those of one group are equals. Unknown kinds come last. */
  readonly sources: readonly (readonly string[])[];
  /** Adjustments, best first. Those not named come last. */
  readonly adjusted: readonly Adjustment[];
}

/**
 * Live feeds before history that was bought, before files, before what is known to be inexact;
 * prices adjusted for splits before raw ones, since a raw history jumps at every split.
 */
export const defaultSourceRank: SourceRank = {
  sources: [["tradingview"], ["eodhd"], ["kaggle", "csv"], ["yahoo"], ["simulator"]],
  adjusted: ["splits", "dividends", "none"],
};

/** All bars of one symbol and interval that one source gave with one adjustment. */
export interface Series {
  readonly exchange: string;
  readonly symbol: string;
  readonly source: string;
  readonly adjusted: string;
  /** Bars, each counted once however many revisions it has. */
  readonly bars: number;
}

/**
 * The series that `bars` takes: the source's rank decides, then the adjustment's, then the number
 * of bars, then the source's name. The answer depends on the set alone, never on its order.
 */
export function bestSeries<S extends Series>(series: readonly S[], rank: SourceRank): S | null {
  let best: S | null = null;
  for (const candidate of series) {
    if (best === null || compareSeries(candidate, best, rank) < 0) best = candidate;
  }
  return best;
}

function compareSeries(left: Series, right: Series, rank: SourceRank): number {
  return (
    sourceOrder(left.source, rank) - sourceOrder(right.source, rank) ||
    adjustedOrder(left.adjusted, rank) - adjustedOrder(right.adjusted, rank) ||
    right.bars - left.bars ||
    compareText(left.source, right.source) ||
    compareText(left.adjusted, right.adjusted)
  );
}

/** The place of a source in the rank, from 0; behind all of them when it is not named. */
function sourceOrder(source: string, rank: SourceRank): number {
  const kind = sourceKind(source);
  const at = rank.sources.findIndex((group) => group.includes(kind));
  return at === -1 ? rank.sources.length : at;
}

/** The place of an adjustment in the rank, from 0; behind all of them when it is not named. */
function adjustedOrder(adjusted: string, rank: SourceRank): number {
  const at = rank.adjusted.findIndex((name) => name === adjusted);
  return at === -1 ? rank.adjusted.length : at;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
