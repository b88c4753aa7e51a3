import type { CalendarDay } from "../../../../src/serve/api/calendar.ts";
import type { LocalName } from "../../../../src/serve/api/common.ts";
import type { MatrixRun } from "../../../../src/serve/api/quality.ts";
import { dateOfDay, dayOf } from "../../lib/cairo.ts";
import { cellAt, type MatrixCell } from "./matrix-cells.ts";

/** A day in a symbol's calendar. */
export type WeekDay =
  | { readonly kind: "session"; readonly date: string; readonly cell: MatrixCell }
  /** `reason`: `Eid al-Fitr`; null where the calendar does not tell. */
  | { readonly kind: "closed"; readonly date: string; readonly reason: LocalName | null }
  /** Of another month, or not asked for. */
  | { readonly kind: "blank" };

/** One month, a row a week. */
export interface MonthWeeks {
  /** `2026-03` */
  readonly month: string;
  /** Days of the week that are shown, 0 is Sunday: to Thursday, more where a session fell on one. */
  readonly weekdays: readonly number[];
  readonly weeks: readonly (readonly WeekDay[])[];
}

const thursday = 4;

/** The day of the week of a date, 0 is Sunday. */
export function weekdayOf(date: string): number {
  // 1970-01-01 was a Thursday.
  return (((dayOf(date) + thursday) % 7) + 7) % 7;
}

/** The months of sessions (ascending) and what is known of a symbol on them. */
export function calendarMonths(
  sessions: readonly string[],
  runs: readonly MatrixRun[],
  days: readonly CalendarDay[],
): readonly MonthWeeks[] {
  const [first, last] = [sessions[0], sessions.at(-1)];
  if (first === undefined || last === undefined) return [];
  const places = new Map(sessions.map((date, place) => [date, place]));
  const reasons = new Map(
    days.map(({ date, reason, reasonAr }) => [
      date,
      reason === null ? null : { en: reason, ar: reasonAr },
    ]),
  );
  const latest = Math.max(thursday, ...sessions.map((date) => weekdayOf(date)));
  const weekdays = Array.from({ length: latest + 1 }, (_, weekday) => weekday);
  const dayAt = (date: string): WeekDay => {
    const place = places.get(date);
    if (place !== undefined) return { kind: "session", date, cell: cellAt(runs, place) };
    if (date < first || date > last) return { kind: "blank" };
    return { kind: "closed", date, reason: reasons.get(date) ?? null };
  };
  const months = [...new Set(sessions.map((date) => date.slice(0, 7)))];
  return months.map((month) => ({ month, weekdays, weeks: weeksOf(month, weekdays, dayAt) }));
}

function weeksOf(
  month: string,
  weekdays: readonly number[],
  dayAt: (date: string) => WeekDay,
): readonly (readonly WeekDay[])[] {
  const firstDay = dayOf(`${month}-01`);
  const weeks: WeekDay[][] = [];
  const sunday = firstDay - weekdayOf(`${month}-01`);
  for (let start = sunday; start <= firstDay || inMonth(month, start); start += 7) {
    const week = weekdays.map((weekday): WeekDay => {
      const day = start + weekday;
      return inMonth(month, day) ? dayAt(dateOfDay(day)) : { kind: "blank" };
    });
    if (week.some(({ kind }) => kind !== "blank")) weeks.push(week);
  }
  return weeks;
}

function inMonth(month: string, day: number): boolean {
  return dateOfDay(day).startsWith(month);
}
