import { tmpdir } from "node:os";
import { systemClock } from "../../../src/base/clock.ts";
import type { Calendar } from "../../../src/market/calendar.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { continuousMsBetween } from "../../../src/market/market-time.ts";
import { Monitor } from "../../../src/serve/monitor.ts";
import type { BarTally } from "../../../src/telemetry/events.ts";

/** Samples by series, one a step; `_` is none. */
export type Series = ReadonlyMap<string, readonly string[]>;

/** From `fromMs` to `toMs`, both inclusive; the feed gives nothing in [outage). */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly outage?: readonly [fromMs: number, toMs: number];
}

export const stepMs = 30_000;
/** By how much the simulated feed is late. */
export const delayMs = 900_000;
const minuteMs = 60_000;
const flushIntervalMs = 20_000;
/** Times of day are told from the stretch's start, where promtool's clock begins. */
const instants = /^egx_(clock|session_open_timestamp|session_close_timestamp)_seconds\b/;
/** What a working pipeline shows besides, which its monitor learns from log and lake. */
const working: Readonly<Record<string, string>> = {
  'up{job="egx",instance="a"}': "1",
  'egx_lag_records{instance="a",partition="0"}': "3",
  'egx_lag_seconds{instance="a",partition="0"}': "12",
  'egx_lag_market_seconds{instance="a",partition="0"}': "12",
  'egx_retention_left_seconds{instance="a",partition="0"}': "600000",
  'egx_dead_letters_open{instance="a"}': "0",
  'egx_gaps_open{instance="a"}': "0",
  'egx_certificates{interval="1m",state="complete"}': "2",
  'egx_certificates{interval="1m",state="degraded"}': "0",
};

/** A monitor of a pipeline that works, on a clock of its own; a feed of COMI and one thin symbol. */
export class SimulatedPipeline {
  readonly #calendar: Calendar;
  readonly #monitor: Monitor;
  #nowMs: number;

  constructor(calendar: Calendar, startMs: number) {
    this.#calendar = calendar;
    this.#nowMs = startMs;
    this.#monitor = new Monitor({
      clock: { ...systemClock, nowMs: () => this.#nowMs },
      calendar,
      version: "0",
      stages: ["producer", "consumer"],
      followed: parseInterval("1m"),
      flushIntervalMs,
      scratchFolder: tmpdir(),
    });
    this.#monitor.sink({ kind: "learned", records: 0, bars: 0, seconds: 0 });
    this.#monitor.sink({ kind: "joined" });
    this.#monitor.sink({ kind: "feed", state: "asked", delaySeconds: delayMs / 1000 });
  }

  /** Goes on to the stretch without looking at the metrics, then gives all that they show in it. */
  async series(stretch: Stretch): Promise<Series> {
    const series = new Map<string, string[]>();
    for (; this.#nowMs < stretch.fromMs; this.#nowMs += stepMs) {
      this.#trade(stretch);
      // What falls due is counted as it does.
      await this.#monitor.text("prometheus");
    }
    for (let step = 0; this.#nowMs <= stretch.toMs; step += 1, this.#nowMs += stepMs) {
      this.#trade(stretch);
      const { text } = await this.#monitor.text("prometheus");
      const shown = text.split("\n").filter((line) => /^egx_(?!.*_bucket)/.test(line));
      for (const line of [...shown, ...Object.entries(working).map((pair) => pair.join(" "))]) {
        const name = line.slice(0, line.lastIndexOf(" "));
        const value = line.slice(name.length + 1);
        const values = series.get(name) ?? Array.from({ length: step }, () => "_");
        values.push(instants.test(name) ? String(Number(value) - stretch.fromMs / 1000) : value);
        series.set(name, values);
      }
    }
    return series;
  }

  /** COMI trades in every minute, THIN once in two hours. */
  #trade({ outage = [Infinity, Infinity] }: Stretch): void {
    const startMs = this.#nowMs - delayMs - minuteMs;
    const isTrading = continuousMsBetween(this.#calendar, startMs, startMs + minuteMs) === minuteMs;
    const isSilent = outage[0] <= this.#nowMs && this.#nowMs < outage[1];
    if (this.#nowMs % minuteMs !== 0 || !isTrading) return;
    const delaySeconds = delayMs / 1000;
    const read = { kind: "read", interval: "1m", bars: 1, final: 1, delaySeconds } as const;
    // Into the silence falls the end of the last minute that was heard of.
    if (isSilent) return this.#monitor.sink({ ...read, heard: false });
    const thin = startMs % (120 * minuteMs) === 0 ? (["THIN"] as const) : [];
    const newest = new Map(["COMI", ...thin].map((symbol) => [symbol, startMs]));
    const bars: BarTally = new Map([["1m", { newest, starts: new Set([startMs]) }]]);
    this.#monitor.sink({ ...read, heard: true });
    this.#monitor.sink({ kind: "published", records: 1, bytes: 100, seconds: 0.01, bars });
    this.#monitor.sink({
      kind: "flushed",
      partition: 0,
      reason: "interval",
      start: 0,
      end: 1,
      records: 1,
      objects: 1,
      objectSizes: [],
      bars,
      bytes: 100,
      deadLetters: new Map(),
      seconds: 0.1,
    });
  }
}
