import { readFile, stat } from "node:fs/promises";
import { EgxError, messageOf } from "../base/errors.ts";
import { egxCalendar, type Calendar } from "../market/calendar.ts";
import { parseCalendarFile } from "../market/calendar-file.ts";

/** A file of changes is read whole. */
const fileBytesMax = 4 * 1024 * 1024;

/**
 * The exchange's calendar, with the changes of the operator's file when one is given.
 * @throws E_FILE_MISSING, and E_CONFIG for a file that is not understood.
 */
export async function readCalendar(path: string | undefined): Promise<Calendar> {
  if (path === undefined) return egxCalendar();
  return egxCalendar(parseCalendarFile(await textOf(path), path));
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
