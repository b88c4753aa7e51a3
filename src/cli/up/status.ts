import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../log/log.ts";
import type { JobName, ScheduledRun } from "../../market/schedule.ts";
import { cairoDateOf } from "../../market/cairo-time.ts";
import type { SilverSummary } from "../../silver/build.ts";
import type { EventSink, PipelineEvent } from "../../telemetry/events.ts";
import { clockOf, dateWithDay } from "../output/cairo-text.ts";
import { told } from "../output/event-log.ts";
import { byCode, count } from "../output/summary.ts";

interface Sample {
  readonly atMs: number;
  readonly published: number;
  readonly stored: number;
}

interface Lag {
  readonly records: number;
  /** Age of the oldest record that is not stored. */
  readonly seconds: number;
}

/** Rates are those of about the last seconds. */
const rateWindowMs = 10_000;
const troubleShownMs = 60_000;

/** The state of a running pipeline, gathered from its events; for people alone. */
export class PipelineStatus {
  readonly #clock: Clock;
  readonly #storedTo = new Map<number, number>();
  readonly #deadLetters = new Map<string, number>();
  readonly #samples: Sample[] = [];
  #published = 0;
  #stored = 0;
  #objects = 0;
  #entries = 0;
  readonly #next = new Map<JobName, ScheduledRun>();
  #past: string | null = null;
  #lag: Lag | null = null;
  #silver: { readonly summary: SilverSummary; readonly atMs: number } | null = null;
  #trouble: { readonly text: string; readonly atMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#samples.push({ atMs: clock.monotonicMs(), published: 0, stored: 0 });
  }

  readonly events: EventSink = (event) => {
    switch (event.kind) {
      case "published":
        this.#published += event.records;
        return;
      case "takeover":
        this.#storedTo.set(event.partition, event.offset);
        return;
      case "flushed":
        this.#flushed(event);
        return;
      case "retry":
      case "partition-stopped":
      case "gap":
      case "symbol-failed":
        this.troubled(told(event));
        return;
      case "recovered":
        this.#trouble = null;
        return;
      default:
    }
  };

  /** How many entries have been written: silver has news when it grows. */
  get entries(): number {
    return this.#entries;
  }

  /** How long the last build took; null before the first one. */
  get silverSeconds(): number | null {
    return this.#silver?.summary.seconds ?? null;
  }

  silverBuilt(summary: SilverSummary): void {
    this.#silver = { summary, atMs: this.#clock.monotonicMs() };
  }

  /** Keeps in sight what is loaded of the past; null when it is not of interest any more. */
  loading(text: string | null): void {
    this.#past = text;
  }

  /** Shows for a while what went wrong. */
  troubled(text: string): void {
    this.#trouble = { text, atMs: this.#clock.monotonicMs() };
  }

  /** Keeps what is due next in sight; tells it in one line. */
  scheduled(run: ScheduledRun): string {
    this.#next.set(run.job, run);
    return `${run.job} is due ${dueText(run)}`;
  }

  /** Looks how far the lake is behind the log. */
  async refresh(log: Log, topic: string): Promise<void> {
    const info = await log.describeTopic(topic);
    if (info === null) return;
    let records = 0;
    let oldestMs = Infinity;
    for (const { partition, start, end } of await log.offsets(topic)) {
      const stored = this.#storedTo.get(partition);
      if (stored === undefined) {
        this.#lag = null;
        return;
      }
      const offset = Math.min(Math.max(stored, start), end);
      if (end === offset) continue;
      records += end - offset;
      const slice = await log.read({ topic, topicId: info.id, partition, offset, maxBytes: 1 });
      oldestMs = Math.min(oldestMs, slice.records[0]?.timestampMs ?? Infinity);
    }
    const ageMs = oldestMs === Infinity ? 0 : Math.max(0, this.#clock.nowMs() - oldestMs);
    this.#lag = { records, seconds: Math.round(ageMs / 1_000) };
    this.#sample();
  }

  /** The state as `label value` pairs. */
  facts(): readonly (readonly [string, string])[] {
    const { published, stored } = this.#rates();
    const silver = this.#silver;
    const nowMs = this.#clock.monotonicMs();
    const facts: (readonly [string, string])[] = [
      ["rate", `${count(published)} records/s published, ${count(stored)} records/s stored`],
      ["lag", this.#lagText()],
      ["published", `${count(this.#published)} records`],
      ["stored", this.#storedText()],
      ["dead letters", byCode(this.#deadLetters)],
      [
        "silver",
        silver === null ? "not built yet" : silverText(silver.summary, nowMs - silver.atMs),
      ],
    ];
    if (this.#past !== null) facts.push(["past", this.#past]);
    const next = [...this.#next.values()].toSorted((one, other) => one.atMs - other.atMs);
    if (next.length > 0) {
      facts.push(["next", next.map((run) => `${run.job} ${dueText(run)}`).join(", ")]);
    }
    if (this.#trouble !== null && nowMs - this.#trouble.atMs < troubleShownMs) {
      facts.push(["trouble", this.#trouble.text]);
    }
    return facts;
  }

  #lagText(): string {
    if (this.#lag === null) return "unknown";
    return `${count(this.#lag.records)} records, ${count(this.#lag.seconds)} s`;
  }

  #storedText(): string {
    const [stored, objects, entries] = [this.#stored, this.#objects, this.#entries].map(count);
    return `${stored} records in ${objects} objects, ${entries} ledger entries`;
  }

  #flushed(event: Extract<PipelineEvent, { kind: "flushed" }>): void {
    this.#storedTo.set(event.partition, event.end);
    this.#stored += event.records;
    this.#objects += event.objects;
    this.#entries += 1;
    for (const [code, n] of event.deadLetters) {
      this.#deadLetters.set(code, (this.#deadLetters.get(code) ?? 0) + n);
    }
  }

  #sample(): void {
    const atMs = this.#clock.monotonicMs();
    this.#samples.push({ atMs, published: this.#published, stored: this.#stored });
    while ((this.#samples[1]?.atMs ?? Infinity) < atMs - rateWindowMs) this.#samples.shift();
  }

  #rates(): { readonly published: number; readonly stored: number } {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) {
      return { published: 0, stored: 0 };
    }
    const seconds = (last.atMs - first.atMs) / 1_000;
    return {
      published: Math.round((last.published - first.published) / seconds),
      stored: Math.round((last.stored - first.stored) / seconds),
    };
  }
}

function silverText({ bars, revisions }: SilverSummary, ageMs: number): string {
  const age = Math.round(ageMs / 1_000);
  return `${count(bars)} bars of ${count(revisions)} revisions, built ${count(age)} s ago`;
}

function dueText({ atMs }: ScheduledRun): string {
  return `${dateWithDay(Temporal.PlainDate.from(cairoDateOf(atMs)))} ${clockOf(atMs)}`;
}
