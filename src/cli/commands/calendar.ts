import { EgxError } from "../../base/errors.ts";
import { dayOf, sessionOf, tradingDaysBetween, type Calendar } from "../../market/calendar.ts";
import { cairoDateOf } from "../../market/cairo-time.ts";
import { calendarAnswer, dayJson, sessionJson, sessionText } from "../calendar-answer.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { CalendarConfig } from "../config/schemas.ts";
import { parseMonth, type AskedTime } from "../config/values.ts";
import { checkOrder, writeRuns } from "../calendar-runs.ts";
import { clockOf, dateWithDay } from "../output/cairo-text.ts";
import { monthText } from "../output/month.ts";
import { writeRows } from "../output/rows.ts";

/** `egx calendar`: a month, or what was asked. */
export const calendar: CommandRun<CalendarConfig> = async (config, context) => {
  const { isOpen, phase, next, runs, from, to } = config;
  const [monthText] = context.args;
  checkAlone(config, monthText);
  const exchange = await readCalendar(config.calendar, context);
  const shown: Shown = { exchange, json: config.json, context };
  if (isOpen !== undefined) await writeIsOpen(shown, isOpen);
  else if (phase !== undefined) await writePhase(shown, phase);
  else if (next) await writeNext(shown);
  else if (runs !== undefined) await writeRuns(exchange, { ...config, job: runs }, context);
  else if (from !== undefined || to !== undefined) await writeSessions(shown, { from, to });
  else await writeMonth(shown, monthText);
  return 0;
};

/** @throws E_USAGE when two different things are asked for. */
function checkAlone(
  { isOpen, phase, next, runs, from, to }: CalendarConfig,
  monthText: string | undefined,
): void {
  const asked = [
    isOpen === undefined ? null : "--is-open",
    phase === undefined ? null : "--phase",
    next ? "--next" : null,
    runs === undefined ? null : "--runs",
    runs !== undefined || (from === undefined && to === undefined) ? null : "--from/--to",
    monthText === undefined ? null : "a month",
  ].filter((name) => name !== null);
  if (asked.length > 1) {
    throw new EgxError("E_USAGE", `${asked.join(" and ")} exclude each other; give one of them`);
  }
}

interface Shown {
  readonly exchange: Calendar;
  readonly json: boolean;
  readonly context: CommandContext;
}

async function writeIsOpen({ exchange, json, context }: Shown, asked: AskedTime): Promise<void> {
  const answer = calendarAnswer(exchange, placeOf(asked, context));
  const { open, text, next } = answer;
  if (json) {
    await writeJson(context, { ...answer.json, nextSession: sessionJson(next) });
    return;
  }
  const state = open ? context.out.paint("green", "open") : context.out.paint("red", "closed");
  await context.out.write(`${state}: ${text}\nnext session: ${sessionText(next)}\n`);
}

async function writePhase({ exchange, json, context }: Shown, asked: AskedTime): Promise<void> {
  const place = placeOf(asked, context);
  if (place.epochMs === null) {
    throw new EgxError("E_USAGE", "--phase: a date has several; give a time, 2025-11-24T11:00");
  }
  const answer = calendarAnswer(exchange, place);
  if (json) await writeJson(context, answer.json);
  else await context.out.write(`${answer.open ? "" : "closed: "}${answer.text}\n`);
}

async function writeNext({ exchange, json, context }: Shown): Promise<void> {
  const { next } = calendarAnswer(exchange, placeOf({ kind: "now" }, context));
  if (json) await writeJson(context, sessionJson(next));
  else await context.out.write(`${sessionText(next)}\n`);
}

/** The sessions between two dates; one that is not given is the other. */
async function writeSessions(
  { exchange, json, context }: Shown,
  { from, to }: Pick<CalendarConfig, "from" | "to">,
): Promise<void> {
  const [first, last] = [from ?? to, to ?? from];
  if (first === undefined || last === undefined) return;
  checkOrder(first, last);
  const days = tradingDaysBetween(exchange, first, last).map((date) => dayOf(exchange, date));
  const sessions = days.flatMap((day) => {
    const session = sessionOf(exchange, day.date);
    return session === null ? [] : [{ day, session }];
  });
  await writeRows(context.out, json, {
    head: ["session", "open", "close", "hours", "certainty"],
    rows: sessions.map(({ day, session }) => [
      dateWithDay(day.date),
      clockOf(session.openMs),
      clockOf(session.closeMs),
      day.hours?.name ?? null,
      day.certainty,
    ]),
    json: days.map((day) => dayJson(exchange, day)),
  });
}

async function writeMonth(
  { exchange, json, context }: Shown,
  given: string | undefined,
): Promise<void> {
  const today = Temporal.PlainDate.from(cairoDateOf(context.clock.nowMs()));
  const month = given === undefined ? today.toPlainYearMonth() : parseMonth(given);
  if (json) {
    const days = Array.from({ length: month.daysInMonth }, (_, index) =>
      dayJson(exchange, dayOf(exchange, month.toPlainDate({ day: index + 1 }))),
    );
    await writeJson(context, days);
    return;
  }
  const { out } = context;
  await out.write(monthText(exchange, month, { paint: (...of) => out.paint(...of), today }));
}

function placeOf(
  asked: AskedTime,
  { clock }: CommandContext,
): { readonly date: Temporal.PlainDate; readonly epochMs: number | null } {
  if (asked.kind === "date") return { date: asked.date, epochMs: null };
  const epochMs = asked.kind === "now" ? clock.nowMs() : asked.epochMs;
  return { date: Temporal.PlainDate.from(cairoDateOf(epochMs)), epochMs };
}

async function writeJson({ out }: CommandContext, document: unknown): Promise<void> {
  await out.write(`${JSON.stringify(document)}\n`);
}
