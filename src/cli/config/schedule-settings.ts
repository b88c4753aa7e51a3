import { jobNames } from "../../market/schedule.ts";
import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** What is done by the calendar. */
export const scheduleSettings = {
  schedule: setting(value.toggle, {
    flags: ["--schedule"],
    argument: null,
    env: "EGX_SCHEDULE",
    fallback: "false",
    meaning:
      "Also certify, heal, verify and review what is stored, by the calendar. See docs/airflow.md.",
  }),
  runs: setting(optional(value.choice("all", ...jobNames)), {
    flags: ["--runs"],
    argument: "job",
    env: null,
    fallback: null,
    meaning: "When the schedule's jobs are due: intraday, daily, weekly, monthly or all.",
  }),
};
