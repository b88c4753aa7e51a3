import { sha256Hex } from "../base/bytes.ts";
import { invariant } from "../base/errors.ts";
import type { Compression } from "../lake/compression.ts";
import { encodeDeadLetters, type DeadLetter } from "../ledger/dead-letters.ts";
import type { EntryObject } from "../ledger/entry.ts";
import { deadKey, streamingKey, type ChainId } from "../ledger/layout.ts";
import type { LogRecord } from "../log/log.ts";
import { BarTallyMaker } from "../market/bar-tally.ts";
import { storedLine } from "../market/stored-line.ts";
import type { BarTally } from "../telemetry/events.ts";
import { ByteLines } from "./byte-lines.ts";
import { interpret } from "./interpret.ts";
import type { LakeKindCell } from "./lake-kind-cell.ts";

/** What decides an object's key and bytes besides the records. */
export interface BatchFormat {
  readonly chain: ChainId;
  readonly kind: LakeKindCell;
  readonly prefix: string;
  readonly compression: Compression;
}

/** An object of a flush, with the lines that it is made of. */
export interface SealedObject extends EntryObject {
  readonly lines: Uint8Array;
  /** The offset of the last record in it. */
  readonly lastOffset: number;
}

/** A range of offsets and all that becomes of it: a function of its records and the format. */
export interface SealedBatch {
  readonly start: number;
  readonly end: number;
  readonly records: number;
  /** In key order. */
  readonly objects: readonly SealedObject[];
  readonly deadLetters: readonly DeadLetter[];
  /** The object under `_dead/`; null without dead letters. */
  readonly dead: SealedObject | null;
  readonly absent: readonly (readonly [number, number])[];
  /** Bytes of all lines before compression, dead letters included. */
  readonly bytes: number;
  readonly bars: BarTally;
}

interface Bucket {
  readonly date: string;
  readonly symbol: string;
  readonly lines: ByteLines;
  lastOffset: number;
}

/** Records of one partition on their way into objects: consecutive offsets from `start` on. */
export class Batch {
  readonly start: number;
  readonly #format: BatchFormat;
  readonly #buckets = new Map<string, Bucket>();
  readonly #deadLetters: DeadLetter[] = [];
  readonly #absent: (readonly [number, number])[] = [];
  readonly #bars = new BarTallyMaker();
  #next: number;
  #records = 0;
  #bytes = 0;

  constructor(start: number, format: BatchFormat) {
    this.start = start;
    this.#next = start;
    this.#format = format;
  }

  /** The next offset that the batch does not cover yet. */
  get next(): number {
    return this.#next;
  }

  /** Records and dead letters held. */
  get records(): number {
    return this.#records + this.#deadLetters.length;
  }

  /** About the bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  get objects(): number {
    return this.#buckets.size;
  }

  /** Takes in a record; offsets that were skipped on the way to it are absent. */
  add(record: LogRecord): void {
    this.skipTo(record.offset);
    this.#next = record.offset + 1;
    const verdict = interpret(record.value, this.#format.kind.current);
    if (verdict.kind === "dead") {
      const { offset, timestampMs, key, value, headers } = record;
      const { code, reason } = verdict;
      this.#deadLetters.push({ offset, timestampMs, code, reason, key, value, headers });
      this.#bytes += aboutBytesOf(record);
      return;
    }
    const { chain } = this.#format;
    const { date, bar } = verdict;
    const line = storedLine(verdict.line, {
      logId: chain.logId,
      partition: chain.partition,
      offset: record.offset,
    });
    this.#bars.add(bar);
    const name = `${date}/${bar.symbol}`;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { date, symbol: bar.symbol, lines: new ByteLines(), lastOffset: 0 };
      this.#buckets.set(name, bucket);
    }
    bucket.lastOffset = record.offset;
    this.#records += 1;
    this.#bytes += bucket.lines.add(line);
  }

  /** Marks the offsets up to `offset` (exclusive) that no record had as absent. */
  skipTo(offset: number): void {
    invariant(offset >= this.#next, `offset ${offset} came after ${this.#next - 1}`);
    if (offset === this.#next) return;
    const previous = this.#absent.at(-1);
    if (previous !== undefined && previous[1] === this.#next - 1) {
      this.#absent[this.#absent.length - 1] = [previous[0], offset - 1];
    } else {
      this.#absent.push([this.#next, offset - 1]);
    }
    this.#next = offset;
  }

  /** Fixes keys, bytes and digests of the range [start, next). */
  seal(): SealedBatch {
    const { chain } = this.#format;
    const range = { first: this.start, last: this.#next - 1 };
    const objects = Array.from(this.#buckets.values(), ({ date, symbol, lines, lastOffset }) => {
      const { prefix, compression } = this.#format;
      const key = streamingKey({ prefix, chain, date, symbol, ...range, compression });
      return { ...seal(key, lines.bytes()), records: lines.count, lastOffset };
    });
    objects.sort((left, right) => (left.key < right.key ? -1 : 1));
    const dead = this.#sealDeadLetters();
    const bytes = objects.reduce((sum, object) => sum + object.bytes, dead?.bytes ?? 0);
    return {
      start: this.start,
      end: this.#next,
      records: this.#records,
      objects,
      deadLetters: this.#deadLetters,
      dead,
      absent: this.#absent,
      bytes,
      bars: this.#bars.tally,
    };
  }

  #sealDeadLetters(): SealedObject | null {
    const letters = this.#deadLetters;
    const last = letters.at(-1);
    if (last === undefined) return null;
    const key = deadKey(this.#format.chain, this.start, this.#next - 1);
    const sealed = seal(key, encodeDeadLetters(letters));
    return { ...sealed, records: letters.length, lastOffset: last.offset };
  }
}

/** About what a dead letter takes: base64 makes four bytes of three. */
function aboutBytesOf({ key, value, headers }: LogRecord): number {
  let base64 = (key?.length ?? 0) + (value?.length ?? 0);
  let plain = 200;
  for (const header of headers) {
    base64 += header.value.length;
    plain += header.key.length + 8;
  }
  return plain + Math.ceil((base64 * 4) / 3);
}

function seal(
  key: string,
  lines: Uint8Array,
): Pick<SealedObject, "key" | "bytes" | "sha256" | "lines"> {
  return { key, bytes: lines.length, sha256: sha256Hex(lines), lines };
}
