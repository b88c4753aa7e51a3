import { EgxError } from "../base/errors.ts";
import { cairoDateOf } from "./cairo-time.ts";
import {
  type Calendar,
  nextSession,
  previousSession,
  type Session,
  sessionOf,
  tradingDaysBetween,
} from "./calendar.ts";

/** What has to be done again and again, by how often: see docs/airflow.md for what each one does. */
export const jobNames = ["intraday", "daily", "weekly", "monthly"] as const;

export type JobName = (typeof jobNames)[number];

/** One turn of a job. It follows from the calendar alone; instants are epoch milliseconds. */
export interface ScheduledRun {
  readonly job: JobName;
  /** The session that it belongs to, as a Cairo date. */
  readonly date: Temporal.PlainDate;
  /** The market time that it looks at, [startMs, endMs); for `monthly` both are `atMs`. */
  readonly startMs: number;
  readonly endMs: number;
  /** When it is due. */
  readonly atMs: number;
}

const msPerMinute = 60_000;
const msPerHour = 3_600_000;

/** The feed is 15 minutes late; five more let its last bars reach the lake. */
export const settleMs = 20 * msPerMinute;
/** The weekly job comes after the daily one has had its time. */
const weeklyAfterCloseMs = 2 * msPerHour;
/** The monthly job is done before the pre-open begins. */
const monthlyBeforeOpenMs = msPerHour;
/** The monthly job is the rarest: who looks for the nearest one looks at more than a month. */
const daysSearchedMax = 400;

type Maker = (calendar: Calendar, session: Session) => readonly ScheduledRun[];

const makers: Readonly<Record<JobName, Maker>> = {
  intraday: hourlyRuns,
  daily: (_calendar, { date, openMs, closeMs }) => [
    { job: "daily", date, startMs: openMs, endMs: closeMs, atMs: closeMs + settleMs },
  ],
  weekly: weeklyRuns,
  monthly: monthlyRuns,
};

/**
 * The turns of a job that belong to one Cairo date, in order; none when the exchange is closed.
 *
 * - `intraday`: after each whole hour of the session, once the feed has told it.
 * - `daily`: after the close.
 * - `weekly`: two hours after the close of the last session of a week that begins on Sunday.
 * - `monthly`: an hour before the opening of the first session of a month.
 */
export function runsOn(
  calendar: Calendar,
  job: JobName,
  date: Temporal.PlainDate,
): readonly ScheduledRun[] {
  const session = sessionOf(calendar, date);
  if (session === null) return [];
  return makers[job](calendar, session);
}

/** The turns of a job on the dates from `from` to `to`, both inclusive, in order. */
export function runsBetween(
  calendar: Calendar,
  job: JobName,
  { from, to }: { readonly from: Temporal.PlainDate; readonly to: Temporal.PlainDate },
): readonly ScheduledRun[] {
  return tradingDaysBetween(calendar, from, to).flatMap((date) => runsOn(calendar, job, date));
}

/**
 * The first turn that is due after an instant.
 * @throws E_CONFIG when the closures leave none within a year.
 */
export function nextRun(calendar: Calendar, job: JobName, afterMs: number): ScheduledRun {
  const found = nearestDay(afterMs, 1, (date) =>
    runsOn(calendar, job, date).find(({ atMs }) => atMs > afterMs),
  );
  if (found !== null) return found;
  throw new EgxError("E_CONFIG", `the closures leave no ${job} run within a year`);
}

/** The newest turn that is due at an instant; null when there is none within a year. */
export function newestRun(calendar: Calendar, job: JobName, nowMs: number): ScheduledRun | null {
  return nearestDay(nowMs, -1, (date) =>
    runsOn(calendar, job, date).findLast(({ atMs }) => atMs <= nowMs),
  );
}

function hourlyRuns(
  _calendar: Calendar,
  { date, openMs, closeMs }: Session,
): readonly ScheduledRun[] {
  const runs: ScheduledRun[] = [];
  for (let endMs = openMs + msPerHour; endMs < closeMs; endMs += msPerHour) {
    const startMs = endMs - msPerHour;
    runs.push({ job: "intraday", date, startMs, endMs, atMs: endMs + settleMs });
  }
  return runs;
}

function weeklyRuns(calendar: Calendar, session: Session): readonly ScheduledRun[] {
  const first = firstOfWeek(calendar, session);
  if (first === null) return [];
  const { date, closeMs } = session;
  const atMs = closeMs + weeklyAfterCloseMs;
  return [{ job: "weekly", date, startMs: first.openMs, endMs: closeMs, atMs }];
}

function monthlyRuns(calendar: Calendar, { date, openMs }: Session): readonly ScheduledRun[] {
  if (previousSession(calendar, date).date.month === date.month) return [];
  const atMs = openMs - monthlyBeforeOpenMs;
  return [{ job: "monthly", date, startMs: atMs, endMs: atMs, atMs }];
}

/** The first session of the week that `last` ends; null when it does not end one. */
function firstOfWeek(calendar: Calendar, last: Session): Session | null {
  const sunday = sundayOf(last.date);
  if (sundayOf(nextSession(calendar, last.date).date).equals(sunday)) return null;
  const [first = last.date] = tradingDaysBetween(calendar, sunday, last.date);
  return sessionOf(calendar, first);
}

function sundayOf(date: Temporal.PlainDate): Temporal.PlainDate {
  return date.subtract({ days: date.dayOfWeek % 7 });
}

function nearestDay(
  atMs: number,
  step: 1 | -1,
  found: (date: Temporal.PlainDate) => ScheduledRun | undefined,
): ScheduledRun | null {
  const today = Temporal.PlainDate.from(cairoDateOf(atMs));
  for (let days = 0; days <= daysSearchedMax; days += 1) {
    const run = found(today.add({ days: days * step }));
    if (run !== undefined) return run;
  }
  return null;
}
