import { intervals, parseInterval, type Interval } from "../market/interval.ts";
import type { Stamp } from "./recorded-row.ts";

/** A row's symbol and time, for looking at a file before it is read. */
export interface Sample {
  readonly symbol: string;
  readonly stamp: Stamp;
}

const msPerMinute = 60_000;

/**
 * The interval that a file's first rows show, by the most common step from one row of a symbol
 * to its next that is the length of an interval: within a day where there are such steps, else
 * from date to date. Null when rows follow each other within a day by other steps alone.
 */
export function inferInterval(samples: readonly Sample[]): Interval | null {
  const minutes = commonStep(samples, (stamp, before) => {
    const length = minutesBetween(stamp, before);
    return intervals.some((interval) => interval.minutes === length) ? length : 0;
  });
  if (minutes !== null) return intervals.find((interval) => interval.minutes === minutes) ?? null;
  if (commonStep(samples, minutesBetween) !== null) return null;
  const days = commonStep(samples, (stamp, before) => Math.abs(stamp.day - before.day)) ?? 1;
  if (days >= 28 && days <= 31) return parseInterval("Monthly");
  return parseInterval(days === 7 ? "Weekly" : "Daily");
}

/** Whether rows show an interval at all, which takes two of one symbol. */
export function showsInterval(samples: readonly Sample[]): boolean {
  return new Set(samples.map(({ symbol }) => symbol)).size < samples.length;
}

/** Whether the rows of some symbol go back in time, as those of sites do that begin with today. */
export function goesBack(samples: readonly Sample[]): boolean {
  return (
    commonStep(samples, (stamp, before) =>
      (stamp.startMs ?? stamp.day) < (before.startMs ?? before.day) ? 1 : 0,
    ) !== null
  );
}

/** Minutes from one row to the next of one day; 0 for rows of two days. */
function minutesBetween(stamp: Stamp, before: Stamp): number {
  if (stamp.day !== before.day || stamp.startMs === null || before.startMs === null) return 0;
  return Math.abs(stamp.startMs - before.startMs) / msPerMinute;
}

/** The step above 0 that occurs most often; the shorter one of two; null when there is none. */
function commonStep(
  samples: readonly Sample[],
  step: (stamp: Stamp, before: Stamp) => number,
): number | null {
  const last = new Map<string, Stamp>();
  const counts = new Map<number, number>();
  for (const { symbol, stamp } of samples) {
    const before = last.get(symbol);
    last.set(symbol, stamp);
    const length = before === undefined ? 0 : step(stamp, before);
    if (length > 0) counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  let best: number | null = null;
  for (const [length, count] of counts) {
    const bestCount = best === null ? 0 : (counts.get(best) ?? 0);
    if (count > bestCount || (count === bestCount && length < (best ?? 0))) best = length;
  }
  return best;
}
