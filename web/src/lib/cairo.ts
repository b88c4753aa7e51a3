/**
 * Cairo's wall clock in a browser, by way of `Intl`: not every browser has `Temporal`. Offsets are
 * kept by the hour, since charts ask for thousands of neighbouring times.
 */
export const cairoZone = "Africa/Cairo";

const msPerHour = 3_600_000;
const msPerDay = 86_400_000;
const offsets = new Map<number, number>();
const offsetsMax = 200_000;
const wallFormat = new Intl.DateTimeFormat("en-US", {
  timeZone: cairoZone,
  hourCycle: "h23",
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
});

/** What is added to an instant to read it as Cairo's wall time, in milliseconds. */
export function cairoOffsetMs(epochMs: number): number {
  const hour = Math.floor(epochMs / msPerHour);
  const known = offsets.get(hour);
  if (known !== undefined) return known;
  const parts = new Map<string, number>();
  for (const { type, value } of wallFormat.formatToParts(hour * msPerHour)) {
    parts.set(type, Number(value));
  }
  const part = (name: string): number => parts.get(name) ?? 0;
  const wallMs = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"));
  const offsetMs = wallMs - hour * msPerHour;
  if (offsets.size >= offsetsMax) offsets.clear();
  offsets.set(hour, offsetMs);
  return offsetMs;
}

/** Cairo's wall time as if it were UTC: what charts without time zones are given. Milliseconds. */
export function cairoWallMs(epochMs: number): number {
  return epochMs + cairoOffsetMs(epochMs);
}

/** The date in Cairo, `2026-03-05`. */
export function cairoDateOf(epochMs: number): string {
  return new Date(cairoWallMs(epochMs)).toISOString().slice(0, 10);
}

/** The time of day in Cairo, `14:29`, or `14:29:05` with seconds. */
export function cairoTimeOf(epochMs: number, seconds = false): string {
  return new Date(cairoWallMs(epochMs)).toISOString().slice(11, seconds ? 19 : 16);
}

/** Days since 1970-01-01 of a date, `2026-03-05`. */
export function dayOf(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / msPerDay);
}

/** The date of a day number. */
export function dateOfDay(day: number): string {
  return new Date(day * msPerDay).toISOString().slice(0, 10);
}
