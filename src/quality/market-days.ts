import type { Calendar } from "../market/calendar.ts";
import type { Interval } from "../market/interval.ts";
import { type Unit, unitsBetween } from "./units.ts";

/** What is known of a symbol before its bars are looked at. */
export interface Seen {
  readonly exchange: string;
  readonly symbol: string;
  /** Days of its first and last bar, since 1970-01-01. */
  readonly first: number;
  readonly last: number;
}

/** All symbols of an interval at once: what the market did. */
export interface MarketFacts {
  /** By {@link symbolName}. */
  readonly lives: ReadonlyMap<string, Life>;
  /** How many symbols have a bar of a day. */
  readonly present: ReadonlyMap<number, number>;
  /** Intraday: the starts at which any symbol has a bar, in order; epoch milliseconds. */
  readonly times: readonly number[];
  /** The newest day of which any symbol has a bar; -Infinity when there is none. */
  readonly newest: number;
}

/** When a symbol has bars of an interval: days of its first and its last one. */
export interface Life {
  readonly first: number;
  /** The last day on which a bar is expected of it: that of its last bar once it has ended. */
  readonly until: number;
}

/** A symbol without a bar in this many units, while others have some, is no longer expected. */
export const endedUnits = 60;
/** Days on which so many more symbols lack a bar than is usual are holes of the whole market. */
const unusualLack = 0.15;
const usualAround = 30;
/** Fewer symbols tell nothing about the market. */
export const marketSymbolsMin = 8;

/** Names a symbol of an exchange. */
export function symbolName(of: { readonly exchange: string; readonly symbol: string }): string {
  return `${of.exchange}|${of.symbol}`;
}

/**
 * The lives of all symbols: each goes on to the newest day of the market, unless the symbol has
 * been silent for {@link endedUnits} units by then.
 */
export function marketFacts(
  calendar: Calendar,
  interval: Interval,
  known: Pick<MarketFacts, "present" | "times"> & { readonly seen: readonly Seen[] },
): MarketFacts {
  const newest = known.seen.reduce((day, { last }) => Math.max(day, last), -Infinity);
  const oldest = known.seen.reduce((day, { last }) => Math.min(day, last), newest);
  const units =
    known.seen.length === 0 ? [] : unitsBetween(calendar, interval, { from: oldest, to: newest });
  const endedBefore = units.at(-endedUnits)?.day ?? -Infinity;
  const lives = known.seen.map((seen): [string, Life] => {
    const until = seen.last < endedBefore ? seen.last : newest;
    return [symbolName(seen), { first: seen.first, until }];
  });
  return { lives: new Map(lives), present: known.present, times: known.times, newest };
}

/**
 * The days on which much of the market lacks a bar that it usually has: a fault of the feed or of
 * the pipeline, never a lack of trades.
 */
export function marketHoles(
  units: readonly Unit[],
  { lives, present }: MarketFacts,
): ReadonlySet<number> {
  const alive = aliveOn(units, [...lives.values()]);
  const lacks = units.map(({ day }, at) => {
    const living = alive[at] ?? 0;
    return living < marketSymbolsMin ? 0 : 1 - (present.get(day) ?? 0) / living;
  });
  const holes = new Set<number>();
  for (const [at, lack] of lacks.entries()) {
    const around = lacks.slice(Math.max(0, at - usualAround), at + usualAround + 1);
    const usual =
      around.toSorted((left, right) => left - right)[Math.floor(around.length / 2)] ?? 0;
    const day = units[at]?.day;
    if (day !== undefined && lack > usual + unusualLack) holes.add(day);
  }
  return holes;
}

/** How many symbols live on each unit's day. */
function aliveOn(units: readonly Unit[], lives: readonly Life[]): readonly number[] {
  const born = lives.map((life) => life.first).toSorted((left, right) => left - right);
  const ended = lives.map((life) => life.until).toSorted((left, right) => left - right);
  let births = 0;
  let deaths = 0;
  return units.map(({ day }) => {
    while ((born[births] ?? Infinity) <= day) births += 1;
    while ((ended[deaths] ?? Infinity) < day) deaths += 1;
    return births - deaths;
  });
}
