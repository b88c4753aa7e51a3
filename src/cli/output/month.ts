import { dayOf, sessionOf, type Calendar, type CalendarDay } from "../../market/calendar.ts";
import { ramadanName, type DatedHours } from "../../market/session-hours.ts";
import type { Channel, Style } from "./console.ts";
import { clockOf, monthNames, weekdayNames } from "./cairo-text.ts";

/** By column; on Fridays and Saturdays there is nothing to tell. */
const cellWidths = [13, 13, 13, 13, 13, 5, 5] as const;

type Paint = Channel["paint"];

/**
 * A month as a table that begins with Sunday: a line of dates and a line of hours or reasons for
 * each week, and below it what they mean in full.
 */
export function monthText(
  calendar: Calendar,
  month: Temporal.PlainYearMonth,
  { paint, today }: { readonly paint: Paint; readonly today: Temporal.PlainDate },
): string {
  const days = Array.from({ length: month.daysInMonth }, (_, index) =>
    dayOf(calendar, month.toPlainDate({ day: index + 1 })),
  );
  const lines = [
    paint("bold", `${monthNames[month.month - 1]} ${month.year}`),
    paint("gray", row(weekdayNames.map((name) => [name]))),
  ];
  const offset = (days[0]?.date.dayOfWeek ?? 0) % 7;
  for (let first = -offset; first < days.length; first += 7) {
    const week = Array.from({ length: 7 }, (_, index) => days[first + index]);
    lines.push(row(week.map((day) => (day === undefined ? [""] : dateCell(day, today, paint)))));
    lines.push(
      row(
        week.map((day) =>
          day === undefined ? [""] : [shortText(calendar, day), styleOf(day), paint],
        ),
      ),
    );
  }
  return `${[...lines, "", ...legend(calendar, days)].join("\n")}\n`;
}

/** A cell's text, perhaps with its colour. */
type Cell = readonly [string, Style?, Paint?];

function row(cells: readonly Cell[]): string {
  return cells
    .map(([text, style, paint], column) => {
      const width = cellWidths[column] ?? 0;
      const cut = text.length > width - 1 ? `${text.slice(0, width - 2)}…` : text;
      const shown = style === undefined || paint === undefined ? cut : paint(style, cut);
      return shown + " ".repeat(width - cut.length);
    })
    .join("")
    .replace(/ +$/, "");
}

function dateCell(day: CalendarDay, today: Temporal.PlainDate, paint: Paint): Cell {
  const text = String(day.date.day).padStart(2);
  if (day.date.equals(today)) return [text, "inverse", paint];
  return [text, day.open ? "bold" : "gray", paint];
}

/** The hours of a session, or why there is none. */
function shortText(calendar: Calendar, day: CalendarDay): string {
  const session = sessionOf(calendar, day.date);
  if (session === null) return day.closure === null ? "-" : (day.reason ?? "");
  const doubt = day.certainty === "known" ? "" : "?";
  return `${clockOf(session.openMs)}-${clockOf(session.closeMs)}${doubt}`;
}

function styleOf(day: CalendarDay): Style {
  if (day.closure !== null) return "red";
  if (!day.open) return "gray";
  return day.hours?.name === ramadanName ? "cyan" : "green";
}

/** What the table's words and hours mean. */
function legend(calendar: Calendar, days: readonly CalendarDay[]): readonly string[] {
  const sessions = days.filter(({ open }) => open);
  const lines = [`${sessions.length} sessions`];
  for (const hours of new Set(sessions.flatMap(({ hours }) => hours ?? []))) {
    lines.push(hoursLine(calendar, hours, sessions));
  }
  const groups = Map.groupBy(
    days.filter(({ open, closure }) => !open && closure !== null),
    ({ reason, certainty }) => `${reason} (${certainty})`,
  );
  for (const [what, closed] of groups) {
    lines.push(`closed ${closed.map(({ date }) => date.day).join(", ")}: ${what}`);
  }
  const doubts = new Set(sessions.map(({ certainty }) => certainty));
  doubts.delete("known");
  for (const doubt of doubts) lines.push(doubtTexts[doubt]);
  return lines;
}

const doubtTexts = {
  known: "",
  expected: "? as expected: these days lie after the last announcement that is known here",
  moon: "? beside a day that the moon decides: it may move",
  unknown: "? nothing is known of closures here: only weekends are marked",
} as const;

function hoursLine(
  calendar: Calendar,
  hours: DatedHours,
  sessions: readonly CalendarDay[],
): string {
  const own = sessions.filter((day) => day.hours === hours);
  const [first, last] = [own[0], own.at(-1)];
  const session = first === undefined ? null : sessionOf(calendar, first.date);
  const phases = (session?.phases ?? []).map(({ name, startMs }) => `${name} ${clockOf(startMs)}`);
  if (session !== null) phases.push(`end ${clockOf(session.closeMs)}`);
  const doubt =
    hours.certainty === undefined || hours.certainty === "known" ? "" : ` (${hours.certainty})`;
  const range = `${first?.date.day ?? ""}-${last?.date.day ?? ""}`;
  return `${range}: ${hours.name ?? "hours"}${doubt}: ${phases.join(", ")}`;
}
