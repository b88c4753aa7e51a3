/**
 * What silver by Spark has to know of this release, as the files of spark/egx_silver/ that
 * `npm run docs` writes: the choice of the source, the intervals, and the calendar's days.
 */
import { dayOf, egxCalendar, sessionOf } from "../src/market/calendar.ts";
import { intervals } from "../src/market/interval.ts";
import { silverFormat } from "../src/silver/built-state.ts";
import { defaultSourceRank } from "../src/silver/source-rank.ts";

/** JSON: silver's format, the default rank of sources, the intervals. */
export function sparkReleaseFile(): string {
  const known = intervals.map(({ name, code, minutes }) => ({ name, code, minutes }));
  const release = { format: silverFormat, rank: defaultSourceRank, intervals: known };
  return `${JSON.stringify(release, null, 2)}\n`;
}

/**
 * CSV of the days of which the calendar is sure: the date in Cairo and, of a day of trading, the
 * instants in UTC at which its session begins and ends; nothing of a day without.
 */
export function sparkCalendarFile(): string {
  const calendar = egxCalendar();
  const lines = ["date,open,close"];
  const first = calendar.span?.first ?? "1990-01-01";
  const last = calendar.span?.last ?? first;
  for (
    let date = Temporal.PlainDate.from(first);
    Temporal.PlainDate.compare(date, Temporal.PlainDate.from(last)) <= 0;
    date = date.add({ days: 1 })
  ) {
    const day = dayOf(calendar, date);
    const session = sessionOf(calendar, date);
    if (day.certainty !== "known") continue;
    if (!day.open) lines.push(`${date.toString()},,`);
    if (session === null || (day.hours?.certainty ?? "known") !== "known") continue;
    lines.push([date.toString(), instant(session.openMs), instant(session.closeMs)].join(","));
  }
  return `${lines.join("\n")}\n`;
}

function instant(epochMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toString();
}
