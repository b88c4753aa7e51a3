import { z } from "../base/schema.ts";
import { dateText } from "../market/cairo-time.ts";
import type { Calendar } from "../market/calendar.ts";
import type { Interval } from "../market/interval.ts";
import type { Query } from "../silver/query.ts";
import { dayOfText, rowsOf } from "./silver-market.ts";
import { unitCounts, unitCountsColumn, type UnitCounts } from "./unit-counts.ts";
import { unitsBetween } from "./units.ts";

export interface CoverageAsked {
  readonly interval: Interval;
  readonly symbols: readonly string[] | "all";
  /** Cairo dates, both inclusive; all that is certified without them. */
  readonly from?: Temporal.PlainDate;
  readonly to?: Temporal.PlainDate;
}

/** Units in a row of which the same is wrong. Cairo dates, both inclusive. */
export interface CoverageHole {
  readonly from: string;
  readonly to: string;
  readonly units: number;
  readonly state: "missing" | "degraded";
  readonly defects: readonly string[];
  /** Intraday: the parts of a session that are missing, ISO 8601 intervals in UTC. */
  readonly parts: readonly string[];
}

/** How complete one symbol's bars are. */
export interface SymbolCoverage extends UnitCounts {
  readonly exchange: string;
  readonly symbol: string;
  readonly interval: string;
  /** Cairo dates of the first and last unit. */
  readonly first: string;
  readonly last: string;
  readonly expectation: "regular" | "thin";
  /** The share of its units in which it usually has a bar. */
  readonly share: number;
  readonly holes: readonly CoverageHole[];
}

const countRow = z.tuple([z.string(), z.string(), z.string(), z.string(), unitCounts, z.number()]);
const holeRow = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.enum(["missing", "degraded"]),
  z.array(z.string()),
  z.array(z.string()),
]);

/** A symbol whose usual share of units with a bar is this great trades regularly. */
const regularShare = 0.94;

/** What the certificates say, symbol by symbol. */
export async function readCoverage(
  query: Query,
  calendar: Calendar,
  asked: CoverageAsked,
): Promise<readonly SymbolCoverage[]> {
  const where = conditionOf(asked);
  const holes = await readHoles(query, calendar, asked);
  const rows = await rowsOf(
    query,
    `SELECT exchange, symbol, min(date), max(date), ${unitCountsColumn}, ` +
      "coalesce(median(share) FILTER (stage IS NOT NULL), 0) " +
      `FROM certificates WHERE ${where} GROUP BY exchange, symbol ORDER BY symbol, exchange`,
    countRow,
  );
  return rows.map((row) => coverageOf(row, asked.interval, holes));
}

function coverageOf(
  [exchange, symbol, first, last, counts, share]: z.output<typeof countRow>,
  interval: Interval,
  holes: ReadonlyMap<string, readonly CoverageHole[]>,
): SymbolCoverage {
  return {
    exchange,
    symbol,
    interval: interval.name,
    first,
    last,
    ...counts,
    expectation: share >= regularShare ? "regular" : "thin",
    share,
    holes: holes.get(`${exchange}|${symbol}`) ?? [],
  };
}

async function readHoles(
  query: Query,
  calendar: Calendar,
  asked: CoverageAsked,
): Promise<ReadonlyMap<string, readonly CoverageHole[]>> {
  const rows = await rowsOf(
    query,
    "SELECT exchange, symbol, date, state, defects, holes FROM certificates " +
      `WHERE ${conditionOf(asked)} AND state IN ('missing', 'degraded') ` +
      "ORDER BY symbol, exchange, date",
    holeRow,
  );
  const dates = rows.map(([, , date]) => dayOfText(date));
  const from = dates.reduce((least, day) => Math.min(least, day), Infinity);
  const to = dates.reduce((most, day) => Math.max(most, day), -Infinity);
  const units =
    rows.length === 0 ? [] : unitsBetween(calendar, asked.interval, { from, to: to + 31 });
  const places = new Map(units.map(({ day }, at) => [dateText(day), at]));
  const holes = new Map<string, CoverageHole[]>();
  for (const [exchange, symbol, date, state, defects, parts] of rows) {
    const key = `${exchange}|${symbol}`;
    const ofSymbol = holes.get(key) ?? [];
    holes.set(key, ofSymbol);
    const last = ofSymbol.at(-1);
    const next = { from: date, to: date, units: 1, state, defects, parts };
    if (last !== undefined && continues(last, next, places)) {
      ofSymbol[ofSymbol.length - 1] = { ...last, to: date, units: last.units + 1 };
    } else ofSymbol.push(next);
  }
  return holes;
}

function continues(
  last: CoverageHole,
  next: CoverageHole,
  places: ReadonlyMap<string, number>,
): boolean {
  const before = places.get(last.to);
  const at = places.get(next.from);
  return (
    last.state === next.state &&
    last.defects.join() === next.defects.join() &&
    last.parts.length + next.parts.length === 0 &&
    before !== undefined &&
    at === before + 1
  );
}

/** The certificates that are asked for, as a condition of SQL. */
export function conditionOf({ interval, symbols, from, to }: CoverageAsked): string {
  const conditions = [`"interval" = '${interval.name}'`];
  // Symbols are plain tickers: they hold no quote.
  if (symbols !== "all") conditions.push(`symbol IN ('${symbols.join("', '")}')`);
  if (from !== undefined) conditions.push(`date >= '${from.toString()}'`);
  if (to !== undefined) conditions.push(`date <= '${to.toString()}'`);
  return conditions.join(" AND ");
}
