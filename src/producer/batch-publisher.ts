import { orAborted } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { retry } from "../base/retry.ts";
import type { LogProducer, NewRecord } from "../log/log.ts";
import type { Bar } from "../market/bar.ts";
import { BarTallyMaker } from "../market/bar-tally.ts";
import type { EventSink } from "../telemetry/events.ts";

/** When a batch is sent; each bound is enough by itself. */
export interface PublishLimits {
  readonly records: number;
  /** Bytes of keys and values. */
  readonly bytes: number;
  /** Age of the batch's first record. */
  readonly lingerMs: number;
}

export const publishLimitsDefault: PublishLimits = {
  records: 1000,
  bytes: 1024 * 1024,
  lingerMs: 10,
};

export interface BatchPublisherOptions {
  readonly producer: LogProducer;
  readonly limits: PublishLimits;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts to give up what is not acknowledged yet. */
  readonly giveUp: AbortSignal;
  readonly events: EventSink;
  /** Called once when a send fails for good: nothing more will be sent. */
  readonly onFailure: () => void;
}

interface Batch {
  readonly records: NewRecord[];
  bytes: number;
  bars: number;
  readonly tally: BarTallyMaker;
  /** When its first record came, by the monotonic clock. */
  sinceMs: number;
}

/**
 * Sends records in the order of their pushes, one batch at a time, each until it is acknowledged:
 * while one is under way the next one fills, and {@link room} holds back whoever has more. A
 * failure that may pass is tried again for ever with the same batch.
 */
export class BatchPublisher {
  readonly #options: BatchPublisherOptions;
  readonly #timers = new AbortController();
  #filling: Batch = emptyBatch();
  #sending: Promise<void> | null = null;
  #timer: Promise<void> | null = null;
  #ended = false;
  #failure: unknown;
  #state: "open" | "failed" | "given-up" = "open";
  #bars = 0;
  #rejects = 0;

  constructor(options: BatchPublisherOptions) {
    this.#options = options;
  }

  /** Records that the log has acknowledged. */
  get acknowledged(): { readonly bars: number; readonly rejects: number } {
    return { bars: this.#bars, rejects: this.#rejects };
  }

  get isFull(): boolean {
    const { records, bytes } = this.#options.limits;
    return this.#filling.records.length >= records || this.#filling.bytes >= bytes;
  }

  /**
   * Takes the record of a bar, or of a rejected row (null); whoever finds {@link isFull} afterwards waits
   * for {@link room}. Does nothing once sending has ended for good.
   */
  push(record: NewRecord, bar: Bar | null): void {
    if (this.#state !== "open") return;
    const batch = this.#filling;
    if (batch.records.length === 0) batch.sinceMs = this.#options.clock.monotonicMs();
    batch.records.push(record);
    batch.bytes += (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0);
    if (bar !== null) {
      batch.bars += 1;
      batch.tally.add(bar);
    }
    this.#begin();
  }

  /**
   * Resolves when another record may be pushed.
   * @throws what made the log refuse a batch for good.
   */
  async room(): Promise<void> {
    while (this.isFull && this.#sending !== null) await this.#sending;
    this.#throwFailure();
  }

  /** Sends what is left, and waits for it. @throws as {@link room} does. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#begin();
    while (this.#sending !== null) await this.#sending;
    this.#timers.abort();
    await this.#timer;
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#state === "failed") throw this.#failure;
  }

  /** Begins to send if it is time, or sees to it that somebody looks again when it is. */
  #begin(): void {
    const batch = this.#filling;
    if (this.#sending !== null || batch.records.length === 0) return;
    const waitMs = this.#waitMs();
    if (waitMs > 0) {
      this.#timer ??= this.#wakeAfter(waitMs);
      return;
    }
    this.#filling = emptyBatch();
    this.#sending = this.#send(batch).finally(() => {
      this.#sending = null;
      this.#begin();
    });
  }

  #waitMs(): number {
    if (this.#ended || this.isFull) return 0;
    const { clock, limits } = this.#options;
    return this.#filling.sinceMs + limits.lingerMs - clock.monotonicMs();
  }

  async #wakeAfter(waitMs: number): Promise<void> {
    try {
      await this.#options.clock.sleep(waitMs, this.#timers.signal);
    } catch (error) {
      if (!this.#timers.signal.aborted) throw error;
    }
    this.#timer = null;
    this.#begin();
  }

  /** Sends a batch; never rejects. */
  async #send(batch: Batch): Promise<void> {
    const { producer, clock, random, giveUp, events } = this.#options;
    const startedMs = clock.monotonicMs();
    let failures = 0;
    try {
      await retry(async () => orAborted(producer.send(batch.records), giveUp), {
        clock,
        random,
        signal: giveUp,
        onRetry: (attempt) => {
          failures = attempt.attempt;
          events({ kind: "retry", operation: "publish", ...attempt });
        },
      });
    } catch (error) {
      // A give-up is no failure: what was not sent is read from the feed again at the next start.
      this.#state = giveUp.aborted && error === giveUp.reason ? "given-up" : "failed";
      this.#failure = error;
      this.#filling = emptyBatch();
      if (this.#state === "failed") this.#options.onFailure();
      return;
    }
    const records = batch.records.length;
    this.#bars += batch.bars;
    this.#rejects += records - batch.bars;
    if (failures > 0) events({ kind: "recovered", operation: "publish", attempts: failures });
    events({
      kind: "published",
      records,
      bytes: batch.bytes,
      seconds: (clock.monotonicMs() - startedMs) / 1000,
      bars: batch.tally.tally,
    });
  }
}

function emptyBatch(): Batch {
  return { records: [], bytes: 0, bars: 0, tally: new BarTallyMaker(), sinceMs: 0 };
}
