import type { Clock } from "../../base/clock.ts";
import { toEgxError } from "../../base/errors.ts";
import type { LogDatabase } from "./database.ts";
import type { RecordStore } from "./records.ts";
import type { StoredPartition, StoredTopic, TopicStore } from "./topics.ts";
import { Wakeup } from "./wakeup.ts";

/** Records that one transaction deletes, so that appends never wait long. */
const stepRecords = 5000;
/** A partition may pass its limit by this share before an append asks for a sweep. */
const slack = 1.1;

export interface RetentionContext {
  readonly database: LogDatabase;
  readonly topics: TopicStore;
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly sweepEveryMs: number;
}

/**
 * Deletes what is too old or too much, and what deleted topics left behind, in short transactions:
 * every `sweepEveryMs`, and when appends have made a partition too large. Every process sweeps; there is
 * nothing left to do for the second one.
 */
export class Retention {
  readonly #context: RetentionContext;
  readonly #closed = new AbortController();
  readonly #wakeup: Wakeup;
  readonly #running: Promise<void>;

  constructor(context: RetentionContext) {
    this.#context = context;
    this.#wakeup = new Wakeup(context.clock);
    this.#running = this.#run();
    // close() is where a bug of the sweep is thrown; until then nobody waits for it.
    this.#running.catch(() => undefined);
  }

  /** Asks for a sweep soon. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** Told of the largest partition that an append wrote to. */
  appended(topic: StoredTopic, partitionBytes: number): void {
    const limit = topic.info.retentionBytes;
    if (limit !== null && partitionBytes > limit * slack) this.wake();
  }

  /** Deletes everything that is due now. */
  async sweep(): Promise<void> {
    const { database, topics } = this.#context;
    const { all, orphans } = await database.read(() => ({
      all: topics.list(),
      orphans: topics.orphans(),
    }));
    for (const topic of all) await this.#sweepTopic(topic);
    for (const ref of orphans) await this.#removeOrphan(ref);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#wakeup.sleep(this.#context.sweepEveryMs);
      if (this.#isClosed()) return;
      try {
        await this.sweep();
      } catch (error) {
        // What is wrong with the file is told to whoever appends or reads; here it is tried again.
        if (toEgxError(error).code === "E_INTERNAL") throw error;
      }
    }
  }

  async #sweepTopic(topic: StoredTopic): Promise<void> {
    const { database, topics } = this.#context;
    const { retentionMs, retentionBytes } = topic.info;
    if (retentionMs === null && retentionBytes === null) return;
    const due = await database.read(() =>
      topics.partitions(topic).filter((partition) => this.#isDue(topic, partition)),
    );
    for (const { partition } of due) {
      let more = true;
      while (more && !this.#isClosed()) more = await this.#step(topic, partition);
    }
  }

  #isDue(topic: StoredTopic, partition: StoredPartition): boolean {
    const { expiryMs, bytesMax } = this.#limits(topic);
    const oldestMs = this.#context.records.oldestTimestampMs(partition) ?? Infinity;
    return partition.bytes > bytesMax || oldestMs < expiryMs;
  }

  /** Deletes a step's worth of the oldest records; false when nothing more is due. */
  async #step(topic: StoredTopic, partition: number): Promise<boolean> {
    const { database, topics, records } = this.#context;
    return database.write(() => {
      const found = topics.partitions(topic)[partition];
      if (found === undefined) return false;
      const limits = { ...this.#limits(topic), stepMax: stepRecords };
      return records.expire(found, limits) === stepRecords;
    });
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  #limits(topic: StoredTopic): { expiryMs: number; bytesMax: number } {
    const { retentionMs, retentionBytes } = topic.info;
    return {
      expiryMs: retentionMs === null ? -Infinity : this.#context.clock.nowMs() - retentionMs,
      bytesMax: retentionBytes ?? Infinity,
    };
  }

  async #removeOrphan(ref: number): Promise<void> {
    const { database, topics, records } = this.#context;
    let more = true;
    while (more && !this.#isClosed()) {
      more = await database.write(() => {
        if (records.purge(ref, stepRecords)) return true;
        topics.removeOrphan(ref);
        return false;
      });
    }
  }
}
