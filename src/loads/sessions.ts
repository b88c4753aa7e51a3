import { cairoDayOf, dayOfDate } from "../market/cairo-time.ts";
import { tradingDaysBetween, type Calendar } from "../market/calendar.ts";

/** How many sessions there were between two days, asked many times. */
export class SessionCount {
  /** Days since 1970-01-01 of all sessions that the calendar claims to know, ascending. */
  readonly #days: readonly number[];

  /** Sessions until `to`. */
  constructor(calendar: Calendar, to: Temporal.PlainDate) {
    const first = calendar.span === null ? null : Temporal.PlainDate.from(calendar.span.first);
    this.#days = first === null ? [] : tradingDaysBetween(calendar, first, to).map(dayOfDate);
  }

  /** Sessions from a Cairo day (since 1970-01-01) on, as far as the calendar reaches back. */
  from(day: number): number {
    let low = 0;
    let high = this.#days.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#days[middle] ?? Infinity) < day) low = middle + 1;
      else high = middle;
    }
    return this.#days.length - low;
  }

  /** The first day that counts. */
  get firstDay(): number {
    return this.#days[0] ?? Infinity;
  }
}

/** The different Cairo days of some instants, from `firstDay` on. */
export function daysOf(startsMs: Iterable<number>, firstDay: number): number {
  const days = new Set<number>();
  for (const startMs of startsMs) {
    const day = cairoDayOf(startMs);
    if (day >= firstDay) days.add(day);
  }
  return days.size;
}
