import { z } from "../../base/schema.ts";
import { intervals, parseInterval, type Interval } from "../../market/interval.ts";
import { priceLimits } from "../../market/rules.ts";
import { limitsOn } from "../../market/limits.ts";
import type { Breadth, Quote } from "../api/market.ts";
import type { Company } from "./companies.ts";
import { indexOfSymbol } from "./index-symbols.ts";
import { PerSnapshot } from "./per-snapshot.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";
import { heldSymbols } from "./symbol-facts.ts";

/** The market in its newest session, as silver has it. */
export interface MarketView {
  /** Null when there are no bars. */
  readonly session: string | null;
  readonly interval: Interval | null;
  /** Shares, in the order of the tickers; no indices. */
  readonly quotes: readonly Quote[];
  readonly breadth: Breadth;
  readonly turnover: number | null;
}

const price = z.number().nullable();
const dayRow = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  price,
  price,
  price,
  z.number(),
  price,
  price,
  z.boolean(),
  z.number(),
  z.string(),
  z.string(),
]);
type DayRow = z.output<typeof dayRow>;
const stateRow = z.tuple([z.string(), z.string(), z.number()]);

/** Who has not traded for longer has no last price here. */
const daysBack = 400;
const intradayDaysBack = 14;
/** A price this close to a limit is at it: prices move in steps. */
const limitTolerance = 0.0005;

const cache = new PerSnapshot<MarketView>();

/** Worked out once for each state of silver. */
export async function marketView(snapshot: SilverSnapshot): Promise<MarketView> {
  return cache.of(snapshot, "market", async () => makeView(snapshot));
}

async function makeView(snapshot: SilverSnapshot): Promise<MarketView> {
  const basis = await basisOf(snapshot);
  if (basis === null) {
    return { session: null, interval: null, quotes: [], breadth: countStates([]), turnover: null };
  }
  const { interval, session } = basis;
  const days = await snapshot.rows(dayRowsSql(interval, session), dayRow);
  const states = await snapshot.rows(
    "SELECT symbol, state, stored FROM certificates " +
      `WHERE "interval" = '${interval.name}' AND date = '${session}'`,
    stateRow,
  );
  const certified = new Map(states.map(([symbol, state, stored]) => [symbol, { state, stored }]));
  const newest = new Map<string, DayRow[]>();
  for (const day of days) newest.set(day[0], [...(newest.get(day[0]) ?? []), day]);
  const held = await heldSymbols(snapshot);
  const quotes = [...held.values()]
    .filter(({ symbol }) => indexOfSymbol(symbol) === null)
    .map(({ symbol, company }) => {
      const state = stateOf(certified.get(symbol));
      return quoteOf({ symbol, company, session, days: newest.get(symbol) ?? [], state });
    });
  return { session, interval, quotes, breadth: countStates(quotes), turnover: turnoverOf(quotes) };
}

/** The newest session of silver and the bars that have it: daily ones, else the shortest. */
async function basisOf(
  snapshot: SilverSnapshot,
): Promise<{ readonly interval: Interval; readonly session: string } | null> {
  const newest = new Map<string, string>();
  for (const { series } of (await heldSymbols(snapshot)).values()) {
    for (const { interval, last, chosen } of series) {
      if (chosen && last > (newest.get(interval) ?? "")) newest.set(interval, last);
    }
  }
  const usable = intervals.filter(({ code }) => code !== "1w" && code !== "1mo");
  const latest = usable.map(({ code }) => newest.get(code) ?? "").toSorted();
  const session = latest.at(-1) ?? "";
  if (session === "") return null;
  const daily = usable.find(({ code }) => code === "1d" && newest.get(code) === session);
  const interval = daily ?? usable.find(({ code }) => newest.get(code) === session);
  return interval === undefined ? null : { interval, session };
}

/**
 * The two newest days of every symbol, the newest first, made of shorter bars if need be. Of a day
 * that is over its daily bar tells, where there is one: its close is the session's own.
 */
function dayRowsSql(interval: Interval, session: string): string {
  const days = interval.intraday
    ? `${daysOfSql(interval, session, { back: intradayDaysBack, until: 0 })} UNION ALL ` +
      daysOfSql(parseInterval("1d"), session, { back: daysBack, until: 1 })
    : daysOfSql(interval, session, { back: daysBack, until: 0 });
  return (
    `SELECT symbol, date, newest, open, high, low, close, volume, turnover, final, suspect, ` +
    "currency, source FROM (SELECT * FROM (" +
    `${days}) QUALIFY row_number() OVER (PARTITION BY symbol, date ORDER BY daily DESC) = 1) ` +
    "QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY date DESC) <= 2 " +
    "ORDER BY symbol, date DESC"
  );
}

/** The days of all symbols, from `back` days before a session until `until` days before it. */
function daysOfSql(
  { name, intraday }: Interval,
  session: string,
  { back, until }: { readonly back: number; readonly until: number },
): string {
  return (
    "SELECT symbol, date, max(datetime) AS newest, arg_min(open, datetime) AS open, " +
    "max(high) AS high, min(low) AS low, arg_max(close, datetime) AS close, " +
    "sum(volume) AS volume, sum(volume * close) AS turnover, bool_and(final) AS final, " +
    "max(len(suspect)) AS suspect, arg_max(currency, datetime) AS currency, " +
    `arg_max(source, datetime) AS source, ${!intraday} AS daily FROM bars ` +
    `WHERE "interval" = '${name}' ` +
    `AND date BETWEEN DATE '${session}' - ${back} AND DATE '${session}' - ${until} ` +
    "GROUP BY symbol, date"
  );
}

/** What a session without a bar is. */
function stateOf(
  certificate: { readonly state: string; readonly stored: number } | undefined,
): Exclude<Quote["state"], "traded"> {
  if (certificate?.state === "missing") return "missing";
  return certificate?.state === "complete" && certificate.stored === 0 ? "no-trade" : "unknown";
}

interface QuoteFacts {
  readonly symbol: string;
  readonly company: Company;
  readonly session: string;
  /** The newest first; at most two. */
  readonly days: readonly DayRow[];
  readonly state: Exclude<Quote["state"], "traded">;
}

function quoteOf({ symbol, company, session, days, state }: QuoteFacts): Quote {
  const { name, sector, listedShares: shares } = company;
  const common = { symbol, name, sector };
  const [newest, before] = days;
  if (newest === undefined) return { ...common, state, ...noPrices };
  const [, date, asOf, open, high, low, last, volume, turnover, final, suspect, ...rest] = newest;
  const [currency, source] = rest;
  const traded = date === session;
  // Without a bar the last price is the close of the session before, and nothing has changed.
  const previousClose = traded ? (before?.[6] ?? null) : last;
  return {
    ...common,
    state: traded ? "traded" : state,
    last,
    lastDate: date,
    previousClose,
    ...(traded ? changeOf(last, previousClose) : noChange),
    ...(traded ? { open, high, low, volume, turnover } : nothingTraded),
    marketValue: shares === null ? null : shares * last,
    currency,
    final,
    suspect: suspect > 0,
    limit: traded ? limitOf(session, last, previousClose) : null,
    asOf,
    source,
  };
}

/** What has become of a close. */
export function changeOf(
  last: number,
  previousClose: number | null,
): Pick<Quote, "change" | "changeRatio"> {
  if (previousClose === null) return noChange;
  const change = last - previousClose;
  return { change, changeRatio: change / previousClose };
}

const noChange = { change: null, changeRatio: null };
const nothingTraded = { open: null, high: null, low: null, volume: null, turnover: null };
const noPrices = {
  ...nothingTraded,
  last: null,
  lastDate: null,
  previousClose: null,
  ...noChange,
  marketValue: null,
  currency: null,
  final: false,
  suspect: false,
  limit: null,
  asOf: null,
  source: null,
} as const;

function limitOf(session: string, last: number, previousClose: number | null): Quote["limit"] {
  if (previousClose === null) return null;
  const { low, high } = priceLimits(previousClose, limitsOn(session).priceShare.main);
  if (last >= high * (1 - limitTolerance)) return "up";
  return last <= low * (1 + limitTolerance) ? "down" : null;
}

/** How many went which way. */
export function countStates(quotes: readonly Quote[]): Breadth {
  const counts = { up: 0, down: 0, flat: 0, noTrade: 0, missing: 0, unknown: 0 };
  for (const { state, change } of quotes) {
    if (state === "no-trade") counts.noTrade += 1;
    else if (state !== "traded") counts[state] += 1;
    else if (change === null) counts.unknown += 1;
    else if (change === 0) counts.flat += 1;
    else counts[change > 0 ? "up" : "down"] += 1;
  }
  return counts;
}

/** The sum of what is in pounds; null when none is known. */
export function turnoverOf(quotes: readonly Quote[]): number | null {
  const known = quotes.filter(({ currency, turnover }) => currency === "EGP" && turnover !== null);
  return known.length === 0 ? null : known.reduce((sum, { turnover }) => sum + (turnover ?? 0), 0);
}
