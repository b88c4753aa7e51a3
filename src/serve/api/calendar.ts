import { z } from "../../base/schema.ts";
import { cairoDate, instant } from "./common.ts";

export const certainty = z.enum(["known", "expected", "moon", "unknown"]).meta({ id: "Certainty" });

export const sessionDay = z
  .object({
    date: cairoDate,
    open: instant,
    close: instant,
    phases: z.array(
      z.object({
        name: z.enum(["pre-open", "continuous", "closing-auction", "trade-at-close"]),
        start: instant,
        end: instant,
      }),
    ),
  })
  .meta({ id: "SessionDay" });
export type SessionDay = z.output<typeof sessionDay>;

/** The sessions of a range; at most 400 days. */
export const sessionsAnswer = z.object({ sessions: z.array(sessionDay) }).meta({ id: "Sessions" });

export const calendarDay = z
  .object({
    date: cairoDate,
    open: z.boolean(),
    certainty,
    /** Why it is closed: `Eid al-Fitr`, `Friday`; null on an open day. */
    reason: z.string().nullable(),
    /** The same in Arabic; null where it has no Arabic name. */
    reasonAr: z.string().nullable(),
    /** The hours' name when they are special: `Ramadan`. */
    hours: z.string().nullable(),
  })
  .meta({ id: "CalendarDay" });
export type CalendarDay = z.output<typeof calendarDay>;

/** Every day of a range; at most 400. */
export const calendarAnswer = z.object({ days: z.array(calendarDay) }).meta({ id: "Calendar" });
export type CalendarAnswer = z.output<typeof calendarAnswer>;
