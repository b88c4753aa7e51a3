import {
  dayOf,
  nextSession,
  sessionOf,
  type Calendar,
  type CalendarDay,
  type Phase,
  type Session,
} from "../market/calendar.ts";
import { cairoIsoOf } from "../market/cairo-time.ts";
import { clockOf, dateWithDay, weekdayNames } from "./output/cairo-text.ts";

/** A date, and an instant of it when one was asked about. */
export interface AskedPlace {
  readonly date: Temporal.PlainDate;
  readonly epochMs: number | null;
}

/** Whether the exchange is open, and why. */
export interface CalendarAnswer {
  readonly open: boolean;
  readonly phase: Phase["name"] | null;
  /** For people. */
  readonly text: string;
  /** The first session that begins after what was asked. */
  readonly next: Session;
  /** For machines. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Answers for an instant, or for a date as a whole. */
export function calendarAnswer(calendar: Calendar, { date, epochMs }: AskedPlace): CalendarAnswer {
  const day = dayOf(calendar, date);
  const session = sessionOf(calendar, date);
  const phase = session?.phases.find(
    ({ startMs, endMs }) => epochMs !== null && startMs <= epochMs && epochMs < endMs,
  );
  const open = epochMs === null ? session !== null : phase !== undefined;
  const begins = session?.phases[0]?.startMs;
  const early = begins !== undefined && epochMs !== null && epochMs < begins;
  const next = early && session !== null ? session : nextSession(calendar, date);
  const text = `${whyText(day, session, { epochMs, phase })}${doubtText(day)}`;
  return {
    open,
    phase: phase?.name ?? null,
    text,
    next,
    json: {
      time: epochMs === null ? null : cairoIsoOf(epochMs),
      isOpen: open,
      phase: phase?.name ?? null,
      text,
      ...dayJson(calendar, day),
    },
  };
}

/** A day for machines. */
export function dayJson(calendar: Calendar, day: CalendarDay): Readonly<Record<string, unknown>> {
  const session = sessionOf(calendar, day.date);
  const { closure, hours } = day;
  return {
    date: day.date.toString(),
    weekday: weekdayNames[day.date.dayOfWeek % 7],
    tradingDay: day.open,
    certainty: day.certainty,
    reason: day.reason,
    closure: closure === null ? null : { kind: closure.kind, source: closure.source },
    hours:
      hours === null
        ? null
        : {
            name: hours.name ?? null,
            certainty: hours.certainty ?? "known",
            source: hours.source ?? null,
          },
    session: session === null ? null : sessionJson(session),
  };
}

/** A session for machines; times as Cairo writes them. */
export function sessionJson(session: Session): Readonly<Record<string, unknown>> {
  return {
    date: session.date.toString(),
    open: cairoIsoOf(session.openMs),
    close: cairoIsoOf(session.closeMs),
    phases: session.phases.map(({ name, startMs, endMs, earliestEndMs }) => ({
      name,
      start: cairoIsoOf(startMs),
      end: cairoIsoOf(endMs),
      earliestEnd: cairoIsoOf(earliestEndMs),
    })),
  };
}

/** A session for people, `Wed 2025-07-09 10:00-14:30`. */
export function sessionText({ date, openMs, closeMs }: Session): string {
  return `${dateWithDay(date)} ${clockOf(openMs)}-${clockOf(closeMs)}`;
}

interface At {
  readonly epochMs: number | null;
  readonly phase: Phase | undefined;
}

function whyText(day: CalendarDay, session: Session | null, { epochMs, phase }: At): string {
  if (session === null) return day.reason ?? "";
  const hours = `${clockOf(session.openMs)}-${clockOf(session.closeMs)}`;
  if (epochMs === null) return `${hours}, ${day.hours?.name ?? ""}`;
  if (phase !== undefined) {
    const earliest =
      phase.earliestEndMs === phase.endMs ? "" : `${clockOf(phase.earliestEndMs)} to `;
    return `${phase.name} until ${earliest}${clockOf(phase.endMs)}`;
  }
  return `${epochMs < session.openMs ? "before" : "after"} the session of ${hours}`;
}

function doubtText({ certainty, closure }: CalendarDay): string {
  if (certainty === "known") return closure === null ? "" : ` (${closure.source})`;
  if (certainty === "unknown") return " (nothing is known of closures on this date)";
  if (certainty === "moon") return " (by the moon: it may move by a day)";
  return " (expected, not announced)";
}
