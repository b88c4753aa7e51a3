import { cairoWallToMs, dayNumber } from "../../../src/market/cairo-time.ts";
import { egxCalendar, previousSession, tradingDaysBetween } from "../../../src/market/calendar.ts";

/** `[start in seconds, open, high, low, close, volume?]`, as the feed writes a bar. */
export type Row = readonly number[];

/** A symbol that the stand-in knows. */
export interface Listing {
  /** `EGX:COMI`. */
  readonly name: string;
  /** Fields of `symbol_resolved` that differ from the usual ones. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** Instead of bars: the reasons of a `symbol_error`. */
  readonly refused?: readonly string[];
  /** Ascending; of a resolution as the feed writes it: `1`, `1D`. */
  rows(resolution: string): readonly Row[];
}

/** A listing of given bars, by resolution. */
export function listingOf(
  symbol: string,
  rows: Readonly<Record<string, readonly Row[]>>,
  more: Partial<Listing> = {},
): Listing {
  return { name: `EGX:${symbol}`, rows: (resolution) => rows[resolution] ?? [], ...more };
}

/** Made-up listings with daily and one-minute bars up to the session before a date. */
export function madeUpListings(
  symbols: readonly string[],
  sizes: { readonly before: string; readonly days: number; readonly minuteDays: number },
): readonly Listing[] {
  const dates = datesBefore(sizes.before, sizes.days);
  const recent = sizes.minuteDays === 0 ? [] : dates.slice(-sizes.minuteDays);
  return symbols.map((symbol, index) => ({
    name: `EGX:${symbol}`,
    rows: (resolution) => {
      if (resolution === "1D") return dates.map((date, day) => dailyRow(date, index * 7 + day));
      if (resolution !== "1") return [];
      return recent.flatMap((date, day) => minuteRows(date, index * 7 + day));
    },
  }));
}

/** The last `count` trading dates before a date, ascending. */
export function datesBefore(before: string, count: number): readonly string[] {
  const calendar = egxCalendar();
  const last = previousSession(calendar, Temporal.PlainDate.from(before)).date;
  const first = last.subtract({ days: Math.ceil(count * 1.5) + 30 });
  return tradingDaysBetween(calendar, first, last)
    .slice(-count)
    .map((date) => date.toString());
}

/** A day's bar, stamped 10:00 in Cairo. */
export function dailyRow(date: string, level: number): Row {
  const close = price(level);
  return [cairoSeconds(date, 600), close, close + 0.5, close - 0.25, close + 0.25, 1000 + level];
}

/** The one-minute bars of a session, 10:00-14:30. */
export function minuteRows(date: string, level: number): readonly Row[] {
  const openSeconds = cairoSeconds(date, 600);
  return Array.from({ length: 270 }, (_, minute) => {
    const close = price(level + minute);
    return [openSeconds + minute * 60, close, close + 0.02, close - 0.01, close, 10 + minute];
  });
}

/** A wall time in Cairo, in minutes since midnight, as seconds since 1970. */
export function cairoSeconds(date: string, minutes: number): number {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const wall = { day: dayNumber(year, month, day) ?? 0, timeMs: minutes * 60_000 };
  return (cairoWallToMs(wall) ?? Number.NaN) / 1000;
}

function price(level: number): number {
  return 20 + (level % 97) / 4;
}
