import type { Clock } from "../base/clock.ts";
import type { EgxError } from "../base/errors.ts";
import type { EventSink, PipelineEvent } from "../telemetry/events.ts";
import { PipelineNews, stageOf, type StageName } from "./pipeline-news.ts";
import { Rates } from "./watch-rates.ts";

/** What is wrong with a stage now. */
export interface Trouble {
  readonly error: EgxError;
  readonly text: string;
  readonly sinceMs: number;
  /** When it is tried again, epoch milliseconds; null when nobody does. */
  readonly retryMs: number | null;
}

interface Heard {
  readonly rates: Rates;
  errors: number;
  lastMs: number | null;
  trouble: Trouble | null;
}

/** A failure that is not heard of again is taken to be over after its wait and this time. */
const troubleMs = 60_000;
const stages: readonly StageName[] = ["feed", "producer", "consumer", "lake", "log", "silver"];

/** What the stages of this process do, from their events; for people, never for logic. */
export class PipelineWatch {
  readonly news: PipelineNews;
  readonly #clock: Clock;
  readonly #stages: ReadonlyMap<StageName, Heard>;
  readonly #stopped = new Map<number, EgxError>();
  readonly #stored = new Map<string, number>();
  #delaySeconds: number | null = null;

  /** @param told an event in one line for people. */
  constructor(clock: Clock, told: (event: PipelineEvent) => string) {
    this.#clock = clock;
    this.news = new PipelineNews(clock, told);
    this.#stages = new Map(
      stages.map((stage) => [
        stage,
        { rates: new Rates(clock), errors: 0, lastMs: null, trouble: null },
      ]),
    );
  }

  /** To be told of every event of the stages. */
  readonly sink: EventSink = (event) => {
    this.news.sink(event);
    this.#count(event);
    const stage = stageOf(event);
    const heard = stage === null ? undefined : this.#stages.get(stage);
    if (heard === undefined) return;
    if (event.kind === "retry") this.#failed(heard, event);
    else if (event.kind === "partition-stopped") this.#stopped.set(event.partition, event.error);
    else {
      heard.trouble = event.kind === "feed" && event.state === "broken" ? heard.trouble : null;
      heard.lastMs = this.#clock.nowMs();
    }
  };

  /** By how much the feed lags the market; null before it has said so. */
  get delaySeconds(): number | null {
    return this.#delaySeconds;
  }

  /** The start of the newest bar in the lake by interval, epoch milliseconds. */
  get stored(): ReadonlyMap<string, number> {
    return this.#stored;
  }

  /** Why partitions were given up, by partition. */
  get stopped(): ReadonlyMap<number, EgxError> {
    return this.#stopped;
  }

  /** What was heard of a stage. */
  heard(stage: StageName): {
    readonly rate: number;
    readonly rates: readonly number[];
    readonly errors: number;
    readonly lastMs: number | null;
    readonly trouble: Trouble | null;
  } {
    const heard = this.#stages.get(stage);
    if (heard === undefined) return { rate: 0, rates: [], errors: 0, lastMs: null, trouble: null };
    const { rates, errors, lastMs, trouble } = heard;
    const over =
      trouble !== null && (trouble.retryMs ?? Infinity) + troubleMs < this.#clock.nowMs();
    return {
      rate: rates.rate,
      rates: rates.seconds,
      errors,
      lastMs,
      trouble: over ? null : trouble,
    };
  }

  #failed(heard: Heard, event: Extract<PipelineEvent, { kind: "retry" }>): void {
    const nowMs = this.#clock.nowMs();
    heard.errors += 1;
    heard.trouble = {
      error: event.error,
      text: `${event.operation}: ${event.error.message}`,
      sinceMs: heard.trouble?.sinceMs ?? nowMs,
      retryMs: nowMs + event.waitMs,
    };
  }

  #count(event: PipelineEvent): void {
    if (event.kind === "feed" || event.kind === "read") this.#delaySeconds = event.delaySeconds;
    if (event.kind === "read") this.#add("feed", event.bars);
    else if (event.kind === "published") this.#add("producer", event.records);
    else if (event.kind === "flushed") {
      this.#add("consumer", event.end - event.start);
      for (const [interval, { newest }] of event.bars) {
        const known = this.#stored.get(interval) ?? -Infinity;
        this.#stored.set(interval, Math.max(known, ...newest.values()));
      }
    }
  }

  #add(stage: StageName, amount: number): void {
    this.#stages.get(stage)?.rates.add(amount);
  }
}
