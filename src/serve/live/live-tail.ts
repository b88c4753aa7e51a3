import type { Clock } from "../../base/clock.ts";
import { type EgxError, hasCode, toEgxError } from "../../base/errors.ts";
import { logIdOf } from "../../ledger/layout.ts";
import type { Log, PartitionOffsets, TopicInfo } from "../../log/log.ts";
import { every } from "../every.ts";
import { BarRing } from "./bar-ring.ts";
import { liveBarOf } from "./live-bar.ts";

export interface LiveTailOptions {
  readonly log: Log;
  readonly topic: string;
  readonly clock: Clock;
  /** What silver covers of a log, by partition: reading begins there. */
  readonly coveredOf: (logId: string) => readonly number[];
  /** Told after every look for the topic: why it failed, or null. */
  readonly onLooked: (error: EgxError | null) => void;
}

/** What the newest record tells. */
export interface LastRecord {
  /** When it was published, epoch milliseconds. */
  readonly publishedMs: number;
}

/** Bars that are kept for who comes back; each is some 500 bytes. */
const barsMax = 50_000;
/** Before the log's end reading begins no earlier than this, in records a partition. */
const behindMax = 20_000;
const waitMs = 1_000;
const failedWaitMs = 1_000;
const sliceBytes = 262_144;

/**
 * Reads the end of a log as it grows, all partitions, and keeps the newest bars. It belongs to no
 * group and disturbs nobody. Another topic of the same name makes another ring.
 */
export class LiveTail {
  readonly #options: LiveTailOptions;
  #info: TopicInfo | null = null;
  #ring: BarRing | null = null;
  #last: LastRecord | null = null;
  readonly #newest = new Map<string, number>();

  constructor(options: LiveTailOptions) {
    this.#options = options;
  }

  /** Null before the topic was found. */
  get ring(): BarRing | null {
    return this.#ring;
  }

  get info(): TopicInfo | null {
    return this.#info;
  }

  get last(): LastRecord | null {
    return this.#last;
  }

  /** The start of the newest bar by interval, epoch milliseconds. */
  get newest(): ReadonlyMap<string, number> {
    return this.#newest;
  }

  get log(): Log {
    return this.#options.log;
  }

  /** Start and end of every partition now. */
  async offsets(): Promise<readonly PartitionOffsets[]> {
    return this.#options.log.offsets(this.#options.topic);
  }

  /** Reads until the signal aborts. A log that does not answer is asked again. */
  async run(signal: AbortSignal): Promise<void> {
    await every(this.#options.clock, signal, async () => {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(error);
      }
      return failedWaitMs;
    });
  }

  #failed(error: unknown): void {
    // Both are mended by beginning anew, which is what comes next.
    if (hasCode(error, "E_LOG_TOPIC_CHANGED", "E_LOG_OFFSET_GONE", "E_LOG_TOPIC_UNKNOWN")) return;
    this.#options.onLooked(toEgxError(error));
  }

  /** Finds the topic and reads it until something fails. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { log, topic, coveredOf } = this.#options;
    const info = await log.describeTopic(topic);
    if (info === null) return;
    const offsets = await log.offsets(topic);
    const logId = logIdOf(info.id);
    const covered = coveredOf(logId);
    const before = this.#ring?.logId === logId ? this.#ring : null;
    const starts = offsets.map(({ partition, start, end }) => {
      const read = before?.next[partition];
      if (read !== undefined && read >= start && read <= end) return read;
      return Math.max(start, Math.min(end, covered[partition] ?? 0), end - behindMax);
    });
    const goesOn = before !== null && starts.every((start, at) => start === before.next[at]);
    const ring = goesOn ? before : new BarRing(logId, starts, barsMax);
    this.#info = info;
    this.#ring = ring;
    this.#options.onLooked(null);
    await this.#readAll(ring, info, signal);
  }

  async #readAll(ring: BarRing, info: TopicInfo, signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const running = AbortSignal.any([signal, failed.signal]);
    const reading = ring.next.map(async (_, partition) => {
      try {
        while (!running.aborted) await this.#readOnce(ring, { info, partition }, running);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
    await Promise.allSettled(reading);
    if (!signal.aborted) failed.signal.throwIfAborted();
  }

  async #readOnce(
    ring: BarRing,
    { info, partition }: { readonly info: TopicInfo; readonly partition: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { log, topic } = this.#options;
    const offset = ring.next[partition] ?? 0;
    const limits = { maxBytes: sliceBytes, maxWaitMs: waitMs, signal };
    const at = { topic, topicId: info.id, partition, offset };
    const { records, next } = await log.read({ ...at, ...limits });
    for (const record of records) {
      const bar = liveBarOf(record, { logId: ring.logId, partition });
      if (bar !== null) {
        ring.push(bar);
        const before = this.#newest.get(bar.interval) ?? -Infinity;
        this.#newest.set(bar.interval, Math.max(before, bar.startMs));
      }
      this.#last = { publishedMs: Math.max(this.#last?.publishedMs ?? 0, record.timestampMs) };
    }
    ring.passed(partition, next);
  }
}
