import { cairoWallToMs, dayNumber, msPerDay } from "./cairo-time.ts";

/** The wall clock that a text without an offset means. */
export type NaiveZone = "cairo" | "utc";

/** A date and perhaps a time, as a text gave them. */
export interface DateTime {
  /**
   * The instant, epoch milliseconds (smaller fractions are cut off); null for a wall time in
   * Cairo that daylight saving skips.
   */
  readonly startMs: number | null;
  /** The date as written, whatever its offset, in days since 1970-01-01. */
  readonly day: number;
}

const msPerMinute = 60_000;

const zero = 48;
const nine = 57;
const plus = 43;
const minus = 45;
const dot = 46;
const colon = 58;
const upperT = 84;
const space = 32;
const upperZ = 90;

/**
 * Reads strict ISO 8601: `2025-11-24`, `2025-11-24T10:00`, `…:00`, `…:00.123456`, then nothing,
 * `Z`, `+02:00`, `+0200` or `+02`; a space may stand for the `T`. Null for anything else, and for
 * dates that the calendar does not have. A date alone is its 00:00. Any offset is taken at its
 * word, whether Cairo keeps it or not.
 */
export function parseDateTime(text: string, naive: NaiveZone = "cairo"): DateTime | null {
  const day = parseDay(text);
  if (day === null) return null;
  if (text.length === 10) return dateTime(day, 0, naive);
  const separator = text.charCodeAt(10);
  if (separator !== upperT && separator !== space) return null;
  const minutes = clockMinutes(text, 11);
  if (minutes === null) return null;
  let timeMs = minutes * msPerMinute;
  let end = 16;
  if (text.charCodeAt(16) === colon) {
    const second = digits(text, 17, 2);
    if (second < 0 || second > 59) return null;
    timeMs += second * 1000;
    end = fractionEnd(text, 19);
    if (end === -1) return null;
    if (end > 19) timeMs += fractionMs(text, end);
  }
  if (end === text.length) return dateTime(day, timeMs, naive);
  const offsetMinutes = parseOffset(text, end);
  if (offsetMinutes === null) return null;
  return { startMs: day * msPerDay + timeMs - offsetMinutes * msPerMinute, day };
}

function dateTime(day: number, timeMs: number, naive: NaiveZone): DateTime {
  return {
    startMs: naive === "utc" ? day * msPerDay + timeMs : cairoWallToMs({ day, timeMs }),
    day,
  };
}

/** The day number of a text that begins with `YYYY-MM-DD`, or null. */
function parseDay(text: string): number | null {
  if (text.charCodeAt(4) !== minus || text.charCodeAt(7) !== minus) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  return year < 0 || month < 0 || day < 0 ? null : dayNumber(year, month, day);
}

/** The minutes of `hh:mm` at `at`, or null. */
function clockMinutes(text: string, at: number): number | null {
  const hour = digits(text, at, 2);
  const minute = digits(text, at + 3, 2);
  if (text.charCodeAt(at + 2) !== colon) return null;
  return hour < 0 || hour > 23 || minute < 0 || minute > 59 ? null : hour * 60 + minute;
}

/** Where a fraction of a second that may begin at `at` ends; -1 when it is none of 1-9 digits. */
function fractionEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== dot) return at;
  let end = at + 1;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end === at + 1 || end > at + 10 ? -1 : end;
}

/** The whole milliseconds of the fraction that begins behind `ss.` at 20. */
function fractionMs(text: string, end: number): number {
  let ms = 0;
  for (let at = 20; at < 23; at += 1) {
    ms = ms * 10 + (at < end ? text.charCodeAt(at) - zero : 0);
  }
  return ms;
}

/** Minutes east of UTC of the offset that is the rest of the text; null when it is none. */
function parseOffset(text: string, at: number): number | null {
  const sign = text.charCodeAt(at);
  const length = text.length - at;
  if (sign === upperZ) return length === 1 ? 0 : null;
  if (sign !== plus && sign !== minus) return null;
  const minutes = offsetMinutes(text, at + 1, length);
  if (minutes === null) return null;
  return sign === plus ? minutes : -minutes;
}

function offsetMinutes(text: string, at: number, length: number): number | null {
  if (length === 6) return clockMinutes(text, at);
  if (length !== 3 && length !== 5) return null;
  const hour = digits(text, at, 2);
  const minute = length === 3 ? 0 : digits(text, at + 2, 2);
  return hour < 0 || hour > 23 || minute < 0 || minute > 59 ? null : hour * 60 + minute;
}

/** The number that `count` digits at `at` write, or -1. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - zero;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}
