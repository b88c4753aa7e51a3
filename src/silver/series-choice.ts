import type { PartitionSeries } from "./built-state.ts";
import { parsePartition } from "./silver-keys.ts";
import { bestSeries, type Series, type SourceRank } from "./source-rank.ts";

/** The series of every partition, by the partition's name. */
export type SeriesByPartition = ReadonlyMap<string, readonly PartitionSeries[]>;

/** The one series that `bars` takes for a symbol and interval. */
export interface ChosenSeries extends Series {
  readonly interval: string;
}

/** The choice for every symbol and interval, by {@link choiceKey}. */
export type Choices = ReadonlyMap<string, ChosenSeries>;

/** A symbol of an exchange and an interval. */
export function choiceKey(interval: string, series: Series): string {
  return `${interval}|${series.exchange}|${series.symbol}`;
}

/** Chooses for all symbols and intervals, from the series of all partitions. */
export function chooseSeries(all: SeriesByPartition, rank: SourceRank): Choices {
  const totals = new Map<string, Map<string, ChosenSeries>>();
  for (const [name, rows] of all) {
    const interval = parsePartition(name)?.interval.code ?? "";
    for (const row of rows) addSeries(totals, interval, row);
  }
  const choices = new Map<string, ChosenSeries>();
  for (const [key, series] of totals) {
    const best = bestSeries([...series.values()], rank);
    if (best !== null) choices.set(key, best);
  }
  return choices;
}

/** Whether two choices take the same series, whatever the number of its bars. */
export function sameChoice(
  left: ChosenSeries | undefined,
  right: ChosenSeries | undefined,
): boolean {
  return left?.source === right?.source && left?.adjusted === right?.adjusted;
}

/** Whether a partition holds a symbol whose choice has changed. */
export function choiceChanged(
  name: string,
  rows: readonly PartitionSeries[],
  choices: { readonly before: Choices; readonly after: Choices },
): boolean {
  const interval = parsePartition(name)?.interval.code ?? "";
  return rows.some((row) => {
    const key = choiceKey(interval, row);
    return !sameChoice(choices.before.get(key), choices.after.get(key));
  });
}

function addSeries(
  totals: Map<string, Map<string, ChosenSeries>>,
  interval: string,
  row: PartitionSeries,
): void {
  const key = choiceKey(interval, row);
  const ofSymbol = totals.get(key) ?? new Map<string, ChosenSeries>();
  totals.set(key, ofSymbol);
  const { exchange, symbol, source, adjusted } = row;
  const name = JSON.stringify([source, adjusted]);
  const bars = (ofSymbol.get(name)?.bars ?? 0) + row.bars;
  ofSymbol.set(name, { interval, exchange, symbol, source, adjusted, bars });
}
