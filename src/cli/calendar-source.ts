import { readFile, stat } from "node:fs/promises";
import { EgxError, messageOf } from "../base/errors.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { egxCalendar, type Calendar } from "../market/calendar.ts";
import { parseCalendarFile } from "../market/calendar-file.ts";
import type { CommandContext } from "./command.ts";

/** A file of changes is read whole. */
const fileBytesMax = 4 * 1024 * 1024;

/** A calendar that ends this soon is told of: a release or a file takes its time. */
const endsSoonDays = 30;

/**
 * The exchange's calendar, with the changes of the operator's file when one is given.
 * @param warned gets a warning when the closures that the calendar knows are at their end.
 * @throws E_FILE_MISSING, and E_CONFIG for a file that is not understood.
 */
export async function readCalendar(
  path: string | undefined,
  warned?: Pick<CommandContext, "clock" | "logger">,
): Promise<Calendar> {
  const changes = path === undefined ? {} : parseCalendarFile(await textOf(path), path);
  const calendar = egxCalendar(changes);
  if (warned !== undefined) warnAtItsEnd(calendar, warned);
  return calendar;
}

function warnAtItsEnd(
  { span }: Calendar,
  { clock, logger }: Pick<CommandContext, "clock" | "logger">,
): void {
  const today = Temporal.PlainDate.from(cairoDateOf(clock.nowMs()));
  if (span === null || today.add({ days: endsSoonDays }).toString() <= span.last) return;
  logger.warn(
    `the calendar knows no closure after ${span.last}: each later day from Sunday to Thursday ` +
      "counts as a session; use a newer release, or a file of closures (--calendar, docs/calendar.md)",
  );
}

async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= fileBytesMax) return await readFile(path, "utf8");
  } catch (error) {
    throw new EgxError("E_FILE_MISSING", `the calendar ${path}: ${messageOf(error)}`, {
      cause: error,
      hint: "Check --calendar or EGX_CALENDAR.",
    });
  }
  throw new EgxError("E_CONFIG", `the calendar ${path} has more than ${fileBytesMax} bytes`);
}
