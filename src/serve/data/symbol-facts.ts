import { intervals, type Interval } from "../../market/interval.ts";
import {
  indexMembers,
  indexNames,
  listingOf,
  searchListings,
  type Listing,
} from "../../market/universe.ts";
import { foldText } from "../../market/fold.ts";
import { parsePartition } from "../../silver/silver-keys.ts";
import { choiceKey, chooseSeries } from "../../silver/series-choice.ts";
import type { SymbolAnswer, SymbolSummary } from "../api/symbols.ts";
import { companyKey, releasedCompany, storedCompanies, type Company } from "./companies.ts";
import { indexOfSymbol } from "./index-symbols.ts";
import { PerSnapshot } from "./per-snapshot.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";

type HeldSeries = SymbolAnswer["intervals"][number];

/** What silver holds of one symbol. */
export interface HeldSymbol {
  readonly symbol: string;
  readonly exchange: string;
  readonly currency: string;
  readonly company: Company;
  readonly series: readonly HeldSeries[];
}

interface Gathered {
  readonly symbol: string;
  readonly exchange: string;
  currency: string;
  last: string;
  readonly series: Map<string, HeldSeries>;
}

const cache = new PerSnapshot<ReadonlyMap<string, HeldSymbol>>();

/** Every symbol of silver, by its ticker, in the order of the tickers. */
export async function heldSymbols(
  snapshot: SilverSnapshot,
): Promise<ReadonlyMap<string, HeldSymbol>> {
  return cache.of(snapshot, "held", async () =>
    gatherHeld(snapshot, await storedCompanies(snapshot)),
  );
}

function gatherHeld(
  { state }: SilverSnapshot,
  companies: ReadonlyMap<string, Company>,
): ReadonlyMap<string, HeldSymbol> {
  const byPartition = new Map(Object.entries(state.series));
  const choices = chooseSeries(byPartition, state.rank);
  const held = new Map<string, Gathered>();
  for (const [name, ofPartition] of byPartition) {
    const interval = parsePartition(name)?.interval;
    if (interval === undefined) continue;
    for (const part of ofPartition) {
      const { symbol, exchange, currency, last, source, adjusted } = part;
      const choice = choices.get(choiceKey(interval.code, part));
      const chosen = choice?.source === source && choice.adjusted === adjusted;
      const found = held.get(symbol) ?? {
        symbol,
        exchange,
        currency,
        last,
        series: new Map<string, HeldSeries>(),
      };
      held.set(symbol, found);
      if (last > found.last) [found.last, found.currency] = [last, currency];
      const key = `${interval.code} ${source} ${adjusted}`;
      found.series.set(key, added(found.series.get(key), { ...part, interval, chosen }));
    }
  }
  const sorted = [...held].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return new Map(sorted.map(([symbol, found]) => [symbol, heldOf(found, companies)]));
}

function heldOf(
  { symbol, exchange, currency, series }: Gathered,
  companies: ReadonlyMap<string, Company>,
): HeldSymbol {
  const order = intervals.map(({ code }) => code);
  const ordered = [...series.values()].toSorted((left, right) => {
    return order.indexOf(left.interval) - order.indexOf(right.interval);
  });
  const company = companies.get(companyKey(exchange, symbol)) ?? releasedCompany(symbol);
  return { symbol, exchange, currency, company, series: ordered };
}

interface SeriesPart {
  readonly interval: Interval;
  readonly source: string;
  readonly adjusted: string;
  readonly bars: number;
  readonly first: string;
  readonly last: string;
  readonly chosen: boolean;
}

function added(before: HeldSeries | undefined, part: SeriesPart): HeldSeries {
  const { interval, source, adjusted, bars, first, last, chosen } = part;
  const one = { interval: interval.code, source, adjusted, bars, first, last, chosen };
  if (before === undefined) return one;
  return {
    ...one,
    bars: before.bars + bars,
    first: before.first < first ? before.first : first,
    last: before.last > last ? before.last : last,
  };
}

/** Of a symbol that silver holds, that is listed, or both; null when it is unknown. */
export function summaryOf(symbol: string, held: HeldSymbol | undefined): SymbolSummary | null {
  const listing = listingOf(symbol);
  if (listing === undefined && held === undefined) return null;
  const { name, sector, isin } = held?.company ?? releasedCompany(symbol);
  return {
    symbol,
    exchange: held?.exchange ?? "EGX",
    name,
    sector,
    isin,
    currency: held?.currency ?? listing?.currency ?? null,
    index: indexOfSymbol(symbol) !== null,
    ...extentOf(held?.series ?? []),
  };
}

/** The extent of the bars that silver shows. */
function extentOf(series: readonly HeldSeries[]): Pick<SymbolSummary, "first" | "last" | "bars"> {
  const chosen = series.filter((one) => one.chosen);
  return {
    first: chosen.map(({ first }) => first).toSorted()[0] ?? null,
    last:
      chosen
        .map(({ last }) => last)
        .toSorted()
        .at(-1) ?? null,
    bars: chosen.reduce((sum, { bars }) => sum + bars, 0),
  };
}

/** All that is known of a symbol but the mode; null when it is unknown. */
export function factsOfSymbol(
  symbol: string,
  held: HeldSymbol | undefined,
): Omit<SymbolAnswer, "mode"> | null {
  const summary = summaryOf(symbol, held);
  if (summary === null) return null;
  const listing = listingOf(symbol);
  const { industry, listedShares, listedDate } = held?.company ?? releasedCompany(symbol);
  return {
    ...summary,
    industry,
    listedShares,
    listedDate,
    listed: listing?.listed ?? false,
    formerSymbols: [...(listing?.formerSymbols ?? [])],
    memberOf: indexNames.filter((index) => indexMembers(index)?.symbols.includes(symbol) ?? false),
    intervals: [...(held?.series ?? [])],
  };
}

/**
 * The tickers that a person may mean, best first: also those of silver that this release does not
 * know; all of silver, then all that are listed, for no text.
 */
export function findSymbols(
  text: string,
  held: ReadonlyMap<string, HeldSymbol>,
  listed: readonly Listing[],
): readonly string[] {
  const wanted = foldText(text);
  if (wanted === "") {
    return [...new Set([...held.keys(), ...listed.map(({ symbol }) => symbol)])];
  }
  const own = [...held.values()]
    .filter(({ symbol, company: { name, sector, isin } }) =>
      [symbol, isin, name.en, name.ar, sector?.en, sector?.ar].some((known) =>
        foldText(known ?? "").includes(wanted),
      ),
    )
    .map(({ symbol }) => symbol);
  const exact = own.filter((symbol) => foldText(symbol) === wanted);
  const found = searchListings(text).map(({ symbol }) => symbol);
  return [...new Set([...exact, ...found, ...own])];
}
