import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** What is asked of the calendar and of the universe. */
export const marketSettings = {
  calendar: setting(optional(value.text), {
    flags: ["--calendar"],
    argument: "path",
    env: "EGX_CALENDAR",
    fallback: null,
    fallbackNote: "what this release knows",
    meaning: "Closures, openings and hours that this release does not know; see docs/calendar.md.",
  }),
  isOpen: setting(optional(value.askedTime), {
    flags: ["--is-open"],
    argument: "time",
    env: null,
    fallback: null,
    unit: "time in Cairo, a date, or now",
    meaning: "Say whether the exchange is open then, and why not.",
  }),
  phase: setting(optional(value.askedTime), {
    flags: ["--phase"],
    argument: "time",
    env: null,
    fallback: null,
    unit: "time in Cairo, a date, or now",
    meaning: "Say which part of the session it is then.",
  }),
  next: setting(value.toggle, {
    flags: ["--next"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "The next session.",
  }),
  index: setting(optional(value.choice("egx30", "egx70", "egx100", "shariah")), {
    flags: ["--index"],
    argument: "name",
    env: null,
    fallback: null,
    meaning: "Only members of this index: egx30, egx70, egx100 or shariah.",
  }),
  refresh: setting(value.toggle, {
    flags: ["--refresh"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Ask the live feed for its symbols, and keep them in the data folder.",
  }),
  changes: setting(value.toggle, {
    flags: ["--changes"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "What --refresh has found since the time before: new, gone, renamed, other currency.",
  }),
  memberDate: setting(optional(value.date), {
    flags: ["--as-of"],
    argument: "date",
    env: null,
    fallback: null,
    fallbackNote: "today",
    unit: "date in Cairo",
    meaning: "Members as they were on this date.",
  }),
};
