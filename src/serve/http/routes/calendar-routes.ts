import { z } from "../../../base/schema.ts";
import { dayOf, sessionOf, type Calendar, type Session } from "../../../market/calendar.ts";
import { arabicHolidayName } from "../../../market/holiday-name.ts";
import { calendarAnswer, sessionsAnswer, type SessionDay } from "../../api/calendar.ts";
import type { Backend } from "../../backend.ts";
import { isoOf } from "../../data/iso.ts";
import { checkedRange, dateInput } from "../inputs.ts";
import { noBody, nothing, route, type Route } from "../route.ts";

const daysMax = 400;
/** Of days around today, when nobody says which. */
const daysAround = 30;

const rangeQuery = z.strictObject({ from: dateInput.optional(), to: dateInput.optional() });

export function calendarRoutes(backend: Backend): readonly Route[] {
  return [sessions(backend), days(backend)];
}

function sessions(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/sessions",
    tag: "Calendar",
    summary: "The sessions of a range with their phases",
    params: nothing,
    query: rangeQuery,
    body: noBody,
    answer: sessionsAnswer,
    cached: true,
    handle: async ({ query }) => {
      const found = datesOf(backend, query).flatMap((date) => {
        const session = sessionOf(backend.options.calendar, date);
        return session === null ? [] : [sessionDay(session)];
      });
      return { json: { sessions: found } };
    },
  });
}

function days(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/calendar",
    tag: "Calendar",
    summary: "Every day of a range: open or closed, why, and how sure that is",
    params: nothing,
    query: rangeQuery,
    body: noBody,
    answer: calendarAnswer,
    cached: true,
    handle: async ({ query }) => {
      const { calendar } = backend.options;
      return { json: { days: datesOf(backend, query).map((date) => dayLine(calendar, date)) } };
    },
  });
}

function dayLine(
  calendar: Calendar,
  date: Temporal.PlainDate,
): z.output<typeof calendarAnswer>["days"][number] {
  const { open, certainty, reason, hours } = dayOf(calendar, date);
  const special = hours?.until === undefined ? null : (hours.name ?? null);
  const reasonAr = reason === null ? null : arabicHolidayName(reason);
  return { date: date.toString(), open, certainty, reason, reasonAr, hours: special };
}

function sessionDay({ date, openMs, closeMs, phases }: Session): SessionDay {
  return {
    date: date.toString(),
    open: isoOf(openMs),
    close: isoOf(closeMs),
    phases: phases.map(({ name, startMs, endMs }) => {
      return { name, start: isoOf(startMs), end: isoOf(endMs) };
    }),
  };
}

function datesOf(
  backend: Backend,
  query: z.output<typeof rangeQuery>,
): readonly Temporal.PlainDate[] {
  const today = Temporal.PlainDate.from(backend.today());
  const around = (text: string | undefined, other: string | undefined, days: number): string => {
    const base = other === undefined ? today : Temporal.PlainDate.from(other);
    return text ?? base.add({ days }).toString();
  };
  const from = around(query.from, query.to, -daysAround);
  const to = around(query.to, query.from, daysAround);
  checkedRange(from, to, daysMax);
  const dates: Temporal.PlainDate[] = [];
  const last = Temporal.PlainDate.from(to);
  let date = Temporal.PlainDate.from(from);
  for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    dates.push(date);
  }
  return dates;
}
