import process from "node:process";
import type { Clock } from "../base/clock.ts";
import type { Lake } from "../lake/lake.ts";
import type { Log } from "../log/log.ts";
import { nextSession, phaseAt, sessionOf, type Calendar } from "../market/calendar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import type { Interval } from "../market/interval.ts";
import { continuousMsBetween, isMarketOpen, marketMsBetween } from "../market/market-time.ts";
import { eventMetrics } from "../telemetry/event-metrics.ts";
import type { EventSink } from "../telemetry/events.ts";
import { noTraffic, type FeedTraffic, type HasTraffic } from "../telemetry/feed-traffic.ts";
import { metricTable } from "../telemetry/metric-table.ts";
import { Metrics, type MetricsForm, type MetricsText } from "../telemetry/metrics.ts";
import { Freshness } from "./freshness.ts";
import { LagWatch } from "./lag-watch.ts";
import { LakeWatch } from "./lake-watch.ts";
import { Readiness, type RunningStage } from "./readiness.ts";

export interface MonitorOptions {
  readonly clock: Clock;
  readonly calendar: Calendar;
  /** Of this package. */
  readonly version: string;
  readonly stages: readonly RunningStage[];
  /** The interval that is followed as bars form; null when the past is read. */
  readonly followed: Interval | null;
  /** How long the consumer holds a record at most. */
  readonly flushIntervalMs: number;
  /** A folder on this machine for what is read of the lake; made when there is none. */
  readonly scratchFolder: string;
}

/** A bar is due in the log this long after its end and the feed's delay. */
const logDueSeconds = 10;

/** All that a long-running process tells about itself to machines. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #metrics = new Metrics();
  readonly #readiness: Readiness;
  readonly #freshness: Freshness;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #sinks: EventSink[];
  #lag: LagWatch | null = null;
  #lake: LakeWatch | null = null;
  #feed: HasTraffic | null = null;
  #counted = noTraffic;
  #heardMs: number;
  #delaySeconds = 0;

  constructor(options: MonitorOptions) {
    const { clock, calendar, stages, followed, flushIntervalMs, version } = options;
    this.#options = options;
    this.#heardMs = clock.nowMs();
    this.#readiness = new Readiness(clock, stages);
    this.#freshness = new Freshness({
      calendar,
      startedMs: clock.nowMs(),
      followed,
      dueSeconds: { log: logDueSeconds, lake: logDueSeconds + flushIntervalMs / 1000 },
    });
    this.#sinks = [eventMetrics(this.#metrics), this.#readiness.sink, this.#arrivals];
    this.#metrics.set("egx_build_info", 1, { version, node: process.versions.node });
  }

  /** To be told of every event of the stages. */
  readonly sink: EventSink = (event) => {
    for (const sink of this.#sinks) sink(event);
  };

  /** Watches from now on how far the lake is behind this log. `sink` is told of failures. */
  watchLog(log: Log, topic: string, sink: EventSink): void {
    const { clock } = this.#options;
    const lag = new LagWatch({ log, topic, clock, events: sink });
    this.#lag = lag;
    this.#sinks.push(lag.sink);
    this.#running.push(lag.run(this.#ended.signal));
  }

  /** Tells from now on what goes over a feed's connections, if it has any. */
  watchFeed(feed: HasTraffic): void {
    this.#feed = feed;
  }

  /** Watches from now on what waits for somebody in this lake. `sink` is told of failures. */
  watchLake(lake: Lake, sink: EventSink): void {
    const { clock, scratchFolder } = this.#options;
    this.#lake = new LakeWatch({ lake, clock, scratchFolder, events: sink });
    this.#running.push(this.#lake.run(this.#ended.signal));
  }

  /** Why the process is not ready; nothing when it is. */
  reasons(): readonly string[] {
    return this.#readiness.reasons();
  }

  /** The metrics as they are now. */
  async text(form: MetricsForm): Promise<MetricsText> {
    const nowMs = this.#options.clock.nowMs();
    this.#metrics.set("egx_clock_seconds", nowMs / 1000, {});
    this.#metrics.set("egx_ready", this.reasons().length === 0 ? 1 : 0, {});
    this.#reportMarket(nowMs);
    if (this.#options.stages.includes("producer")) this.#reportSilence(nowMs);
    this.#reportTraffic();
    this.#freshness.report(this.#metrics, nowMs);
    this.#reportLag(nowMs);
    this.#reportLake(nowMs);
    return this.#metrics.text(form);
  }

  /** Ends the watching; before log and lake are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#running);
  }

  readonly #arrivals: EventSink = (event) => {
    const nowMs = this.#options.clock.nowMs();
    if (event.kind === "published") this.#freshness.arrived("log", event.bars, nowMs);
    else if (event.kind === "flushed") this.#freshness.arrived("lake", event.bars, nowMs);
    else if (event.kind === "read" || event.kind === "feed") {
      if (event.kind === "read" && event.heard) this.#heardMs = nowMs;
      this.#delaySeconds = event.delaySeconds;
      this.#freshness.delay(event.delaySeconds);
    }
  };

  #reportMarket(nowMs: number): void {
    const { calendar } = this.#options;
    const isOpen = isMarketOpen(calendar, nowMs);
    const now = phaseAt(calendar, nowMs) ?? "closed";
    for (const phase of metricTable.egx_market_phase.labels.phase) {
      this.#metrics.set("egx_market_phase", phase === now ? 1 : 0, { phase });
    }
    const today = Temporal.PlainDate.from(cairoDateOf(nowMs));
    const session = sessionOf(calendar, today);
    const openMs = isOpen && session !== null ? nowMs - session.openMs : 0;
    const coming =
      session !== null && nowMs < session.closeMs ? session : nextSession(calendar, today);
    this.#metrics.set("egx_session_open_timestamp_seconds", coming.openMs / 1000, {});
    this.#metrics.set("egx_session_close_timestamp_seconds", coming.closeMs / 1000, {});
    this.#metrics.set("egx_market_open", isOpen ? 1 : 0, {});
    this.#metrics.set("egx_market_open_seconds", openMs / 1000, {});
  }

  #reportSilence(nowMs: number): void {
    const { calendar } = this.#options;
    // A feed that lags gives at any moment what traded that long ago: so goes its session, too.
    const lagMs = this.#delaySeconds * 1000;
    const marketMs = continuousMsBetween(calendar, this.#heardMs - lagMs, nowMs - lagMs);
    const silentMs = Math.max(0, nowMs - this.#heardMs);
    this.#metrics.set("egx_feed_silence_seconds", silentMs / 1000, {});
    this.#metrics.set("egx_feed_silence_market_seconds", marketMs / 1000, {});
  }

  /** Counters grow by what was added since the last time. */
  #reportTraffic(): void {
    const now = this.#feed?.traffic?.();
    if (now === undefined) return;
    const grown = (name: keyof FeedTraffic): number => now[name] - this.#counted[name];
    this.#metrics.set("egx_feed_connections", now.connections, {});
    const first = grown("connects") - grown("reconnects");
    for (const [outcome, count] of [
      ["first", first],
      ["again", grown("reconnects")],
      ["failed", grown("connectFailures")],
    ] as const) {
      this.#metrics.add("egx_feed_connects_total", count, { outcome });
    }
    for (const [kind, name] of [
      ["message", "messages"],
      ["heartbeat", "heartbeats"],
      ["unreadable", "frameFaults"],
      ["malformed", "malformed"],
    ] as const) {
      this.#metrics.add("egx_feed_frames_total", grown(name), { kind });
    }
    this.#counted = now;
  }

  #reportLag(nowMs: number): void {
    const { calendar } = this.#options;
    this.#metrics.forget("egx_lag_records");
    this.#metrics.forget("egx_lag_seconds");
    this.#metrics.forget("egx_lag_market_seconds");
    this.#metrics.forget("egx_retention_left_seconds");
    for (const { partition, records, oldestMs, deletableMs } of this.#lag?.lags ?? []) {
      const labels = { partition: String(partition) };
      const ageMs = oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs);
      const marketMs = oldestMs === null ? 0 : marketMsBetween(calendar, oldestMs, nowMs);
      this.#metrics.set("egx_lag_records", records, labels);
      this.#metrics.set("egx_lag_seconds", ageMs / 1000, labels);
      this.#metrics.set("egx_lag_market_seconds", marketMs / 1000, labels);
      if (deletableMs === null) continue;
      this.#metrics.set("egx_retention_left_seconds", (deletableMs - nowMs) / 1000, labels);
    }
  }

  #reportLake(nowMs: number): void {
    const state = this.#lake?.state;
    if (state === undefined || state === null) return;
    const age = (sinceMs: number | null): number =>
      sinceMs === null ? 0 : Math.max(0, nowMs - sinceMs) / 1000;
    this.#metrics.set("egx_dead_letters_open", state.deadLetters, {});
    this.#metrics.set("egx_dead_letters_oldest_seconds", age(state.oldestLetterMs), {});
    this.#metrics.set("egx_gaps_open", state.gaps, {});
    this.#metrics.set("egx_gap_open_seconds", age(state.oldestGapMs), {});
    this.#metrics.forget("egx_certificates");
    for (const { interval, states } of state.certificates) {
      for (const of of metricTable.egx_certificates.labels.state) {
        this.#metrics.set("egx_certificates", states[of], { interval, state: of });
      }
    }
  }
}
