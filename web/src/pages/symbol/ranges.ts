/** How much of the past a chart shows. */
export type Range = "1D" | "1W" | "1M" | "3M" | "1Y" | "5Y" | "all";

const days: Readonly<Record<Range, number>> = {
  "1D": 1,
  "1W": 7,
  "1M": 31,
  "3M": 92,
  "1Y": 366,
  "5Y": 1827,
  all: Infinity,
};

/** The ranges that make sense for bars of a length. */
export function rangesOf(intraday: boolean): readonly Range[] {
  return intraday ? ["1D", "1W", "1M", "all"] : ["1M", "3M", "1Y", "5Y", "all"];
}

/** The first place, of ascending ones in seconds, that a range shows. */
export function firstInRange(places: readonly number[], range: Range): number {
  const last = places.at(-1) ?? 0;
  // One day is the last day, however long it was.
  const from = range === "1D" ? last - (last % 86_400) : last - days[range] * 86_400;
  const found = places.findIndex((place) => place >= from);
  return Math.max(0, found);
}

export function isRange(text: string | undefined): text is Range {
  return text !== undefined && Object.hasOwn(days, text);
}
