import { EgxError, invariant } from "../base/errors.ts";
import { barStartMs } from "./bar.ts";
import { cairoDateOf, cairoWallToMs, dayNumber } from "./cairo-time.ts";
import { parseDateTime } from "./date-time.ts";
import type { Interval } from "./interval.ts";
import { sessionHours, type DatedHours, type PhaseName } from "./session-hours.ts";

/**
 * When the exchange is open: Sunday to Thursday but for the closures that are given, in the hours
 * of {@link DatedHours}. A calendar is data; everything about it is a pure function of the
 * calendar and a Cairo date or an instant. The default knows weekends, daylight saving and the
 * regular hours since August 2014; holidays, closures for a day and the shorter hours of Ramadan
 * are data to be given.
 */
export interface Calendar {
  /** Dates (`2025-07-08`) without a session that are no Friday or Saturday. */
  readonly closures: ReadonlySet<string>;
  /** By date, the oldest first. */
  readonly hours: readonly DatedHours[];
}

/** A part of a session, [startMs, endMs) in epoch milliseconds. */
export interface Phase {
  readonly name: PhaseName;
  readonly startMs: number;
  readonly endMs: number;
}

/** One day's trading, in epoch milliseconds. */
export interface Session {
  readonly date: Temporal.PlainDate;
  /** Its phases in order; the closing auction really ends at random within its last minutes. */
  readonly phases: readonly Phase[];
  /** When continuous trading begins. */
  readonly openMs: number;
  /** When the last phase ends. */
  readonly closeMs: number;
}

/** No closure of the exchange has lasted as long. */
const daysSearchedMax = 366;
const msPerMinute = 60_000;

/**
 * The calendar of the exchange's main market.
 * @throws E_CONFIG for a closure that is no date of the form `2025-07-08`.
 */
export function egxCalendar(
  closures: Iterable<string> = [],
  hours: readonly DatedHours[] = sessionHours,
): Calendar {
  const dates = new Set<string>();
  for (const text of closures) {
    if (!isDate(text)) throw new EgxError("E_CONFIG", `the closure "${text}" is no date`);
    dates.add(text);
  }
  return { closures: dates, hours };
}

/** Whether there is a session on a Cairo date. */
export function isTradingDay(calendar: Calendar, date: Temporal.PlainDate): boolean {
  // Days of the week count from Monday, 1.
  const weekend = date.dayOfWeek === 5 || date.dayOfWeek === 6;
  return !weekend && !calendar.closures.has(date.toString());
}

/** The session of a Cairo date, or null when there is none. */
export function sessionOf(calendar: Calendar, date: Temporal.PlainDate): Session | null {
  if (!isTradingDay(calendar, date)) return null;
  const hours = hoursOn(calendar, date);
  const phases = hours.phases.map(({ name, from, to }) => ({
    name,
    startMs: instantOf(date, from),
    endMs: instantOf(date, to),
  }));
  const open = phases.find((phase) => phase.name === "continuous");
  const last = phases.at(-1);
  invariant(open !== undefined && last !== undefined, `no continuous phase since ${hours.since}`);
  return { date, phases, openMs: open.startMs, closeMs: last.endMs };
}

/** The phase at an instant; null while the exchange is closed. */
export function phaseAt(calendar: Calendar, epochMs: number): PhaseName | null {
  const session = sessionOf(calendar, dateAt(epochMs));
  const phase = session?.phases.find(({ startMs, endMs }) => startMs <= epochMs && epochMs < endMs);
  return phase?.name ?? null;
}

/**
 * The first session on a date after `date`.
 * @throws E_CONFIG when the closures leave none within a year.
 */
export function nextSession(calendar: Calendar, date: Temporal.PlainDate): Session {
  return nearestSession(calendar, date, 1);
}

/**
 * The last session on a date before `date`.
 * @throws E_CONFIG when the closures leave none within a year.
 */
export function previousSession(calendar: Calendar, date: Temporal.PlainDate): Session {
  return nearestSession(calendar, date, -1);
}

/** The trading days from `from` to `to`, both inclusive, in order. */
export function tradingDaysBetween(
  calendar: Calendar,
  from: Temporal.PlainDate,
  to: Temporal.PlainDate,
): readonly Temporal.PlainDate[] {
  const days: Temporal.PlainDate[] = [];
  for (let date = from; Temporal.PlainDate.compare(date, to) <= 0; date = date.add({ days: 1 })) {
    if (isTradingDay(calendar, date)) days.push(date);
  }
  return days;
}

/**
 * The starts (epoch milliseconds, ascending) of the bars that a date's session begins, for a
 * symbol that trades in every minute in which trades can happen: in continuous trading, at the
 * end of the closing auction, and at the close. Intraday bars begin on multiples of their length
 * on Cairo's clock; a Weekly or Monthly bar is begun by the first session of its period.
 */
export function expectedBars(
  calendar: Calendar,
  interval: Interval,
  date: Temporal.PlainDate,
): readonly number[] {
  const session = sessionOf(calendar, date);
  if (session === null) return [];
  if (interval.minutes !== null) return intradayStarts(session, interval.minutes * msPerMinute);
  const startMs = barStartMs(interval, session.openMs);
  const before = previousSession(calendar, date);
  return barStartMs(interval, before.openMs) === startMs ? [] : [startMs];
}

function intradayStarts(session: Session, lengthMs: number): readonly number[] {
  const starts = new Set<number>();
  for (const { name, startMs, endMs } of session.phases) {
    // The auction's one trade is printed at its end, in the minute that begins the next phase.
    if (name !== "continuous" && name !== "trade-at-close") continue;
    // Cairo's offsets are whole hours, so its clock and UTC's agree on these multiples.
    for (let atMs = startMs - (startMs % lengthMs); atMs < endMs; atMs += lengthMs) {
      starts.add(atMs);
    }
  }
  return [...starts];
}

function nearestSession(calendar: Calendar, date: Temporal.PlainDate, step: 1 | -1): Session {
  for (let days = 1; days <= daysSearchedMax; days += 1) {
    const session = sessionOf(calendar, date.add({ days: days * step }));
    if (session !== null) return session;
  }
  throw new EgxError(
    "E_CONFIG",
    `the closures leave no session within a year of ${date.toString()}`,
  );
}

/** The hours in force on a date; before the first ones known, those. */
function hoursOn(calendar: Calendar, date: Temporal.PlainDate): DatedHours {
  const text = date.toString();
  const hours = calendar.hours.findLast(({ since }) => since <= text) ?? calendar.hours[0];
  invariant(hours !== undefined, "a calendar has hours");
  return hours;
}

function isDate(text: string): boolean {
  return parseDateTime(text) !== null && text.length === 10;
}

function dateAt(epochMs: number): Temporal.PlainDate {
  return Temporal.PlainDate.from(cairoDateOf(epochMs));
}

/** The instant of a wall time `10:00` on a Cairo date. */
function instantOf(date: Temporal.PlainDate, wall: string): number {
  const timeMs = Temporal.PlainTime.from(wall).since("00:00").total("milliseconds");
  const day = dayNumber(date.year, date.month, date.day);
  const instantMs = day === null ? null : cairoWallToMs({ day, timeMs });
  invariant(instantMs !== null, `daylight saving skips ${wall} on ${date.toString()}`);
  return instantMs;
}
