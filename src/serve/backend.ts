import type { Clock } from "../base/clock.ts";
import { EgxError, toEgxError } from "../base/errors.ts";
import { limitTo } from "../base/limit.ts";
import type { Lake } from "../lake/lake.ts";
import { readLakeKind, type LakeKind } from "../ledger/lake-kind.ts";
import type { Log } from "../log/log.ts";
import type { Calendar } from "../market/calendar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import type { BuiltState } from "../silver/built-state.ts";
import type { EventSink, PipelineEvent } from "../telemetry/events.ts";
import type { Mode } from "./api/common.ts";
import type { PipelineAnswer, ReplayAnswer } from "./api/pipeline.ts";
import type { StatusAnswer } from "./api/status.ts";
import { GapBook } from "./data/gap-book.ts";
import { isoOf } from "./data/iso.ts";
import { LetterBook } from "./data/letter-book.ts";
import { SilverSource } from "./data/silver-source.ts";
import { every } from "./every.ts";
import { LagWatch } from "./lag-watch.ts";
import { Outages } from "./outages.ts";
import { EventHub } from "./live/event-hub.ts";
import { LiveTail } from "./live/live-tail.ts";
import { positionText } from "./live/position.ts";
import type { MetricsSource } from "./metrics-server.ts";
import type { StageName } from "./pipeline-news.ts";
import {
  bottleneckOf,
  freshnessLines,
  lagLines,
  stageLines,
  totalLag,
  worstOf,
  type ReportParts,
} from "./pipeline-report.ts";
import { PipelineWatch } from "./pipeline-watch.ts";
import { feedDownOf, marketStatus, silverStatus } from "./status-report.ts";

/** What is to be replayed. */
export interface LettersAsked {
  /** One letter's place; null for all open ones. */
  readonly position: {
    readonly logId: string;
    readonly partition: number;
    readonly offset: number;
  } | null;
  /** Only letters of this code; null for all. */
  readonly code: string | null;
  readonly dryRun: boolean;
}

export interface BackendOptions {
  readonly lake: Lake;
  /** Null where there is none: nothing is live then. */
  readonly log: Log | null;
  readonly topic: string;
  readonly calendar: Calendar;
  readonly clock: Clock;
  /** Of this package. */
  readonly version: string;
  readonly scratchFolder: string;
  /** The feed that this process reads; `speed` is null for a live one. */
  readonly feed: {
    readonly name: string;
    readonly speed: number | null;
    readonly delaySeconds: number;
  } | null;
  /** The stages that this process runs. */
  readonly stages: readonly StageName[];
  /** An event in one line for people. */
  readonly told: (event: PipelineEvent) => string;
  /** Publishes dead letters again; null where that cannot be done. */
  readonly replay:
    | ((asked: LettersAsked, signal: AbortSignal) => Promise<Omit<ReplayAnswer, "dryRun">>)
    | null;
  /** What `/metrics` and `/readyz` say. */
  readonly metrics: MetricsSource | null;
  /** Readers of events at once. */
  readonly streamsMax: number;
}

const statusEveryMs = 1_000;
const pipelineEveryMs = 2_000;
const kindEveryMs = 5_000;
const recentMax = 60;
const waitingMax = 20;

/** All that the API tells of: silver, the log's end, the stages; watched until it is disposed. */
export class Backend {
  readonly options: BackendOptions;
  readonly silver: SilverSource;
  readonly tail: LiveTail | null;
  readonly hub: EventHub;
  readonly letters: LetterBook;
  readonly gaps: GapBook;
  readonly #watch: PipelineWatch;
  readonly #outages: Outages;
  readonly #lag: LagWatch | null;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #recent: number[] = [];
  #kind: LakeKind | null = null;
  #lettersOpen: number | null = null;
  #gapsOpen: number | null = null;
  readonly #one = limitTo(1);
  readonly #looked = Promise.withResolvers<void>();
  #waiting = 0;
  #told = "";

  constructor(options: BackendOptions) {
    const { lake, log, topic, clock, scratchFolder, stages, streamsMax } = options;
    this.options = options;
    this.#watch = new PipelineWatch(clock, options.told);
    this.#outages = new Outages(this.#watch.sink, statusEveryMs);
    this.hub = new EventHub(clock, streamsMax);
    this.letters = new LetterBook(lake, clock);
    this.gaps = new GapBook(lake, clock);
    const consuming = stages.includes("consumer");
    const onBuilt = (digest: string): void => this.hub.broadcast("silver", { digest });
    const onLooked = (error: EgxError | null): void =>
      this.#outages.looked("look at silver", error);
    this.silver = new SilverSource({ lake, scratchFolder, clock, onBuilt, onLooked });
    this.#lag =
      log === null
        ? null
        : new LagWatch({ log, topic, clock, events: this.sink, ...(consuming ? {} : { lake }) });
    this.tail =
      log === null
        ? null
        : new LiveTail({
            log,
            topic,
            clock,
            coveredOf: (logId) => this.#coveredOf(logId),
            onLooked: (error) => this.#outages.looked("ask the log for its offsets", error),
          });
  }

  /** To be told of all that the stages of this process do. */
  readonly sink: EventSink = (event) => {
    this.#watch.sink(event);
    this.#lag?.sink(event);
  };

  /** Aborts when the server stops. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Begins to watch. */
  start(): void {
    const { clock } = this.options;
    const { signal } = this.#ended;
    const loops = [
      this.silver.run(signal),
      this.hub.run(signal),
      every(clock, signal, async () => this.#lookAtLake()),
      every(clock, signal, async () => this.#tellStatus()),
      every(clock, signal, async () => this.#tellPipeline()),
    ];
    if (this.tail !== null) loops.push(this.tail.run(signal));
    if (this.#lag !== null) loops.push(this.#lag.run(signal));
    this.#running.push(...loops);
  }

  /** Lets all readers go and ends the watching; before log and lake are closed. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#looked.resolve();
    await Promise.all(this.#running);
  }

  /** Resolves when silver and the lake's kind have been looked at for the first time. */
  async ready(): Promise<void> {
    await this.silver.looked();
    await this.#looked.promise;
  }

  /** The date in Cairo. */
  today(): string {
    return cairoDateOf(this.options.clock.nowMs());
  }

  /** For what costs much and is asked for rarely. @throws E_HTTP_BUSY when too many wait. */
  async oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= waitingMax) {
      throw new EgxError("E_HTTP_BUSY", `${waitingMax} requests of this kind are waiting already`);
    }
    this.#waiting += 1;
    try {
      return await this.#one(work);
    } finally {
      this.#waiting -= 1;
    }
  }

  mode(): Mode {
    const { feed } = this.options;
    return {
      data: this.#kind ?? "unknown",
      feed: feed?.name ?? null,
      delaySeconds: this.#watch.delaySeconds ?? feed?.delaySeconds ?? null,
      replaySpeed: feed?.speed ?? null,
    };
  }

  /**
   * What a state of silver covers of the log: live bars go on from there. Empty where nothing is
   * live. An answer gives the state that it was made of, which may be shown no more.
   */
  position(state: BuiltState = this.silver.state): string {
    const logId = this.tail?.ring?.logId ?? state.streaming[0]?.log;
    if (logId === undefined) return "";
    const covered = this.#coveredOf(logId, state);
    return positionText({ logId, next: covered.length === 0 ? [0] : covered });
  }

  status(): StatusAnswer {
    const { version, clock, calendar, replay } = this.options;
    const nowMs = clock.nowMs();
    const { state, stages } = this.pipeline();
    const publishedMs = this.tail?.last?.publishedMs ?? null;
    const wrong = stages.filter((one) => ["down", "warn", "behind"].includes(one.state));
    return {
      version,
      serverTime: isoOf(nowMs),
      state,
      reasons: wrong.map(({ stage, text }) => `${stage}: ${text}`),
      mode: this.mode(),
      feedDown: feedDownOf(this.#watch.heard("feed").trouble),
      lastBarAt: publishedMs === null ? null : isoOf(publishedMs),
      market: marketStatus(calendar, nowMs),
      silver: silverStatus(this.silver, calendar, nowMs),
      can: { live: this.tail !== null, replay: replay !== null },
      position: this.position(),
    };
  }

  pipeline(): PipelineAnswer {
    const parts = this.#parts();
    const partitions = lagLines(parts);
    const lag = totalLag(parts, partitions, this.#recent);
    const stages = stageLines(parts, lag);
    return {
      mode: this.mode(),
      serverTime: isoOf(parts.nowMs),
      state: worstOf(stages),
      stages: [...stages],
      bottleneck: bottleneckOf(stages, lag),
      partitions: [...partitions],
      lag,
      freshness: freshnessLines(parts),
      deadLettersOpen: this.#lettersOpen,
      gapsOpen: this.#gapsOpen,
      news: [...this.#watch.news.lines],
      clients: this.hub.size,
    };
  }

  #parts(): ReportParts {
    const { topic, calendar, clock, feed, stages } = this.options;
    const nowMs = clock.nowMs();
    const { newest } = silverStatus(this.silver, calendar, nowMs);
    const behind = newest.map(({ sessionsBehind }) => sessionsBehind);
    return {
      topic,
      calendar,
      nowMs,
      replay: (feed?.speed ?? null) !== null || this.#kind === "simulated",
      here: new Set(stages),
      watch: this.#watch,
      lag: this.#lag,
      silverBehind: behind.length === 0 ? null : Math.min(...behind),
      silverMs: this.silver.shownMs,
      publishedMs: this.tail?.last?.publishedMs ?? null,
      newestInLog: this.tail?.newest ?? new Map(),
      clients: this.hub.size,
    };
  }

  /** By partition; nothing of a log that silver does not know. */
  #coveredOf(logId: string, state: BuiltState = this.silver.state): readonly number[] {
    const { topic } = this.options;
    const covered: number[] = [];
    for (const chain of state.streaming) {
      if (chain.log !== logId || chain.topic !== topic) continue;
      while (covered.length <= chain.partition) covered.push(0);
      covered[chain.partition] = chain.end;
    }
    return covered;
  }

  async #lookAtLake(): Promise<number> {
    try {
      this.#kind ??= await readLakeKind(this.options.lake);
      const letters = await this.letters.lines();
      this.#lettersOpen = letters.filter(({ end }) => end === null).length;
      const gaps = await this.gaps.gaps();
      this.#gapsOpen = gaps.filter(({ closing }) => closing === null).length;
      this.#outages.looked("look at the lake", null);
    } catch (error) {
      this.#outages.looked("look at the lake", toEgxError(error));
    }
    this.#looked.resolve();
    return kindEveryMs;
  }

  async #tellStatus(): Promise<number> {
    const { records } = this.pipeline().lag;
    // What is not known is no 0: it would grow from there as soon as it is.
    if (records !== null) this.#recent.push(records);
    if (this.#recent.length > recentMax) this.#recent.shift();
    if (!this.hub.wanted("status")) return statusEveryMs;
    const status = this.status();
    // The time alone is no news, and where silver stands goes with every answer.
    const news = JSON.stringify({ ...status, serverTime: "", position: "", lastBarAt: "" });
    if (news !== this.#told) this.hub.broadcast("status", status);
    this.#told = news;
    return statusEveryMs;
  }

  async #tellPipeline(): Promise<number> {
    if (this.hub.wanted("pipeline")) this.hub.broadcast("pipeline", this.pipeline());
    return pipelineEveryMs;
  }
}
