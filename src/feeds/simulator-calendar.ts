import { EgxError, invariant } from "../base/errors.ts";
import { dayNumber, lastYear } from "../market/cairo-time.ts";
import { isTradingDay, sessionOf, type Calendar, type Session } from "../market/calendar.ts";
import type { SessionPhases } from "./simulator-session.ts";

/** The date of the first session that is simulated, at which every listing is at its anchor. */
export const firstSimulatedDate = Temporal.PlainDate.from("2015-01-04");

const msPerMinute = 60_000;

/** The simulated sessions, numbered from 0 in the order of their dates. */
export class SimulatedCalendar {
  readonly #calendar: Calendar;
  readonly #dates: Temporal.PlainDate[] = [];
  /** The first date that was not looked at yet. */
  #next = firstSimulatedDate;

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  /**
   * The number of the first session on `date` or after it.
   * @throws E_USAGE when no session on or after it is simulated.
   */
  atOrAfter(date: Temporal.PlainDate): number {
    this.#knowUntil(date);
    const place = this.#dates.findLastIndex((known) => Temporal.PlainDate.compare(known, date) < 0);
    this.#at(place + 1);
    return place + 1;
  }

  /** The number of the last session on `date` or before it; -1 when there is none. */
  atOrBefore(date: Temporal.PlainDate): number {
    this.#knowUntil(date);
    return this.#dates.findLastIndex((known) => Temporal.PlainDate.compare(known, date) <= 0);
  }

  /** A session's date, `2025-11-24`. */
  dateOf(place: number): string {
    return this.#at(place).toString();
  }

  phases(place: number): SessionPhases {
    const date = this.#at(place);
    const session = sessionOf(this.#calendar, date);
    invariant(session !== null, `${date.toString()} has no session`);
    const minutesTo = (epochMs: number): number => (epochMs - session.openMs) / msPerMinute;
    const continuous = session.phases.find((phase) => phase.name === "continuous");
    const atClose = session.phases.find((phase) => phase.name === "trade-at-close");
    return {
      day: dayOf(session),
      date: date.toString(),
      openMs: session.openMs,
      continuousEnd: minutesTo(continuous?.endMs ?? session.closeMs),
      auctionPrint: atClose === undefined ? null : minutesTo(atClose.startMs),
      end: minutesTo(session.closeMs),
    };
  }

  #at(place: number): Temporal.PlainDate {
    while (this.#dates.length <= place && this.#next.year <= lastYear) this.#look();
    const date = this.#dates[place];
    if (date === undefined)
      throw new EgxError("E_USAGE", `no session is simulated after ${lastYear}`);
    return date;
  }

  #knowUntil(date: Temporal.PlainDate): void {
    if (date.year > lastYear) {
      throw new EgxError(
        "E_USAGE",
        `${date.toString()} is after ${lastYear}, the last year of a bar`,
      );
    }
    while (Temporal.PlainDate.compare(this.#next, date) <= 0) this.#look();
  }

  #look(): void {
    if (isTradingDay(this.#calendar, this.#next)) this.#dates.push(this.#next);
    this.#next = this.#next.add({ days: 1 });
  }
}

function dayOf(session: Session): number {
  const { year, month, day } = session.date;
  const number = dayNumber(year, month, day);
  invariant(number !== null, `${session.date.toString()} is no date`);
  return number;
}
