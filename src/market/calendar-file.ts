import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { CalendarChanges } from "./calendar.ts";
import type { Closure } from "./closure.ts";
import { parseDateTime } from "./date-time.ts";
import type { DatedHours, PhaseHours } from "./session-hours.ts";

/** More than an operator has to say. */
const entriesMax = 10_000;
const nameDefault = "closed";
const hint = "See docs/calendar.md for the form of the file.";

const date = z
  .string()
  .refine(isDate, { error: (issue) => `${JSON.stringify(issue.input)} is no date` });
const wall = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "must be a time such as 10:00" });
const name = z.string().trim().min(1).max(200);

const phaseSchema = z.strictObject({
  name: z.enum(["pre-open", "continuous", "closing-auction", "trade-at-close"]),
  from: wall,
  to: wall,
  endsFrom: wall.optional(),
});

const hoursSchema = z.strictObject({
  since: date,
  until: date.optional(),
  name: name.optional(),
  phases: z.array(phaseSchema).min(1).max(10).refine(areInOrder, {
    error: "must follow each other and have one that is continuous",
  }),
});

const fileSchema = z.strictObject({
  closed: z
    .array(z.strictObject({ date, name: name.default(nameDefault) }))
    .max(entriesMax)
    .default([]),
  open: z.array(date).max(entriesMax).default([]),
  hours: z.array(hoursSchema).max(entriesMax).default([]),
  knownUntil: date.optional(),
});

type CalendarFile = z.output<typeof fileSchema>;

/**
 * Reads an operator's changes to the calendar: a JSON object, or lines `date,closed,name` and
 * `date,open`. `origin` is what errors and closures call the file.
 * @throws E_CONFIG that says what is wrong and where.
 */
export function parseCalendarFile(text: string, origin: string): CalendarChanges {
  const given = text.trimStart().startsWith("{") ? json(text, origin) : lines(text, origin);
  const parsed = fileSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? "" : `${issue.path.join(".")}: `;
    throw wrong(origin, `${place}${issue?.message ?? "not understood"}`);
  }
  return changesOf(parsed.data, origin);
}

function changesOf(
  { closed, open, hours, knownUntil }: CalendarFile,
  origin: string,
): CalendarChanges {
  return {
    closed: closed.map((closure): Closure => ({
      ...closure,
      kind: "operator",
      certainty: "known",
      source: origin,
    })),
    open,
    hours: hours.map((dated): DatedHours => ({
      since: dated.since,
      ...(dated.until === undefined ? {} : { until: dated.until }),
      name: dated.name ?? "changed",
      certainty: "known",
      source: origin,
      phases: dated.phases.map(phaseOf),
    })),
    ...(knownUntil === undefined ? {} : { knownUntil }),
  };
}

function phaseOf({ name, from, to, endsFrom }: z.output<typeof phaseSchema>): PhaseHours {
  return { name, from, to, ...(endsFrom === undefined ? {} : { endsFrom }) };
}

function json(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(origin, "is not JSON", error);
  }
}

/** Lines as the object that they mean; a header, empty lines and those that begin with # count not. */
function lines(text: string, origin: string): unknown {
  const closed: { date: string; name: string }[] = [];
  const open: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const [day = "", state = "", ...rest] = trimmed.split(",").map((field) => field.trim());
    if (index === 0 && day === "date") continue;
    const where = `line ${index + 1}`;
    if (!isDate(day)) throw wrong(origin, `${where}: ${JSON.stringify(day)} is no date`);
    const called = rest.join(", ").replace(/^"(.*)"$/, "$1");
    if (state === "closed") closed.push({ date: day, name: called === "" ? nameDefault : called });
    else if (state === "open") open.push(day);
    else {
      throw wrong(origin, `${where}: ${JSON.stringify(state)} must be closed or open`);
    }
  }
  return { closed, open };
}

function areInOrder(phases: readonly z.output<typeof phaseSchema>[]): boolean {
  let at = "";
  for (const { from, to, endsFrom = to } of phases) {
    if (from < at || to <= from || endsFrom <= from || endsFrom > to) return false;
    at = to;
  }
  return phases.filter(({ name }) => name === "continuous").length === 1;
}

function isDate(text: string): boolean {
  return text.length === 10 && parseDateTime(text) !== null;
}

function wrong(origin: string, problem: string, cause?: unknown): EgxError {
  return new EgxError("E_CONFIG", `the calendar ${origin}: ${problem}`, { hint, cause });
}
