import { EgxError } from "../base/errors.ts";
import { cairoDateOf, cairoIsoOf } from "../market/cairo-time.ts";
import type { Calendar } from "../market/calendar.ts";
import { type JobName, jobNames, runsBetween, type ScheduledRun } from "../market/schedule.ts";
import type { CommandContext } from "./command.ts";
import { clockOf, dateWithDay } from "./output/cairo-text.ts";
import { writeRows } from "./output/rows.ts";

interface AskedRuns {
  readonly job: JobName | "all";
  readonly from?: Temporal.PlainDate | undefined;
  readonly to?: Temporal.PlainDate | undefined;
  readonly json: boolean;
}

/** Days of which runs are shown when nobody says which: a week. */
const daysShown = 6;

/** When the schedule's jobs are due between two dates, in order; from today on without any. */
export async function writeRuns(
  calendar: Calendar,
  { job, from, to, json }: AskedRuns,
  { clock, out }: CommandContext,
): Promise<void> {
  const today = Temporal.PlainDate.from(cairoDateOf(clock.nowMs()));
  const first = from ?? to ?? today;
  const last = to ?? from ?? first.add({ days: daysShown });
  checkOrder(first, last);
  const runs = (job === "all" ? jobNames : [job])
    .flatMap((name) => runsBetween(calendar, name, { from: first, to: last }))
    .toSorted((one, other) => one.atMs - other.atMs);
  await writeRows(out, json, {
    head: ["session", "job", "due", "from", "to"],
    rows: runs.map(({ date, job: name, atMs, startMs, endMs }) => [
      dateWithDay(date),
      name,
      clockOf(atMs),
      dueText(startMs, date),
      dueText(endMs, date),
    ]),
    json: runs.map(runJson),
  });
}

/** @throws E_USAGE when one date lies after the other. */
export function checkOrder(from: Temporal.PlainDate, to: Temporal.PlainDate): void {
  if (Temporal.PlainDate.compare(from, to) <= 0) return;
  throw new EgxError("E_USAGE", `--from ${from.toString()} lies after --to ${to.toString()}`);
}

/** A run for machines; times as Cairo writes them. */
function runJson({
  job,
  date,
  startMs,
  endMs,
  atMs,
}: ScheduledRun): Readonly<Record<string, string>> {
  return {
    job,
    date: date.toString(),
    start: cairoIsoOf(startMs),
    end: cairoIsoOf(endMs),
    at: cairoIsoOf(atMs),
  };
}

/** Cairo's clock, with the date when it is another one. */
function dueText(epochMs: number, date: Temporal.PlainDate): string {
  const day = cairoDateOf(epochMs);
  const clock = clockOf(epochMs);
  return day === date.toString() ? clock : `${day} ${clock}`;
}
