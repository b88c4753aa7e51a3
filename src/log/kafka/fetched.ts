import type { LogRecord } from "../log.ts";
import type { AbortedTransaction, FetchedPartition } from "./answers.ts";
import { isAbortMarker, readBatch, readBatchHead, type BatchHead } from "./record-batch.ts";

/** Records and the offset behind them. */
export interface Taken {
  readonly records: readonly LogRecord[];
  readonly next: number;
}

/** The batch that is being taken, in clear, and how many of its records are. */
interface ClearBatch {
  readonly head: BatchHead;
  readonly records: readonly LogRecord[];
  taken: number;
}

/**
 * The answer to one fetch, taken piece by piece: batches are unpacked when their turn comes, so
 * that memory holds the answer as it was sent and one batch in clear.
 *
 * Records of aborted transactions are left out here. The broker sends, with each answer, all
 * aborted transactions that reach into it. A producer's records are aborted from where such a
 * transaction begins to its marker, and may be committed again behind it: the walk from the
 * answer's front to its end must not begin anew in between.
 */
export class Fetched {
  /** The partition's end for readers of committed records, when this was fetched. */
  readonly end: number;
  readonly #batches: Buffer;
  /** By first offset, descending: the next one is last. */
  readonly #aborted: AbortedTransaction[];
  readonly #abortedProducers = new Set<bigint>();
  #clear: ClearBatch | null = null;
  #at = 0;
  #next: number;

  constructor(offset: number, answer: FetchedPartition) {
    this.#next = offset;
    this.end = answer.lastStableOffset;
    this.#batches = answer.batches ?? Buffer.alloc(0);
    this.#aborted = [...answer.aborted].toSorted((a, b) => b.firstOffset - a.firstOffset);
  }

  /** The offset at which the next {@link take} goes on. */
  get next(): number {
    return this.#next;
  }

  /** Whether nothing is left to take. */
  get isSpent(): boolean {
    return this.#clear === null && readBatchHead(this.#batches, this.#at) === null;
  }

  /** The next records: at least one if there is one, and no more than about `bytesMax`. */
  take(bytesMax: number): Taken {
    const records: LogRecord[] = [];
    let bytes = 0;
    for (;;) {
      const clear = this.#clear ?? this.#unpack();
      if (clear === null) return { records, next: this.#next };
      while (clear.taken < clear.records.length) {
        const record = clear.records[clear.taken];
        if (record === undefined) break;
        clear.taken += 1;
        if (record.offset < this.#next) continue;
        bytes += bytesOf(record);
        if (records.length > 0 && bytes > bytesMax) {
          clear.taken -= 1;
          return { records, next: this.#next };
        }
        records.push(record);
        this.#next = record.offset + 1;
      }
      this.#next = Math.max(this.#next, clear.head.lastOffset + 1);
      this.#clear = null;
    }
  }

  /** Puts the next batch with committed records in clear; null when the answer is at its end. */
  #unpack(): ClearBatch | null {
    for (;;) {
      const head = readBatchHead(this.#batches, this.#at);
      if (head === null) return null;
      this.#at = head.endAt;
      if (!this.#isLeftOut(head) && head.lastOffset >= this.#next) {
        this.#clear = { head, records: readBatch(this.#batches, head), taken: 0 };
        return this.#clear;
      }
      this.#next = Math.max(this.#next, head.lastOffset + 1);
    }
  }

  /** Whether a batch is a marker or aborted. To be asked once of every batch, in their order. */
  #isLeftOut(head: BatchHead): boolean {
    for (
      let begun = this.#aborted.at(-1);
      begun !== undefined && begun.firstOffset <= head.lastOffset;
      begun = this.#aborted.at(-1)
    ) {
      this.#abortedProducers.add(begun.producerId);
      this.#aborted.pop();
    }
    if (head.control) {
      if (isAbortMarker(this.#batches, head)) this.#abortedProducers.delete(head.producerId);
      return true;
    }
    return head.transactional && this.#abortedProducers.has(head.producerId);
  }
}

function bytesOf(record: LogRecord): number {
  let bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const { key, value } of record.headers) bytes += key.length + value.length;
  return bytes;
}
