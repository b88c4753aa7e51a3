import { orAborted } from "../base/abort.ts";
import { EgxError, hasCode, invariant } from "../base/errors.ts";
import { forEachWithin, type Limit } from "../base/limit.ts";
import { compress, compressionOf } from "../lake/compression.ts";
import type { Lake } from "../lake/lake.ts";
import { findChainEnd, readEntry, type ChainEnd } from "../ledger/chain.ts";
import {
  encodeEntry,
  objectsOf,
  type Entry,
  type EntryObject,
  type StoredEntry,
} from "../ledger/entry.ts";
import { noteFinished } from "../ledger/finished.ts";
import { entryKey, prefixOfStreamingKey, type ChainId } from "../ledger/layout.ts";
import { objectState } from "../ledger/objects.ts";
import type { Log, LogProducer } from "../log/log.ts";
import { Batch, type BatchFormat, type SealedBatch, type SealedObject } from "./batch.ts";
import { copyPartBytesMax, deadLetterCopies } from "./dead-letter-copies.ts";
import type { LakeKindCell } from "./lake-kind-cell.ts";
import type { ConsumerOptions } from "./options.ts";
import { asFinal, evenWithoutTopic, patiently } from "./patience.ts";

/** What the workers of a process share. */
export interface WriterContext {
  readonly options: ConsumerOptions;
  readonly topicId: string;
  readonly kind: LakeKindCell;
  /** Bounds the lake's writes of the whole process. */
  readonly writes: Limit;
  readonly deadLetters: LogProducer;
}

/** A batch whose entry is in the ledger, under our own bytes. */
export interface ClaimedBatch {
  readonly stored: StoredEntry;
  readonly batch: SealedBatch;
}

/**
 * The exactly-once protocol for one partition, step by step: take over, claim, write. The chain of
 * entries in the lake alone says what is stored; nothing here rests on clocks, on the broker's
 * fencing, or on being the only writer. Steps are separate methods so that the simulator's tests
 * can break each of them and see that it is missed.
 */
export class ChainWriter {
  protected readonly context: WriterContext;
  protected readonly chain: ChainId;
  protected readonly signal: AbortSignal;
  /** The last entry known; what is claimed next links to it. */
  protected last: StoredEntry | null = null;
  /** The offset that the next claim begins at. */
  protected position = 0;
  /** Objects of the last entry that an operator gave up; the next entry names them. */
  protected lost: readonly string[] = [];

  constructor(context: WriterContext, chain: ChainId, signal: AbortSignal) {
    this.context = context;
    this.chain = chain;
    this.signal = signal;
  }

  get #log(): Log {
    return this.context.options.log;
  }

  get #lake(): Lake {
    return this.context.options.lake;
  }

  /** What a batch of this chain is made with, unless an entry says otherwise. */
  get format(): BatchFormat {
    const { prefix, compression } = this.context.options;
    return { chain: this.chain, kind: this.context.kind, prefix, compression };
  }

  /**
   * Finds the chain's end, finishes what its last entry promised, and steps over offsets that an
   * operator gave up. Answers the offset to read from.
   * @throws E_LEDGER_AHEAD, E_LEDGER_RECORDS_GONE, E_LEDGER_DAMAGED
   */
  async takeOver(): Promise<{ position: number; rewritten: number }> {
    const likelyEnd = (await this.logRange()).end;
    const { end, last } = await this.findEnd(likelyEnd);
    this.last = last;
    this.position = end;
    this.lost = [];
    // Asked after the chain's end: the log may have grown meanwhile, and the chain with it.
    const range = await this.logRange();
    if (end > range.end) {
      const { topic, partition } = this.chain;
      throw new EgxError(
        "E_LEDGER_AHEAD",
        `the lake's chain of ${topic}/${partition} ends at ${end}, the log at ${range.end}`,
      );
    }
    const rewritten = last === null ? 0 : await this.finishLast(last, range.start);
    if (end < range.start) await this.stepOver(end, range.start - 1);
    return { position: this.position, rewritten };
  }

  /** The chain's end, by the chain alone. */
  protected async findEnd(likelyEnd: number): Promise<ChainEnd> {
    return this.attempt("find the chain's end", () =>
      findChainEnd(this.#lake, this.chain, likelyEnd),
    );
  }

  /**
   * Writes again what is missing or wrong of the last entry, from the log. Answers how many
   * objects that were.
   */
  protected async finishLast(stored: StoredEntry, logStart: number): Promise<number> {
    const { entry } = stored;
    const unfinished: EntryObject[] = [];
    await forEachWithin(this.context.writes, objectsOf(entry), async (object) => {
      const state = await this.attempt("look at an object", () => objectState(this.#lake, object));
      if (state !== "whole") unfinished.push(object);
    });
    if (unfinished.length === 0) return 0;
    const batch = await this.readAgain(entry, logStart);
    const rebuilt = new Map(batch.objects.map((object) => [object.key, object]));
    if (batch.dead !== null) rebuilt.set(batch.dead.key, batch.dead);
    const gone = unfinished.filter((object) => rebuilt.get(object.key)?.sha256 !== object.sha256);
    if (gone.length > 0) {
      const survivors = gone.flatMap((object) => rebuilt.get(object.key) ?? []);
      this.giveUp(entry, gone, { logStart, survivors });
    }
    const goneKeys = new Set(gone.map((object) => object.key));
    const objects = unfinished.flatMap((object) => {
      const whole = goneKeys.has(object.key) ? undefined : rebuilt.get(object.key);
      return whole === undefined ? [] : [whole];
    });
    // Copies go before their object, so that a missing object means that copies may be missing.
    if (objects.some((object) => object.key === entry.dead?.key)) {
      await this.sendCopies(batch, entry.created);
    }
    await this.putObjects(objects);
    return objects.length;
  }

  /** Reads the range of an entry again, as far as the log still has it. */
  protected async readAgain(entry: Entry, logStart: number): Promise<SealedBatch> {
    const sample = entry.objects[0]?.key;
    const { prefix, compression } = this.format;
    const batch = new Batch(entry.start, {
      ...this.format,
      prefix: sample === undefined ? prefix : prefixOfStreamingKey(sample),
      compression: sample === undefined ? compression : compressionOf(sample),
    });
    let offset = Math.min(Math.max(entry.start, logStart), entry.end);
    batch.skipTo(offset);
    while (offset < entry.end) {
      const slice = await this.attempt("read the log", () =>
        this.#log.read({
          topic: this.chain.topic,
          topicId: this.context.topicId,
          partition: this.chain.partition,
          offset,
          maxWaitMs: 1000,
          signal: this.signal,
        }),
      );
      const records = slice.records.filter((record) => record.offset < entry.end);
      await this.attempt("settle the lake's kind", () => this.context.kind.settleFor(records));
      for (const record of records) batch.add(record);
      batch.skipTo(Math.min(slice.next, entry.end));
      offset = Math.min(slice.next, entry.end);
    }
    return batch.seal();
  }

  /**
   * Gives up objects of the last entry whose records are gone, if an operator allows it. Records
   * that are still there but share an object with lost ones go with them, so the range that is
   * named covers them too.
   */
  protected giveUp(
    entry: Entry,
    gone: readonly EntryObject[],
    left: { readonly logStart: number; readonly survivors: readonly SealedObject[] },
  ): void {
    const { topic, partition } = this.chain;
    if (left.logStart <= entry.start) {
      throw new EgxError(
        "E_LEDGER_DAMAGED",
        `the log's records of ${topic}/${partition} from ${entry.start} to ${entry.end - 1} ` +
          `are not those that the ledger's entry was made of`,
        { details: { keys: gone.map((object) => object.key) } },
      );
    }
    const lastGone = Math.max(
      Math.min(left.logStart, entry.end) - 1,
      ...left.survivors.map((object) => object.lastOffset),
    );
    if (!this.isAccepted(entry.start, lastGone)) throw this.goneError(entry.start, lastGone);
    this.lost = gone.map((object) => object.key);
  }

  /** Claims [first, last] as absent, if an operator allows it. */
  protected async stepOver(first: number, last: number): Promise<void> {
    if (!this.isAccepted(first, last)) throw this.goneError(first, last);
    const batch = new Batch(first, this.format);
    batch.skipTo(last + 1);
    const claimed = await this.claim(batch.seal());
    // Refused: somebody else stepped over it, or went on; the next takeover sees what is there.
    if (claimed === null) await this.takeOver();
  }

  private isAccepted(first: number, last: number): boolean {
    const { topic, partition } = this.chain;
    return this.context.options.acceptedLosses.some(
      (loss) =>
        loss.topic === topic &&
        loss.partition === partition &&
        loss.first <= first &&
        loss.last >= last,
    );
  }

  private goneError(first: number, last: number): EgxError {
    const { topic, partition } = this.chain;
    return new EgxError(
      "E_LEDGER_RECORDS_GONE",
      `records ${first} to ${last} of ${topic}/${partition} are gone from the log and not stored`,
      {
        details: { topic, partition, first, last },
        hint:
          `If they cannot be had elsewhere: ` +
          `egx consumer --accept-loss ${topic}/${partition}:${first}-${last}`,
      },
    );
  }

  /**
   * Puts the batch's entry into the ledger, create-only. Null when somebody else holds the range:
   * the caller takes over again, or stops.
   */
  async claim(batch: SealedBatch): Promise<ClaimedBatch | null> {
    invariant(batch.start === this.position, "a claim begins where the chain ends");
    if (this.last !== null) await this.mustStillHold(this.last);
    const stored = this.makeEntry(batch);
    const key = entryKey(this.chain, batch.start);
    const answer = await this.attempt("claim a range", () => this.#lake.create(key, stored.bytes));
    if (answer === "exists") {
      const holder = await this.attempt("read a claim", () =>
        readEntry(this.#lake, this.chain, batch.start),
      );
      if (holder === null || !this.isOwn(holder, stored)) return null;
    }
    this.last = stored;
    this.position = batch.end;
    this.lost = [];
    return { stored, batch };
  }

  /**
   * Looks whether the lake still has the entry that the next one links to: in a lake that was
   * emptied, or made again unseen, a claim behind it would leave all before it unstored.
   * @throws E_LAKE_MISSING
   */
  protected async mustStillHold({ entry }: StoredEntry): Promise<void> {
    const key = entryKey(this.chain, entry.start);
    const found = await this.attempt("look at the last entry", () => this.#lake.head(key));
    if (found !== null) return;
    throw new EgxError("E_LAKE_MISSING", `${this.#lake.url} has lost ${key}`, { retryable: false });
  }

  /** Whether the entry found is the one just sent, its answer lost: told by its bytes alone. */
  protected isOwn(found: StoredEntry, sent: StoredEntry): boolean {
    return Buffer.compare(found.bytes, sent.bytes) === 0;
  }

  /** Writes what a claim promised: copies of dead letters first, then all objects. */
  async write({ stored, batch }: ClaimedBatch): Promise<void> {
    if (batch.dead !== null) await this.sendCopies(batch, stored.entry.created);
    await this.putObjects(batch.dead === null ? batch.objects : [...batch.objects, batch.dead]);
  }

  /**
   * Notes that everything claimed is in place, so that `egx verify` can tell an object that was
   * removed from one that is still to come. Only for that: no decision rests on it.
   */
  async noteFinished(): Promise<void> {
    const { last } = this;
    if (last === null || this.lost.length > 0) return;
    await this.attempt("note the end", () => noteFinished(this.#lake, this.chain, last));
  }

  private makeEntry(batch: SealedBatch): StoredEntry {
    const facts = ({ key, records, bytes, sha256 }: SealedObject): EntryObject => ({
      key,
      records,
      bytes,
      sha256,
    });
    const { clock, writer } = this.context.options;
    return encodeEntry({
      format: 1,
      log: this.chain.logId,
      topic: this.chain.topic,
      partition: this.chain.partition,
      start: batch.start,
      end: batch.end,
      prev: this.last?.sha256 ?? null,
      records: batch.records,
      objects: batch.objects.map(facts),
      dead_letters: batch.deadLetters.map((letter) => letter.offset),
      absent: batch.absent,
      writer,
      created: Temporal.Instant.fromEpochMilliseconds(clock.nowMs()).toString({
        fractionalSecondDigits: 3,
      }),
      dead: batch.dead === null ? undefined : facts(batch.dead),
      lost: this.lost.length === 0 ? undefined : this.lost,
    });
  }

  protected async putObjects(objects: readonly SealedObject[]): Promise<void> {
    await forEachWithin(this.context.writes, objects, async ({ key, lines, sha256 }) => {
      const body = await compress(lines, compressionOf(key));
      await this.attempt("put an object", () => this.#lake.put(key, body, { sha256 }));
    });
  }

  private async sendCopies(batch: SealedBatch, created: string): Promise<void> {
    for (const partBytesMax of copyPartBytesMax) {
      const copies = deadLetterCopies(this.chain, batch.deadLetters, { created, partBytesMax });
      try {
        await this.attempt("copy dead letters", () =>
          evenWithoutTopic(() => this.context.deadLetters.send(copies)),
        );
        return;
      } catch (error) {
        // Our headers made a large record too large; the lake keeps it whole.
        if (!hasCode(error, "E_LOG_RECORD_TOO_LARGE") || partBytesMax === 0) throw error;
      }
    }
  }

  private async logRange(): Promise<{ start: number; end: number }> {
    const { topic, partition } = this.chain;
    const all = await this.attempt("ask the log for its offsets", () => this.#log.offsets(topic));
    const found = all.find((offsets) => offsets.partition === partition);
    if (found !== undefined) return found;
    throw new EgxError("E_LOG_TOPIC_UNKNOWN", `${topic} has no partition ${partition}`);
  }

  /**
   * Tries until it succeeds, is hopeless, or the partition is to be given up: then what is under
   * way is not waited for, since it does no harm when it lands late. A lake that is gone is
   * hopeless here: if it is made again, it holds no chain that this one could go on with.
   */
  async attempt<T>(operation: string, run: () => Promise<T>): Promise<T> {
    return patiently(this.context.options, this.signal, operation, async () => {
      try {
        return await orAborted(run(), this.signal);
      } catch (error) {
        throw hasCode(error, "E_LAKE_MISSING") ? asFinal(error) : error;
      }
    });
  }
}
