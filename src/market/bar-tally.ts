import type { BarSpan, BarTally } from "../telemetry/events.ts";
import type { Bar } from "./bar.ts";
import { sessionOf, type Calendar } from "./calendar.ts";
import { cairoDateOf } from "./cairo-time.ts";
import type { Interval } from "./interval.ts";

const msPerMinute = 60_000;

interface Span extends BarSpan {
  readonly newest: Map<string, number>;
  readonly starts: Set<number>;
}

/** Gathers which bars went by, without keeping them. */
export class BarTallyMaker {
  readonly #spans = new Map<string, Span>();

  add({ symbol, interval, startMs }: Pick<Bar, "symbol" | "interval" | "startMs">): void {
    let span = this.#spans.get(interval.code);
    if (span === undefined) {
      span = { newest: new Map(), starts: new Set() };
      this.#spans.set(interval.code, span);
    }
    if (startMs > (span.newest.get(symbol) ?? -Infinity)) span.newest.set(symbol, startMs);
    span.starts.add(startMs);
  }

  get tally(): BarTally {
    return this.#spans;
  }
}

/**
 * When the bar that starts at `startMs` ends, epoch milliseconds. A Daily, Weekly or Monthly bar
 * counts as ended with the first session of its period, so that it is never thought fresher than
 * it may be; without a session, at its start.
 */
export function barEndMs(calendar: Calendar, interval: Interval, startMs: number): number {
  if (interval.minutes !== null) return startMs + interval.minutes * msPerMinute;
  const session = sessionOf(calendar, Temporal.PlainDate.from(cairoDateOf(startMs)));
  return session?.closeMs ?? startMs;
}
