import { EgxError, invariant } from "../base/errors.ts";
import { barStartMs } from "./bar.ts";
import { cairoDateOf, cairoWallToMs, dayNumber } from "./cairo-time.ts";
import type { Certainty, Closure } from "./closure.ts";
import { closuresExpectedUntil, comingClosures } from "./data/coming-closures.ts";
import { closuresKnownUntil, pastClosures } from "./data/past-closures.ts";
import { parseDateTime } from "./date-time.ts";
import type { Interval } from "./interval.ts";
import { seasonHours, sessionHours, type DatedHours, type PhaseName } from "./session-hours.ts";

export type { Certainty, Closure, ClosureKind } from "./closure.ts";
export type { DatedHours, PhaseHours, PhaseName } from "./session-hours.ts";

/**
 * When the exchange is open: Sunday to Thursday but for closures, in the hours of
 * {@link DatedHours}. A calendar is data; everything about it is a pure function of the calendar
 * and a Cairo date or an instant. {@link egxCalendar} gives the exchange's own.
 */
export interface Calendar {
  /** By their dates. */
  readonly closures: ReadonlyMap<string, Closure>;
  /** Dates that are open for sure, weekend or not; the operator's. */
  readonly openings: ReadonlySet<string>;
  /** The oldest first. Hours with an end go before those without; of two the later ones count. */
  readonly hours: readonly DatedHours[];
  /** The dates of which it claims to know the closures; null when it claims nothing. */
  readonly span: CalendarSpan | null;
}

/** Dates, inclusive. */
export interface CalendarSpan {
  readonly first: string;
  /** Until here closures are seen or announced, behind it they are expected. */
  readonly knownUntil: string;
  readonly last: string;
}

/** What an operator knows better than this release. */
export interface CalendarChanges {
  /** Days that are closed. */
  readonly closed?: readonly Closure[];
  /** Dates that are open after all. */
  readonly open?: readonly string[];
  /** Hours that go before those of the release on the dates from which they hold. */
  readonly hours?: readonly DatedHours[];
  /** Until when closures are known with these changes; the span ends no earlier. */
  readonly knownUntil?: string;
}

/** A part of a session, [startMs, endMs) in epoch milliseconds. */
export interface Phase {
  readonly name: PhaseName;
  readonly startMs: number;
  readonly endMs: number;
  /** An end at random lies between here and `endMs`; elsewhere the two are one. */
  readonly earliestEndMs: number;
}

/** One day's trading, in epoch milliseconds. */
export interface Session {
  readonly date: Temporal.PlainDate;
  /** Its phases in order. */
  readonly phases: readonly Phase[];
  /** When continuous trading begins. */
  readonly openMs: number;
  /** When the last phase ends. */
  readonly closeMs: number;
}

/** What is known of one date. */
export interface CalendarDay {
  readonly date: Temporal.PlainDate;
  readonly open: boolean;
  /** How sure `open` is. */
  readonly certainty: Certainty;
  /** Why it is closed, `Eid al-Fitr` or `Friday`; null on an open day. */
  readonly reason: string | null;
  /** The closure, when it is no matter of the weekend. */
  readonly closure: Closure | null;
  /** The hours of an open day; its `certainty` is that of the hours. */
  readonly hours: DatedHours | null;
}

/** No closure of the exchange has lasted as long. */
const daysSearchedMax = 366;
const msPerMinute = 60_000;
const firstKnown = "2015-01-01";

/**
 * The calendar of the exchange's main market: what this release knows of 2015-2027, and the
 * changes of an operator to it.
 * @throws E_CONFIG for a change that is no date of the form `2025-07-08`.
 */
export function egxCalendar(changes: CalendarChanges = {}): Calendar {
  const { closed = [], open = [], hours = [], knownUntil = closuresKnownUntil } = changes;
  const closures = closuresByDate([...pastClosures, ...comingClosures, ...closed]);
  const openings = new Set<string>();
  for (const text of open) {
    checkDate(text, "opening");
    closures.delete(text);
    openings.add(text);
  }
  const last = knownUntil > closuresExpectedUntil ? knownUntil : closuresExpectedUntil;
  return {
    closures,
    openings,
    hours: ordered([...sessionHours, ...seasonHours, ...hours]),
    span: { first: firstKnown, knownUntil, last },
  };
}

/**
 * A calendar of weekends and given closures alone, in the regular hours: without holidays and
 * Ramadan, for simulations and for days of which nothing is known.
 * @throws E_CONFIG for a closure that is no date of the form `2025-07-08`.
 */
export function weekdayCalendar(
  closures: Iterable<string> = [],
  hours: readonly DatedHours[] = sessionHours,
): Calendar {
  const given = Array.from(closures, (date): Closure => ({
    date,
    name: "closed",
    kind: "operator",
    certainty: "known",
    source: "given",
  }));
  return { closures: closuresByDate(given), openings: new Set(), hours, span: null };
}

/** Whether there is a session on a Cairo date; {@link dayOf} says how sure that is, and why. */
export function isTradingDay(calendar: Calendar, date: Temporal.PlainDate): boolean {
  const text = isoText(date);
  if (isWeekend(date)) return calendar.openings.has(text);
  return !calendar.closures.has(text);
}

/**
 * What is known of a date. Outside the calendar's span weekdays count as open with the certainty
 * `unknown`. A weekday beside a closure that hangs on the moon hangs on it too.
 */
export function dayOf(calendar: Calendar, date: Temporal.PlainDate): CalendarDay {
  const open = isTradingDay(calendar, date);
  const closure = calendar.closures.get(isoText(date)) ?? null;
  const certainty = certaintyOf(calendar, date);
  if (open) {
    return { date, open, certainty, reason: null, closure, hours: hoursOn(calendar, date) };
  }
  const weekend = date.dayOfWeek === 5 ? "Friday" : "Saturday";
  return { date, open, certainty, reason: closure?.name ?? weekend, closure, hours: null };
}

/** Sessions that were asked for, by date: bars come by the thousand for one of them. */
const sessions = new WeakMap<Calendar, Map<string, Session | null>>();

/** The session of a Cairo date, or null when there is none. */
export function sessionOf(calendar: Calendar, date: Temporal.PlainDate): Session | null {
  const known = sessions.get(calendar) ?? new Map<string, Session | null>();
  sessions.set(calendar, known);
  const text = isoText(date);
  const before = known.get(text);
  if (before !== undefined) return before;
  const session = isTradingDay(calendar, date)
    ? makeSession(calendar, Temporal.PlainDate.from(text))
    : null;
  known.set(text, session);
  return session;
}

function makeSession(calendar: Calendar, date: Temporal.PlainDate): Session {
  const hours = hoursOn(calendar, date);
  const phases = hours.phases.map(({ name, from, to, endsFrom = to }) => ({
    name,
    startMs: instantOf(date, from),
    endMs: instantOf(date, to),
    earliestEndMs: instantOf(date, endsFrom),
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
  throw new EgxError("E_CONFIG", `the closures leave no session within a year of ${isoText(date)}`);
}

/** How sure it is whether a date is open. */
function certaintyOf(calendar: Calendar, date: Temporal.PlainDate): Certainty {
  const { closures, openings, span } = calendar;
  const text = isoText(date);
  const closure = closures.get(text);
  if (closure !== undefined) return closure.certainty;
  if (openings.has(text)) return "known";
  if (span === null || text < span.first || text > span.last) return "unknown";
  if (isWeekend(date) || text <= span.knownUntil) return "known";
  const beside = [-1, 1].map((days) => closures.get(isoText(date.add({ days }))));
  return beside.some((other) => other?.certainty === "moon") ? "moon" : "expected";
}

/** The hours in force on a date; before the first ones known, those. */
function hoursOn(calendar: Calendar, date: Temporal.PlainDate): DatedHours {
  const text = isoText(date);
  const inForce = calendar.hours.filter(({ since, until }) => {
    return since <= text && (until === undefined || text <= until);
  });
  const hours =
    inForce.findLast(({ until }) => until !== undefined) ?? inForce.at(-1) ?? calendar.hours[0];
  invariant(hours !== undefined, "a calendar has hours");
  return hours;
}

/** By their first dates; of one date, the later given last. */
function ordered(hours: readonly DatedHours[]): readonly DatedHours[] {
  return hours.toSorted((left, right) => Date.parse(left.since) - Date.parse(right.since));
}

function closuresByDate(closures: readonly Closure[]): Map<string, Closure> {
  const byDate = new Map<string, Closure>();
  for (const closure of closures) {
    checkDate(closure.date, "closure");
    byDate.set(closure.date, closure);
  }
  return byDate;
}

function checkDate(text: string, what: string): void {
  if (parseDateTime(text) !== null && text.length === 10) return;
  throw new EgxError("E_CONFIG", `the ${what} "${text}" is no date`);
}

/** `2025-11-24`, whatever calendar the date is in. */
function isoText(date: Temporal.PlainDate): string {
  return date.toString({ calendarName: "never" });
}

function isWeekend(date: Temporal.PlainDate): boolean {
  // Days of the week count from Monday, 1.
  return date.dayOfWeek === 5 || date.dayOfWeek === 6;
}

function dateAt(epochMs: number): Temporal.PlainDate {
  return Temporal.PlainDate.from(cairoDateOf(epochMs));
}

/** The instant of a wall time `10:00` on a Cairo date. */
function instantOf(date: Temporal.PlainDate, wall: string): number {
  const timeMs = Temporal.PlainTime.from(wall).since("00:00").total("milliseconds");
  const day = dayNumber(date.year, date.month, date.day);
  const instantMs = day === null ? null : cairoWallToMs({ day, timeMs });
  invariant(instantMs !== null, `daylight saving skips ${wall} on ${isoText(date)}`);
  return instantMs;
}
