import { EgxError } from "../base/errors.ts";
import { editDistance } from "../base/nearest.ts";

/** Bar lengths by their name on the wire, shortest first. `code` is used in paths and flags. */
const table = [
  { name: "1 Minute", code: "1m", minutes: 1, intraday: true },
  { name: "5 Minute", code: "5m", minutes: 5, intraday: true },
  { name: "15 Minute", code: "15m", minutes: 15, intraday: true },
  { name: "30 Minute", code: "30m", minutes: 30, intraday: true },
  { name: "1 Hour", code: "1h", minutes: 60, intraday: true },
  { name: "Daily", code: "1d", minutes: null, intraday: false },
  { name: "Weekly", code: "1w", minutes: null, intraday: false },
  { name: "Monthly", code: "1mo", minutes: null, intraday: false },
] as const;

/** A bar's length, as the wire spells it. */
export type IntervalName = (typeof table)[number]["name"];
/** A bar's length, as paths and flags spell it. */
export type IntervalCode = (typeof table)[number]["code"];

export interface Interval {
  readonly name: IntervalName;
  readonly code: IntervalCode;
  /** Length in minutes; null for Daily and longer, whose length is a matter of the calendar. */
  readonly minutes: number | null;
  /** Whether a bar is identified by its instant (true) or by its Cairo date (false). */
  readonly intraday: boolean;
}

export const intervals: readonly Interval[] = table;

const byName = new Map<string, Interval>(intervals.map((interval) => [interval.name, interval]));
const byCode = new Map<string, Interval>(intervals.map((interval) => [interval.code, interval]));

/** The interval that the wire calls `name`, or undefined. */
export function intervalByName(name: string): Interval | undefined {
  return byName.get(name);
}

/** The interval of a code (`1d`), or undefined. */
export function intervalByCode(code: string): Interval | undefined {
  return byCode.get(code);
}

/**
 * The interval that a person means: a name (`Daily`) or a code (`1d`), spelt exactly.
 * @throws E_USAGE that names the nearest choice.
 */
export function parseInterval(text: string): Interval {
  const found = byName.get(text) ?? byCode.get(text);
  if (found !== undefined) return found;
  const nearest = nearestInterval(text);
  throw new EgxError(
    "E_USAGE",
    `unknown interval "${text}"; did you mean "${nearest.name}" (${nearest.code})? ` +
      `Known: ${intervals.map((interval) => `${interval.name} (${interval.code})`).join(", ")}`,
  );
}

function nearestInterval(text: string): Interval {
  const folded = fold(text);
  let best: Interval = table[5];
  let bestDistance = Infinity;
  for (const interval of intervals) {
    for (const spelling of [interval.name, interval.code]) {
      const distance = editDistance(folded, fold(spelling));
      if (distance < bestDistance) [best, bestDistance] = [interval, distance];
    }
  }
  return best;
}

function fold(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, "")
    .replace(/minutes?|mins?/, "minute");
}
