import { invariant } from "../base/errors.ts";

/**
 * Cairo's wall clock, for millions of bars. The zone's offsets are read once from the host's time
 * zone database by way of `Temporal`; from then on a conversion is a comparison and an addition.
 * Exact for 1990-2099. Earlier and later instants take the offset of the nearest known span.
 */
export const cairoZone = "Africa/Cairo";

/** First and last year of a bar. */
export const firstYear = 1990;
export const lastYear = 2099;

/** First and last day of a bar, as days since 1970-01-01. */
export const firstDay = daysOf(firstYear, 1, 1);
export const lastDay = daysOf(lastYear, 12, 31);

/** A day on the wall clock without a change of offset. */
export const msPerDay = 86_400_000;

/** Instants [fromMs, untilMs) during which Cairo's clocks keep one offset. */
interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
  /** The offset as ISO 8601 writes it, `+02:00`. */
  readonly suffix: string;
}

const spans = readSpans();
/** Greatest first, so that of two instants with one wall time the earlier is found first. */
const offsetsMs = [...new Set(spans.map((span) => span.offsetMs))].toSorted((a, b) => b - a);
/** The span that was asked for last: bars come in runs of neighbouring times. */
let recent = firstSpan();

const twoDigits = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));
/** Texts of the days that were asked for, by days since 1970; bounded by the years it keeps. */
const dateTexts = new Map<number, string>();

/** What is added to an instant to read it as Cairo's wall time, in milliseconds. */
export function cairoOffsetMs(epochMs: number): number {
  return spanAt(epochMs).offsetMs;
}

/** The day in Cairo at an instant, as days since 1970-01-01. */
export function cairoDayOf(epochMs: number): number {
  return Math.floor((epochMs + spanAt(epochMs).offsetMs) / msPerDay);
}

/** The date in Cairo at an instant, `2025-11-24`. */
export function cairoDateOf(epochMs: number): string {
  return dateText(cairoDayOf(epochMs));
}

/**
 * An instant as Cairo writes it, `2025-11-24T10:00:00+02:00`; milliseconds are written when there
 * are any.
 */
export function cairoIsoOf(epochMs: number): string {
  const span = spanAt(epochMs);
  const wallMs = epochMs + span.offsetMs;
  const day = Math.floor(wallMs / msPerDay);
  return `${dateText(day)}T${timeText(wallMs - day * msPerDay)}${span.suffix}`;
}

/** A wall time of Cairo. */
export interface WallTime {
  /** Days since 1970-01-01; see {@link dayNumber}. */
  readonly day: number;
  /** Milliseconds since 00:00 on the wall clock, [0, 86,400,000). */
  readonly timeMs: number;
}

/**
 * The instant of a wall time in Cairo; null when daylight saving skips it. A wall time that occurs
 * twice is the earlier of its two instants.
 */
export function cairoWallToMs(wall: WallTime): number | null {
  const wallMs = wall.day * msPerDay + wall.timeMs;
  for (const offsetMs of offsetsMs) {
    if (spanAt(wallMs - offsetMs).offsetMs === offsetMs) return wallMs - offsetMs;
  }
  return null;
}

/** Days from 1970-01-01 to a date of the Gregorian calendar; null when there is no such date. */
export function dayNumber(year: number, month: number, day: number): number | null {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return daysOf(year, month, day);
}

/** Days from 1970-01-01 to a date. */
export function dayOfDate({ year, month, day }: Temporal.PlainDate): number {
  return daysOf(year, month, day);
}

/** The date of a day number, `2025-11-24`. Years 0-9999. */
export function dateText(day: number): string {
  const known = dateTexts.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * msPerDay).toISOString().slice(0, 10);
  if (day >= firstDay && day <= lastDay) dateTexts.set(day, text);
  return text;
}

/** The Sunday that begins the trading week of a day. */
export function sundayOf(day: number): number {
  // 1970-01-01 was a Thursday, four days after a Sunday.
  return day - ((((day + 4) % 7) + 7) % 7);
}

/** The first of the month of a day. */
export function firstOfMonth(day: number): number {
  return day - new Date(day * msPerDay).getUTCDate() + 1;
}

function timeText(timeMs: number): string {
  const ms = timeMs % 1000;
  const seconds = (timeMs - ms) / 1000;
  const text =
    `${twoDigits[Math.floor(seconds / 3600)]}:` +
    `${twoDigits[Math.floor(seconds / 60) % 60]}:${twoDigits[seconds % 60]}`;
  return ms === 0 ? text : `${text}.${String(ms).padStart(3, "0")}`;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Howard Hinnant's days_from_civil: years begin in March, so that leap days come last. */
function daysOf(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function spanAt(epochMs: number): Span {
  if (epochMs >= recent.fromMs && epochMs < recent.untilMs) return recent;
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((spans[middle]?.fromMs ?? Infinity) <= epochMs) low = middle;
    else high = middle - 1;
  }
  recent = spans[low] ?? recent;
  return recent;
}

function firstSpan(): Span {
  const first = spans[0];
  invariant(first !== undefined, "the time zone database has no Africa/Cairo");
  return first;
}

/** The zone's spans from before the first bar to behind the last, open at both ends. */
function readSpans(): readonly Span[] {
  const found: Span[] = [];
  let start = Temporal.PlainDate.from({ year: firstYear - 1, month: 1, day: 1 }).toZonedDateTime(
    cairoZone,
  );
  let fromMs = -Infinity;
  while (fromMs !== Infinity) {
    const next = start.getTimeZoneTransition("next");
    const last = next === null || next.year > lastYear + 1;
    const untilMs = last ? Infinity : next.epochMilliseconds;
    found.push({
      fromMs,
      untilMs,
      offsetMs: start.offsetNanoseconds / 1_000_000,
      suffix: start.offset,
    });
    fromMs = untilMs;
    if (!last) start = next;
  }
  return found;
}
