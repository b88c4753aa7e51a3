import { startOfPeriod } from "../market/bar.ts";
import { cairoDayOf, dateText, dayOfDate } from "../market/cairo-time.ts";
import { type Calendar, expectedBars, sessionOf, tradingDaysBetween } from "../market/calendar.ts";
import type { Interval } from "../market/interval.ts";

/**
 * What a certificate is about: a session; for Weekly and Monthly bars, a week or month that has
 * sessions.
 */
export interface Unit {
  /** The Cairo date of its bars, in days since 1970-01-01: the week's Sunday, the month's first. */
  readonly day: number;
  /** When its last session ends, epoch milliseconds. */
  readonly closeMs: number;
}

/** The units of an interval whose sessions lie from `from` to `to`, both inclusive, in order. */
export function unitsBetween(
  calendar: Calendar,
  interval: Interval,
  span: { readonly from: number; readonly to: number },
): readonly Unit[] {
  const units: Unit[] = [];
  for (const date of tradingDaysBetween(calendar, dateOfDay(span.from), dateOfDay(span.to))) {
    const session = sessionOf(calendar, date);
    if (session === null) continue;
    const own = dayOfDate(date);
    const day = interval.intraday ? own : cairoDayOf(startOfPeriod(interval, own));
    if (units.at(-1)?.day === day) units.pop();
    units.push({ day, closeMs: session.closeMs });
  }
  return units;
}

/** The starts of the bars that a liquid symbol has in a session. */
export function slotsOf(calendar: Calendar, interval: Interval, day: number): readonly number[] {
  return expectedBars(calendar, interval, dateOfDay(day));
}

/** The Cairo date of a day number. */
export function dateOfDay(day: number): Temporal.PlainDate {
  return Temporal.PlainDate.from(dateText(day));
}
