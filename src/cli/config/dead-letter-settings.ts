import { errorCodes, type ErrorCode } from "../../base/error-codes.ts";
import { nearest } from "../../base/nearest.ts";
import { z } from "../../base/schema.ts";
import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorCodes, text);

/** Codes, several of them separated by commas. */
const codes: value.Value<ReadonlySet<ErrorCode>> = z.string().transform((given, context) => {
  const known = new Set<ErrorCode>();
  for (const part of given.split(",")) {
    const code = part.trim().toUpperCase();
    if (isErrorCode(code)) known.add(code);
    else {
      const best = nearest(code, Object.keys(errorCodes)) ?? "";
      const message = `${JSON.stringify(part)} is no error code; did you mean ${best}?`;
      context.addIssue({ code: "custom", message, input: given });
    }
  }
  return known;
});

/** Like `value.instant`, but a date means its start in Cairo. */
const startInstant: value.Value<Temporal.Instant> = z
  .string()
  .transform((given) => {
    try {
      if (!/^\d{4}-\d{2}-\d{2}$/.test(given)) return given;
      return Temporal.PlainDate.from(given).toZonedDateTime("Africa/Cairo").toInstant().toString();
    } catch {
      // No such day, which the value itself says better.
      return given;
    }
  })
  .pipe(value.instant);

export const deadLetterSettings = {
  codes: setting(optional(codes), {
    flags: ["--code"],
    argument: "code",
    env: null,
    fallback: null,
    fallbackNote: "any",
    repeatable: true,
    meaning: "Only dead letters with this error code.",
  }),
  since: setting(optional(startInstant), {
    flags: ["--since"],
    argument: "time",
    env: null,
    fallback: null,
    fallbackNote: "the first",
    unit: "time with offset, or a date (its start in Cairo)",
    meaning: "Only those whose record was published then or later.",
  }),
  until: setting(optional(value.instant), {
    flags: ["--until"],
    argument: "time",
    env: null,
    fallback: null,
    fallbackNote: "the last",
    unit: "time with offset, or a date (its end in Cairo)",
    meaning: "Only those whose record was published then or before.",
  }),
  dryRun: setting(value.toggle, {
    flags: ["--dry-run"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Tell what would be done, and do nothing.",
  }),
  attemptsMax: setting(value.wholeNumber(1, 1_000), {
    flags: ["--max-attempts"],
    argument: "count",
    env: null,
    fallback: "3",
    unit: "replays",
    meaning: "A message that was replayed this often and fails still is left alone.",
  }),
  reason: setting(optional(value.text), {
    flags: ["--reason"],
    argument: "text",
    env: null,
    fallback: null,
    meaning: "Why the dead letters are given up; kept with each.",
  }),
  all: setting(value.toggle, {
    flags: ["--all"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Every open dead letter of the topic.",
  }),
};
