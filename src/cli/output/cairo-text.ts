import { cairoIsoOf } from "../../market/cairo-time.ts";

/** Sunday first, as the exchange's week is. */
export const weekdayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

export const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** An instant on Cairo's clock, `10:00`. */
export function clockOf(epochMs: number): string {
  return cairoIsoOf(epochMs).slice(11, 16);
}

/** A date for people, `Tue 2025-07-08`. */
export function dateWithDay(date: Temporal.PlainDate): string {
  return `${weekdayNames[date.dayOfWeek % 7]} ${date.toString()}`;
}
