import { cairoDayOf, cairoDateOf, cairoWallToMs } from "../../market/cairo-time.ts";
import { egxCalendar, previousSession } from "../../market/calendar.ts";
import { barStartMs } from "../../market/bar.ts";
import type { Interval } from "../../market/interval.ts";

const minuteMs = 60_000;
/**
 * When the last sessions are fetched again, in Cairo: once the feed is sure to have the close,
 * which it was seen to lack 44 minutes after it; and on the next date, which makes Daily bars
 * final.
 */
const refreshMinutes = [5, 16 * 60];
const refreshedSessions = 5;

/** The next time after `epochMs` at which the last sessions are fetched again. */
export function nextRefreshMs(epochMs: number): number {
  const today = cairoDayOf(epochMs);
  for (const day of [today, today + 1]) {
    for (const minutes of refreshMinutes) {
      const wall = { day, timeMs: minutes * minuteMs };
      // Daylight saving begins by skipping the hour after midnight.
      const atMs = cairoWallToMs(wall) ?? cairoWallToMs({ day, timeMs: wall.timeMs + 3_600_000 });
      if (atMs !== null && atMs > epochMs) return atMs;
    }
  }
  return epochMs + 86_400_000;
}

/** The start of the first bar of the last five sessions before today. */
export function refreshFromMs(epochMs: number, interval: Interval): number {
  return sessionsBackMs(epochMs, interval, refreshedSessions);
}

/** Where following begins that is not told where: enough to show the last session. */
export function followFromMs(epochMs: number, interval: Interval): number {
  return sessionsBackMs(epochMs, interval, interval.intraday ? 1 : refreshedSessions);
}

function sessionsBackMs(epochMs: number, interval: Interval, sessions: number): number {
  const calendar = egxCalendar();
  let date = Temporal.PlainDate.from(cairoDateOf(epochMs));
  let openMs = epochMs;
  for (let back = 0; back < sessions; back += 1) {
    const session = previousSession(calendar, date);
    date = session.date;
    openMs = session.openMs;
  }
  return barStartMs(interval, openMs);
}
