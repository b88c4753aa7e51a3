import type { Clock } from "../base/clock.ts";
import { toEgxError, type EgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import { logIdOf, type ChainId } from "../ledger/layout.ts";
import type { Log, PartitionOffsets, TopicInfo } from "../log/log.ts";
import { publishedMs } from "../log/published-at.ts";
import type { EventSink } from "../telemetry/events.ts";
import { ChainEnds } from "./chain-ends.ts";
import { every } from "./every.ts";
import { Outages } from "./outages.ts";

/** How far one partition's chain is behind the log. */
export interface PartitionLag {
  readonly partition: number;
  /** The first offset that the log still holds, and one more than the last. */
  readonly start: number;
  readonly end: number;
  /** Where the chain ends. */
  readonly stored: number;
  readonly records: number;
  /** When the oldest record that is not stored was published, epoch milliseconds; null when all is. */
  readonly oldestMs: number | null;
  /** When the log may delete that record; null when all is stored or nothing is ever deleted. */
  readonly deletableMs: number | null;
}

export interface LagWatchOptions {
  readonly log: Log;
  readonly topic: string;
  readonly clock: Clock;
  readonly events: EventSink;
  /** Asked for the chains' ends where no consumer of this process tells them. */
  readonly lake?: Lake;
}

/** Who did not answer at the last look, and why. */
export interface LagFailure {
  readonly of: "log" | "lake";
  readonly error: EgxError;
}

const operations = [
  ["log", "ask the log for its offsets"],
  ["lake", "look at the lake"],
] as const;

interface Oldest {
  readonly offset: number;
  readonly timestampMs: number;
}

const lookEveryMs = 1_000;
/** Looking into the lake costs a request a partition. */
const lakeLookEveryMs = 5_000;
const failedLookMs = 5_000;

/**
 * Watches how far the lake is behind the log, of the partitions that this process reads. What is
 * stored it learns from the consumer's events; ages follow from the time of the record at that
 * offset, so they are right however seldom records come.
 */
export class LagWatch {
  readonly #options: LagWatchOptions;
  readonly #storedTo = new Map<number, number>();
  readonly #oldest = new Map<string, Oldest>();
  readonly #ends: ChainEnds | null;
  readonly #outages: Outages;
  #lags: readonly PartitionLag[] = [];
  /** Who is being asked. */
  #asking: LagFailure["of"] = "log";
  #failure: LagFailure | null = null;

  constructor(options: LagWatchOptions) {
    this.#options = options;
    this.#ends = options.lake === undefined ? null : new ChainEnds(options.lake);
    this.#outages = new Outages(options.events, failedLookMs);
  }

  /** To be told of all that the consumer does. */
  readonly sink: EventSink = (event) => {
    if (event.kind === "takeover") this.#storedTo.set(event.partition, event.offset);
    else if (event.kind === "flushed") this.#storedTo.set(event.partition, event.end);
    // A partition that has stopped is still ours: what waits in it grows old.
    else if (event.kind === "revoked") this.#storedTo.delete(event.partition);
  };

  /** As they were at the last look. */
  get lags(): readonly PartitionLag[] {
    return this.#lags;
  }

  /** Why the last look failed; null when it did not. */
  get failure(): LagFailure | null {
    return this.#failure;
  }

  /** Looks every second until the signal aborts. A log that does not answer is asked again. */
  async run(signal: AbortSignal): Promise<void> {
    const restMs = this.#ends === null ? lookEveryMs : lakeLookEveryMs;
    await every(this.#options.clock, signal, async () =>
      (await this.#tryLook()) ? restMs : failedLookMs,
    );
  }

  /** False when somebody did not answer: what was seen last is then still shown, and grows older. */
  async #tryLook(): Promise<boolean> {
    try {
      await this.look();
      this.#failure = null;
    } catch (error) {
      this.#failure = { of: this.#asking, error: toEgxError(error) };
    }
    for (const [of, operation] of operations) {
      const failed = this.#failure?.of === of ? this.#failure.error : null;
      // Whoever comes behind one that failed was not asked.
      if (failed !== null || this.#failure === null) this.#outages.looked(operation, failed);
    }
    return this.#failure === null;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { log, topic } = this.#options;
    this.#asking = "log";
    const info = await log.describeTopic(topic);
    if (info === null) {
      this.#lags = [];
      return;
    }
    const lags: PartitionLag[] = [];
    for (const offsets of await log.offsets(topic)) {
      const { partition } = offsets;
      const stored =
        this.#storedTo.get(partition) ??
        (await this.#storedInLake({ topic, logId: logIdOf(info.id), partition }));
      if (stored !== undefined) lags.push(await this.#lagOf(info, offsets, stored));
    }
    this.#lags = lags;
  }

  async #storedInLake(chain: ChainId): Promise<number | undefined> {
    this.#asking = "lake";
    const end = await this.#ends?.look(chain);
    this.#asking = "log";
    return end;
  }

  async #lagOf(
    info: TopicInfo,
    { partition, start, end }: PartitionOffsets,
    stored: number,
  ): Promise<PartitionLag> {
    const offset = Math.min(Math.max(stored, start), end);
    const oldestMs = offset < end ? await this.#timeAt(info, { partition, offset, end }) : null;
    const deletableMs =
      oldestMs === null || info.retentionMs === null ? null : oldestMs + info.retentionMs;
    return { partition, start, end, stored, records: end - offset, oldestMs, deletableMs };
  }

  /** The time of the first record from an offset on; asked of the log once for each offset. */
  async #timeAt(
    info: TopicInfo,
    {
      partition,
      offset,
      end,
    }: { readonly partition: number; readonly offset: number; end: number },
  ): Promise<number | null> {
    const place = `${info.id}/${partition}`;
    const known = this.#oldest.get(place);
    if (known?.offset === offset) return known.timestampMs;
    const request = { topic: info.name, topicId: info.id, partition, offset };
    const timestampMs = await publishedMs(this.#options.log, request, end);
    if (timestampMs !== null) this.#oldest.set(place, { offset, timestampMs });
    return timestampMs;
  }
}
