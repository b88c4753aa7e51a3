import { z } from "../../base/schema.ts";
import type { IndexLine, MoversAnswer, Quote, SectorLine } from "../api/market.ts";
import { marketIndices, memberCount, type MarketIndex } from "./index-symbols.ts";
import { changeOf, countStates, turnoverOf } from "./market-view.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";
import { heldSymbols } from "./symbol-facts.ts";

const closeRow = z.tuple([z.string(), z.number()]);

/** Closes of an index that are shown. */
const seriesMax = 60;
/** Charts need no more of an index than its daily closes; shorter bars do where there are none. */
const preferred = ["1d", "1h", "30m", "15m", "5m", "1m"];

/** The symbols that moved most, or were traded most. */
export function movers(
  quotes: readonly Quote[],
  by: MoversAnswer["by"],
  limit: number,
): readonly Quote[] {
  const rank: Readonly<Record<MoversAnswer["by"], (quote: Quote) => number | null>> = {
    gainers: ({ changeRatio }) => (changeRatio !== null && changeRatio > 0 ? changeRatio : null),
    losers: ({ changeRatio }) => (changeRatio !== null && changeRatio < 0 ? -changeRatio : null),
    active: ({ turnover }) => turnover,
    volume: ({ volume }) => volume,
  };
  const ranked = quotes.flatMap((quote) => {
    const value = quote.state === "traded" ? rank[by](quote) : null;
    return value === null ? [] : [{ value, quote }];
  });
  const sorted = ranked.toSorted((left, right) => right.value - left.value);
  return sorted.slice(0, limit).map(({ quote }) => quote);
}

/** The sectors, that with the largest turnover first; without one those of no known sector. */
export function sectorLines(quotes: readonly Quote[]): readonly SectorLine[] {
  const sectors = new Map<string, Quote[]>();
  for (const quote of quotes) {
    const key = quote.sector?.en ?? "";
    sectors.set(key, [...(sectors.get(key) ?? []), quote]);
  }
  const lines = Array.from(sectors.values(), sectorLine);
  return lines.toSorted((left, right) => (right.turnover ?? -1) - (left.turnover ?? -1));
}

function sectorLine(quotes: readonly Quote[]): SectorLine {
  const values = quotes.flatMap(({ marketValue, currency }) =>
    marketValue !== null && currency === "EGP" ? [marketValue] : [],
  );
  return {
    sector: quotes[0]?.sector ?? { en: null, ar: null },
    symbols: quotes.length,
    breadth: countStates(quotes),
    turnover: turnoverOf(quotes),
    marketValue: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0),
    changeRatio: weighedChange(quotes),
  };
}

function weighedChange(quotes: readonly Quote[]): number | null {
  let [weights, sum] = [0, 0];
  for (const { changeRatio, turnover } of quotes) {
    if (changeRatio === null || turnover === null) continue;
    weights += turnover;
    sum += changeRatio * turnover;
  }
  return weights === 0 ? null : sum / weights;
}

/** The exchange's indices; those that silver holds no bars of say so. */
export async function indexLines(snapshot: SilverSnapshot): Promise<readonly IndexLine[]> {
  const lines: IndexLine[] = [];
  for (const index of marketIndices) lines.push(await indexLine(snapshot, index));
  return lines;
}

async function indexLine(snapshot: SilverSnapshot, of: MarketIndex): Promise<IndexLine> {
  const common = { index: of.index, name: of.name, members: memberCount(of) };
  const held = await heldSymbols(snapshot);
  const symbol = of.symbols.find((name) => held.has(name));
  const codes = held.get(symbol ?? "")?.series.map(({ interval }) => interval) ?? [];
  const code = preferred.find((wanted) => codes.some((has) => has === wanted));
  const closes = symbol === undefined || code === undefined ? [] : await closesOf(snapshot, symbol);
  const last = closes.at(-1);
  if (last === undefined) {
    const reason = `silver holds no bars of ${of.symbols.join(" or ")}`;
    const none = { value: null, change: null, changeRatio: null, date: null, series: [] };
    return { ...common, ...none, reason };
  }
  const change = changeOf(last.close, closes.at(-2)?.close ?? null);
  const series = [...closes];
  return { ...common, value: last.close, ...change, date: last.date, series, reason: null };
}

/** The last close of each day, oldest first. */
async function closesOf(
  snapshot: SilverSnapshot,
  symbol: string,
): Promise<readonly { readonly date: string; readonly close: number }[]> {
  const rows = await snapshot.rows(
    "SELECT date, arg_max(close, datetime) FROM bars " +
      `WHERE symbol = '${symbol}' AND "interval" NOT IN ('Weekly', 'Monthly') ` +
      `GROUP BY date ORDER BY date DESC LIMIT ${seriesMax}`,
    closeRow,
  );
  return rows.map(([date, close]) => ({ date, close })).toReversed();
}
