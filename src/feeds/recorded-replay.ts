import type { Clock } from "../base/clock.ts";
import type { Bar } from "../market/bar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { sessionOf, type Calendar } from "../market/calendar.ts";
import type { Interval } from "../market/interval.ts";
import type { FeedEvent } from "./feed.ts";
import { MarketTime } from "./market-time.ts";
import type { BarStore } from "./recorded-store.ts";

export interface Replay {
  readonly clock: Clock;
  readonly calendar: Calendar;
  /** Market seconds a second; 0 or Infinity is as fast as possible. */
  readonly speed: number;
  readonly interval: Interval;
}

const msPerMinute = 60_000;
const batchBars = 1000;
/** How long the session of a date lasts on which the calendar has none. */
const unknownSessionMs = 4.5 * 60 * msPerMinute;

/**
 * The bars of a store in the order of time, each when it ends: an intraday one a length after
 * its start, a longer one as its session ends. Market time runs during sessions alone: on each
 * date with bars it begins at the opening, and ends with the date's last bar.
 */
export async function* replay(
  store: BarStore,
  options: Replay,
  signal: AbortSignal,
): AsyncGenerator<FeedEvent> {
  const time = new MarketTime(options.clock, options.speed);
  const axis = new SessionAxis(options);
  const order = store.byTime();
  for (let first = 0; first < order.length;) {
    const startMs = store.startMs(order[first] ?? 0);
    let end = first + 1;
    while (end < order.length && store.startMs(order[end] ?? 0) === startMs) end += 1;
    if (!(await time.until(axis.advance(startMs), signal))) return;
    const ingestedMs = options.clock.nowMs();
    for (let from = first; from < end; from += batchBars) {
      const indexes = order.subarray(from, Math.min(end, from + batchBars));
      const bars: readonly Bar[] = Array.from(indexes, (index) => store.bar(index, ingestedMs));
      yield { kind: "bars", bars };
    }
    first = end;
  }
}

/** Puts the sessions of a file one behind the other. */
class SessionAxis {
  readonly #calendar: Calendar;
  readonly #interval: Interval;
  #date = "";
  /** The present session, in epoch milliseconds. */
  #openMs = 0;
  #closeMs = 0;
  /** Where its opening lies on the axis, and where the last bar so far ended. */
  #originMs = 0;
  #lastMs = 0;

  constructor({ calendar, interval }: Replay) {
    this.#calendar = calendar;
    this.#interval = interval;
  }

  /** Where the bar that starts at `startMs` ends on the axis; starts must not go back. */
  advance(startMs: number): number {
    const date = cairoDateOf(startMs);
    if (date !== this.#date) this.#begin(date, startMs);
    const { minutes } = this.#interval;
    const endMs = minutes === null ? this.#closeMs : startMs + minutes * msPerMinute;
    this.#lastMs = this.#originMs + endMs - this.#openMs;
    return this.#lastMs;
  }

  #begin(date: string, startMs: number): void {
    const session = sessionOf(this.#calendar, Temporal.PlainDate.from(date));
    this.#date = date;
    this.#originMs = this.#lastMs;
    // A bar from before the opening, or of a date without a session, brings an opening of its own.
    this.#openMs = Math.min(startMs, session?.openMs ?? startMs);
    this.#closeMs = session?.closeMs ?? startMs + unknownSessionMs;
  }
}
