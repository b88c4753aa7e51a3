import type { Bar } from "../../market/bar.ts";
import { cairoDateOf, cairoDayOf, dayOfDate } from "../../market/cairo-time.ts";
import { egxCalendar, tradingDaysBetween } from "../../market/calendar.ts";
import type { Interval } from "../../market/interval.ts";
import type { FeedRequest } from "../feed.ts";
import { startOf } from "./bars.ts";
import type { Series } from "./chart-session.ts";

/** Which bars of a symbol are wanted, and how many that may be. */
export interface Need {
  readonly interval: Interval;
  /** First and last Cairo date, days since 1970-01-01, both inclusive; ±Infinity without one. */
  readonly fromDay: number;
  readonly toDay: number;
  readonly barsMax: number;
  /** Bars to ask for at first: enough for a symbol that trades whenever it can. */
  readonly count: number;
}

const resolutions: Readonly<Record<Interval["code"], string>> = {
  "1m": "1",
  "5m": "5",
  "15m": "15",
  "30m": "30",
  "1h": "60",
  "1d": "1D",
  "1w": "1W",
  "1mo": "1M",
};
/** From the first trade to the last, in the longest sessions that the exchange has had. */
const sessionMinutes = 270;
/** Today's bar may be a placeholder, and another one may have begun since. */
const spareBars = 2;
/** What is asked for when all that there is is wanted; older ones are asked for until the end. */
const countAll = 5000;
const countMax = 20_000;

/** An interval as the feed writes it. */
export function resolutionOf(interval: Interval): string {
  return resolutions[interval.code];
}

/** What a request needs of each symbol, asked for at `nowMs`. */
export function needOf(request: FeedRequest, nowMs: number): Need {
  const { interval, from, to, barsMax = Infinity } = request;
  const fromDay = from === undefined ? -Infinity : dayOfDate(from);
  const toDay = to === undefined ? Infinity : dayOfDate(to);
  const today = Temporal.PlainDate.from(cairoDateOf(nowMs));
  const isPast = to !== undefined && Temporal.PlainDate.compare(to, today) < 0;
  // The feed counts back from its newest bar, so those after the last date come as well.
  const later = isPast ? barsBetween(interval, to, today) : 0;
  const wanted = from === undefined ? Infinity : barsBetween(interval, from, today) - later;
  const count = later + Math.min(wanted, barsMax) + spareBars;
  return {
    interval,
    fromDay,
    toDay,
    barsMax,
    count: Math.min(countMax, count === Infinity ? countAll : Math.ceil(count)),
  };
}

/** Whether a bar lies in the dates of a need. */
export function isWanted(bar: Bar, { fromDay, toDay }: Need): boolean {
  const day = cairoDayOf(bar.startMs);
  return day >= fromDay && day <= toDay;
}

/** Whether the rows of a series hold all that is needed. */
export function isCovered({ rows }: Series, need: Need): boolean {
  const { interval, fromDay, toDay, barsMax } = need;
  let wanted = 0;
  let reaches = false;
  for (const time of rows.keys()) {
    const startMs = startOf(time, interval);
    if (startMs === null) continue;
    const day = cairoDayOf(startMs);
    if (day >= fromDay && day <= toDay) wanted += 1;
    // Of an intraday bar's own date there may be earlier ones.
    reaches ||= interval.intraday ? day < fromDay : day <= fromDay;
  }
  return reaches || wanted >= barsMax + spareBars;
}

function barsBetween(interval: Interval, from: Temporal.PlainDate, to: Temporal.PlainDate): number {
  const days = tradingDaysBetween(egxCalendar(), from, to).length;
  if (interval.minutes !== null) return days * (Math.ceil(sessionMinutes / interval.minutes) + 1);
  if (interval.code === "1d") return days;
  return interval.code === "1w" ? Math.ceil(days / 5) + 1 : Math.ceil(days / 20) + 1;
}
