import type { Unit } from "./units.ts";

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
const symbolsMin = 8;

/**
 * The life of a symbol: it goes on to the newest day of the market, unless the symbol has been
 * silent for {@link endedUnits} units by then.
 * @param newest the newest day of which any symbol has a bar.
 */
export function lifeOf(
  seen: { readonly first: number; readonly last: number },
  units: readonly Unit[],
  newest: number,
): Life {
  const behind = units.filter(({ day }) => day > seen.last && day <= newest).length;
  return { first: seen.first, until: behind >= endedUnits ? seen.last : newest };
}

/**
 * The days on which much of the market lacks a bar that it usually has: a fault of the feed or of
 * the pipeline, never a lack of trades.
 * @param present how many symbols have a bar of a unit's day.
 */
export function marketHoles(
  units: readonly Unit[],
  lives: readonly Life[],
  present: ReadonlyMap<number, number>,
): ReadonlySet<number> {
  const alive = aliveOn(units, lives);
  const lacks = units.map(({ day }, at) => {
    const living = alive[at] ?? 0;
    return living < symbolsMin ? 0 : 1 - (present.get(day) ?? 0) / living;
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
