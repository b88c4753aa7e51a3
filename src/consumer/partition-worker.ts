import { orAborted } from "../base/abort.ts";
import { EgxError, hasCode, toEgxError } from "../base/errors.ts";
import type { ChainId } from "../ledger/layout.ts";
import type { AssignedPartition, LogRecord, Membership, Slice } from "../log/log.ts";
import type { FlushReason } from "../telemetry/events.ts";
import { Batch } from "./batch.ts";
import type { ByteBudget } from "./budget.ts";
import { ChainWriter, type ClaimedBatch, type WriterContext } from "./chain-writer.ts";
import type { SummaryCounter } from "./summary.ts";

const readBytes = 1024 * 1024;
const idleWaitMs = 500;
const commitAttempts = 3;

export interface WorkerOptions {
  readonly context: WriterContext;
  readonly chain: ChainId;
  readonly assigned: AssignedPartition;
  readonly membership: () => Membership;
  readonly budget: ByteBudget;
  readonly summary: SummaryCounter;
  /** Stop behind this offset; null reads on for ever. */
  readonly untilOffset: number | null;
  /** Aborts everything under way; what was held is left to the next owner. */
  readonly hard: AbortSignal;
  /** The simulator's tests give a broken one here. */
  readonly makeWriter?: (
    context: WriterContext,
    chain: ChainId,
    signal: AbortSignal,
  ) => ChainWriter;
}

/** Reads one partition into the lake for as long as it belongs to this process. */
export class PartitionWorker {
  readonly #options: WorkerOptions;
  readonly #writer: ChainWriter;
  readonly #drain = new AbortController();
  readonly #reading: AbortSignal;
  #batch: Batch | null = null;
  #batchSinceMs = 0;
  #offset = 0;
  #drainReason: FlushReason = "end";
  /** The write of the batch before, going on while the next one is read. */
  #writing: Promise<{ readonly error: unknown } | null> | null = null;
  #writingBytes = 0;
  #writeFailed = false;
  #stored = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const make = options.makeWriter ?? ((...args) => new ChainWriter(...args));
    this.#writer = make(options.context, options.chain, options.hard);
    this.#reading = AbortSignal.any([this.#drain.signal, options.hard]);
  }

  /** Stops reading and writes what is held; {@link run} then returns. */
  drain(reason: FlushReason): void {
    this.#drainReason = reason;
    this.#drain.abort();
  }

  /**
   * Runs until drained or, with `untilOffset`, done. Returns quietly when `hard` aborts.
   * @returns whether everything before `untilOffset` is stored.
   * @throws EgxError for which the partition has to stop.
   */
  async run(): Promise<boolean> {
    try {
      while (!(await this.#ownChain()));
      return this.#isAtEnd();
    } catch (error) {
      if (!this.#options.hard.aborted) throw toEgxError(error);
      return false;
    } finally {
      await this.#writing;
      this.#holds(0);
    }
  }

  /** One takeover and what follows it; false when the chain has to be taken over again. */
  async #ownChain(): Promise<boolean> {
    const { context, chain } = this.#options;
    const { events, clock } = context.options;
    try {
      const { position, rewritten } = await this.#writer.takeOver();
      events({ kind: "takeover", partition: chain.partition, offset: position, rewritten });
      this.#offset = position;
      this.#batch = null;
      this.#stored = position;
      await this.#commit(1);
      return await this.#readOn();
    } catch (error) {
      // Retention passed us, or moves while we look: the next takeover names what is gone.
      if (!hasCode(error, "E_LOG_OFFSET_GONE")) throw error;
      await this.#settleWriting();
      await clock.sleep(idleWaitMs, this.#options.hard);
      return false;
    }
  }

  async #readOn(): Promise<boolean> {
    while (!this.#isDone()) {
      if (!(await this.#flushIfDue())) return false;
      if (this.#options.budget.exceeded) {
        await this.#options.budget.nextChange(this.#reading);
        continue;
      }
      const slice = await this.#read();
      if (slice !== null && !(await this.#takeIn(slice))) return false;
    }
    if (!(await this.#flush(this.#drainReason))) return false;
    await this.#settleWriting();
    await this.#writer.noteFinished();
    await this.#commit(commitAttempts);
    return true;
  }

  #isDone(): boolean {
    return this.#reading.aborted || this.#isAtEnd();
  }

  #isAtEnd(): boolean {
    const { untilOffset } = this.#options;
    return untilOffset !== null && this.#offset >= untilOffset;
  }

  /** The next slice; null when there is none yet or reading was stopped. */
  async #read(): Promise<Slice | null> {
    const { context, chain } = this.#options;
    const { log } = context.options;
    const request = {
      topic: chain.topic,
      topicId: context.topicId,
      partition: chain.partition,
      offset: this.#offset,
      maxBytes: readBytes,
      maxWaitMs: this.#waitMs(),
      signal: this.#reading,
    };
    try {
      const slice = await log.read(request);
      return slice.next > this.#offset ? slice : null;
    } catch (error) {
      if (this.#reading.aborted) return null;
      if (hasCode(error, "E_LOG_OFFSET_GONE")) {
        await this.#flush("gone");
        throw error;
      }
      if (!(error instanceof EgxError) || !error.retryable) throw error;
      await this.#pause(error);
      return null;
    }
  }

  /** Until the batch is due, and never so long that a change of budget goes unseen. */
  #waitMs(): number {
    if (this.#batch === null) return idleWaitMs;
    const { flush, clock } = this.#options.context.options;
    const ageMs = clock.monotonicMs() - this.#batchSinceMs;
    return Math.max(1, Math.min(idleWaitMs, Math.ceil(flush.intervalMs - ageMs)));
  }

  /** A read has failed and may succeed later: what is held is still flushed in time. */
  async #pause(error: EgxError): Promise<void> {
    const { clock, random, events } = this.#options.context.options;
    const waitMs = Math.floor(random.next() * 1000);
    events({ kind: "retry", operation: "read the log", error, attempt: 1, waitMs });
    await clock.sleep(waitMs, this.#options.hard);
  }

  /** Adds a slice to the batch, flushing as often as it is full; false after a refused claim. */
  async #takeIn(slice: Slice): Promise<boolean> {
    const { kind, options } = this.#options.context;
    await this.#retried("settle the lake's kind", () => kind.settleFor(slice.records));
    for (const record of slice.records) {
      if (this.#isPastEnd(record)) break;
      this.#open(options.clock.monotonicMs()).add(record);
      this.#offset = record.offset + 1;
      const reason = this.#fullReason();
      if (reason !== null && !(await this.#flush(reason))) return false;
    }
    const next = Math.min(slice.next, this.#options.untilOffset ?? slice.next);
    if (next > this.#offset) {
      this.#open(options.clock.monotonicMs()).skipTo(next);
      this.#offset = next;
    }
    this.#reportHeld();
    return true;
  }

  #isPastEnd(record: LogRecord): boolean {
    const { untilOffset } = this.#options;
    return untilOffset !== null && record.offset >= untilOffset;
  }

  #open(nowMs: number): Batch {
    if (this.#batch === null) {
      this.#batch = new Batch(this.#offset, this.#writer.format);
      this.#batchSinceMs = nowMs;
    }
    return this.#batch;
  }

  #fullReason(): FlushReason | null {
    const { flush } = this.#options.context.options;
    const batch = this.#batch;
    if (batch === null) return null;
    if (batch.records >= flush.records) return "records";
    if (batch.bytes >= flush.bytes) return "bytes";
    return batch.objects >= flush.objects ? "objects" : null;
  }

  /** Flushes for age or for the shared budget; false after a refused claim. */
  async #flushIfDue(): Promise<boolean> {
    const { budget, context } = this.#options;
    if (this.#writeFailed) await this.#settleWriting();
    if (this.#batch === null) return true;
    const { flush, clock } = context.options;
    const ageMs = clock.monotonicMs() - this.#batchSinceMs;
    if (ageMs >= flush.intervalMs) return this.#flush("interval");
    if (budget.exceeded && budget.isLargeHolder(this)) return this.#flush("budget");
    return true;
  }

  /**
   * Claims the batch and begins to write it; reading goes on meanwhile. False when the claim was
   * refused, after which the chain is taken over again.
   */
  async #flush(reason: FlushReason): Promise<boolean> {
    const batch = this.#batch;
    if (batch === null) return true;
    // Only a chain's last entry may be unfinished: the write before has to end first.
    await this.#settleWriting();
    this.#batch = null;
    const { context, chain } = this.#options;
    const startedMs = context.options.clock.monotonicMs();
    const sealed = batch.seal();
    const claimed = await this.#writer.claim(sealed);
    this.#writingBytes = claimed === null ? 0 : sealed.bytes;
    this.#reportHeld();
    if (claimed === null) {
      context.options.events({
        kind: "claim-refused",
        partition: chain.partition,
        start: batch.start,
      });
      return false;
    }
    this.#writing = this.#finish(claimed, reason, startedMs);
    return true;
  }

  async #finish(
    claimed: ClaimedBatch,
    reason: FlushReason,
    startedMs: number,
  ): Promise<{ readonly error: unknown } | null> {
    const { context, chain, summary } = this.#options;
    try {
      await this.#writer.write(claimed);
    } catch (error) {
      this.#writeFailed = true;
      // Whoever waits for the budget, this worker too, goes on and meets the failure.
      this.#writingBytes = 0;
      this.#reportHeld();
      return { error };
    }
    const { batch } = claimed;
    const deadLetters = summary.add(batch);
    context.options.events({
      kind: "flushed",
      partition: chain.partition,
      reason,
      start: batch.start,
      end: batch.end,
      records: batch.records,
      objects: batch.objects.length,
      objectSizes: batch.objects.map(({ records, bytes }) => ({ records, bytes })),
      bars: batch.bars,
      bytes: batch.bytes,
      deadLetters,
      seconds: (context.options.clock.monotonicMs() - startedMs) / 1000,
    });
    this.#writingBytes = 0;
    this.#reportHeld();
    this.#stored = batch.end;
    await this.#commit(1);
    return null;
  }

  async #settleWriting(): Promise<void> {
    const outcome = await this.#writing;
    this.#writing = null;
    if (outcome !== null) throw outcome.error;
  }

  /**
   * Tells the group what is stored, for lag tools. The chain is the truth, so a failure stops
   * nothing: the next commit makes up for it.
   */
  async #commit(attempts: number): Promise<void> {
    const { assigned, membership, context } = this.#options;
    const { clock, random, events } = context.options;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      try {
        await orAborted(membership().commit(assigned, this.#stored), this.#options.hard);
        return;
      } catch (error) {
        const known = toEgxError(error);
        if (!known.retryable || this.#options.hard.aborted) return;
        const waitMs = attempt === attempts ? 0 : Math.floor(random.next() * 500);
        events({ kind: "retry", operation: "commit", error: known, attempt, waitMs });
        if (waitMs > 0) await clock.sleep(waitMs, this.#options.hard);
      }
    }
  }

  #reportHeld(): void {
    this.#holds((this.#batch?.bytes ?? 0) + this.#writingBytes);
  }

  #holds(bytes: number): void {
    const { budget, context } = this.#options;
    budget.set(this, bytes);
    const { heldBytes, limitBytes } = budget;
    context.options.events({ kind: "held", bytes: heldBytes, limitBytes });
  }

  async #retried(operation: string, run: () => Promise<void>): Promise<void> {
    return this.#writer.attempt(operation, run);
  }
}
