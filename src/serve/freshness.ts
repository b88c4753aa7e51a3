import { barEndMs } from "../market/bar-tally.ts";
import { expectedBars, type Calendar } from "../market/calendar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { intervalByCode, intervals, type Interval } from "../market/interval.ts";
import { marketMsBefore, marketMsBetween } from "../market/market-time.ts";
import type { BarTally } from "../telemetry/events.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Where a bar has arrived. */
export type Stage = "log" | "lake";

export interface FreshnessOptions {
  readonly calendar: Calendar;
  readonly startedMs: number;
  /** The interval that is followed as bars form: its bars are due even when none comes. */
  readonly followed: Interval | null;
  /** How long after their end and the feed's delay bars are due at a stage, in seconds. */
  readonly dueSeconds: Readonly<Record<Stage, number>>;
}

interface Span {
  readonly interval: Interval;
  /** The start of each symbol's newest bar. */
  readonly newest: Map<string, number>;
  /** Starts of the last day's bars, and when the first symbol's bar of each arrived. */
  readonly arrived: Map<number, number>;
  /** Bars that were due up to here have been counted. */
  countedMs: number;
}

const silentMs = 600_000;
const dayMs = 86_400_000;
const oneMinute = "1m";

/** When bars arrived at the stages: how fresh they are, and whether they came in time. */
export class Freshness {
  readonly #options: FreshnessOptions;
  readonly #spans: Readonly<Record<Stage, Map<string, Span>>> = {
    log: new Map(),
    lake: new Map(),
  };
  #delaySeconds = 0;

  constructor(options: FreshnessOptions) {
    this.#options = options;
    if (options.followed?.code === oneMinute) this.#span("log", options.followed);
  }

  /** By how much the feed lags the market. */
  delay(seconds: number): void {
    this.#delaySeconds = seconds;
  }

  /** Takes in bars that have arrived at a stage at `nowMs`. */
  arrived(stage: Stage, bars: BarTally, nowMs: number): void {
    for (const [code, { newest, starts }] of bars) {
      const interval = intervalByCode(code);
      if (interval === undefined) continue;
      const span = this.#span(stage, interval);
      for (const [symbol, startMs] of newest) {
        if (startMs > (span.newest.get(symbol) ?? -Infinity)) span.newest.set(symbol, startMs);
      }
      for (const startMs of starts) {
        if (startMs < nowMs - dayMs || span.arrived.has(startMs)) continue;
        span.arrived.set(startMs, nowMs);
      }
    }
  }

  /** Brings the metrics up to `nowMs`. */
  report(metrics: Metrics, nowMs: number): void {
    for (const stage of ["log", "lake"] as const) {
      for (const span of this.#spans[stage].values()) {
        this.#reportSpan(metrics, stage, span, nowMs);
        if (span.interval.code === oneMinute) this.#countDue(metrics, stage, span, nowMs);
      }
    }
  }

  /** The end of the newest bar at a stage by interval, shortest first; epoch milliseconds. */
  newestEnds(stage: Stage): ReadonlyMap<string, number> {
    const ends = new Map<string, number>();
    for (const interval of intervals) {
      const span = this.#spans[stage].get(interval.code);
      if (span === undefined || span.newest.size === 0) continue;
      ends.set(interval.code, Math.max(...this.#endsOf(span)));
    }
    return ends;
  }

  #span(stage: Stage, interval: Interval): Span {
    const spans = this.#spans[stage];
    const { code } = interval;
    const known = spans.get(code);
    if (known !== undefined) return known;
    const { startedMs } = this.#options;
    const span = { interval, newest: new Map(), arrived: new Map(), countedMs: startedMs };
    spans.set(code, span);
    return span;
  }

  #endsOf({ interval, newest }: Span): readonly number[] {
    const { calendar } = this.#options;
    return Array.from(newest.values(), (startMs) => barEndMs(calendar, interval, startMs));
  }

  #reportSpan(metrics: Metrics, stage: Stage, span: Span, nowMs: number): void {
    const { calendar, startedMs } = this.#options;
    const labels = { stage, interval: span.interval.code };
    const ends = this.#endsOf(span);
    // Before the first bar, freshness is counted from the start: silence must grow old, too.
    const newestMs = ends.length === 0 ? startedMs : Math.max(...ends);
    const marketMs = marketMsBetween(calendar, newestMs, nowMs);
    metrics.set("egx_freshness_seconds", Math.max(0, nowMs - newestMs) / 1000, labels);
    metrics.set("egx_freshness_market_seconds", marketMs / 1000, labels);
    const silentSinceMs = marketMsBefore(calendar, nowMs - this.#delaySeconds * 1000, silentMs);
    const silent = ends.filter((endMs) => endMs < silentSinceMs).length;
    metrics.set("egx_symbols_known", ends.length, labels);
    metrics.set("egx_symbols_silent", silent, labels);
  }

  /** Counts the bars that fell due since the last time. */
  #countDue(metrics: Metrics, stage: Stage, span: Span, nowMs: number): void {
    const { calendar, dueSeconds, startedMs } = this.#options;
    const allowedMs = (this.#delaySeconds + dueSeconds[stage]) * 1000;
    const date = Temporal.PlainDate.from(cairoDateOf(span.countedMs - allowedMs));
    const today = Temporal.PlainDate.from(cairoDateOf(nowMs));
    let [expected, timely] = [0, 0];
    for (let day = date; Temporal.PlainDate.compare(day, today) <= 0; day = day.add({ days: 1 })) {
      for (const startMs of expectedBars(calendar, span.interval, day)) {
        const endMs = barEndMs(calendar, span.interval, startMs);
        const dueMs = endMs + allowedMs;
        // What ended before this process began was not its to bring.
        if (endMs < startedMs || dueMs <= span.countedMs || dueMs > nowMs) continue;
        expected += 1;
        if ((span.arrived.get(startMs) ?? Infinity) <= dueMs) timely += 1;
      }
    }
    span.countedMs = Math.max(span.countedMs, nowMs);
    for (const startMs of span.arrived.keys()) {
      if (startMs < nowMs - dayMs) span.arrived.delete(startMs);
    }
    metrics.add("egx_bars_expected_total", expected, { stage });
    metrics.add("egx_bars_timely_total", timely, { stage });
  }
}
