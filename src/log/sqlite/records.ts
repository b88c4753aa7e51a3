import { EgxError } from "../../base/errors.ts";
import type { LogRecord, NewRecord, ReadRequest, RecordPosition, Slice } from "../log.ts";
import { partitionOf } from "../murmur2.ts";
import type { LogDatabase, Statement } from "./database.ts";
import { headerBytes, HeaderSets } from "./header-sets.ts";
import { bytesOrNullOf, integerOf, type Row } from "./row.ts";
import { noPartition, type StoredPartition, type StoredTopic, type TopicStore } from "./topics.ts";

/** What a record costs beside its bytes, so that empty ones are not free. */
const overheadBytes = 24;
/** The same sum as {@link storedBytes}, for rows. */
const sizeSql = `${overheadBytes} + ifnull(length(key), 0) + ifnull(length(value), 0)
  + ifnull(length(headers), 0)`;
const readBytesDefault = 1_048_576;

/** What an append did, before it is known to be committed. */
export interface Appended {
  readonly positions: readonly RecordPosition[];
  /** Bytes of the largest partition that was written to. */
  readonly partitionBytesMax: number;
  /** To be called once the transaction is committed. */
  readonly committed: () => void;
}

interface Batch {
  readonly topic: StoredTopic;
  readonly nowMs: number;
  /** The partition of records without a key. */
  readonly sticky: number;
}

/** A partition while a batch is being written to it. */
interface Tail {
  readonly stored: StoredPartition;
  readonly timestampMs: number;
  end: number;
  bytes: number;
}

/** Records of all partitions. Every method runs in a transaction of the caller's. */
export class RecordStore {
  readonly #topics: TopicStore;
  readonly #headerSets: HeaderSets;
  readonly #insert: Statement;
  readonly #advance: Statement;
  readonly #select: Statement;
  readonly #timestamp: Statement;
  readonly #walk: Statement;
  readonly #delete: Statement;
  readonly #cut: Statement;

  constructor(database: LogDatabase, topics: TopicStore) {
    this.#topics = topics;
    this.#headerSets = new HeaderSets(database);
    this.#insert = database.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#advance = database.prepare(
      "UPDATE partitions SET end_offset = ?, bytes = ?, last_timestamp_ms = ? WHERE ref = ?",
    );
    this.#select = database.prepare(
      `SELECT offset, timestamp_ms, key, value, header_set, headers FROM records
       WHERE partition_ref = ? AND offset >= ? ORDER BY offset`,
    );
    this.#timestamp = database.prepare(
      "SELECT timestamp_ms FROM records WHERE partition_ref = ? AND offset = ?",
    );
    this.#walk = database.prepare(
      `SELECT offset, timestamp_ms, ${sizeSql} AS bytes FROM records
       WHERE partition_ref = ? ORDER BY offset LIMIT ?`,
    );
    this.#delete = database.prepare("DELETE FROM records WHERE partition_ref = ? AND offset < ?");
    this.#cut = database.prepare(
      "UPDATE partitions SET start_offset = ?, bytes = bytes - ? WHERE ref = ?",
    );
  }

  append(records: readonly NewRecord[], batch: Batch): Appended {
    const { topic, nowMs } = batch;
    const tails = this.#topics.partitions(topic).map((stored): Tail => {
      // The host's clock may go back; timestamps of a partition do not, so that times can be
      // looked up by bisection.
      const timestampMs = Math.max(nowMs, stored.lastTimestampMs);
      return { stored, timestampMs, end: stored.end, bytes: stored.bytes };
    });
    const made = new Map<string, number>();
    const positions = records.map((record): RecordPosition => {
      const partition = choosePartition(record, batch);
      const tail = tails[partition];
      if (tail === undefined) throw noPartition(topic.info, partition);
      const { set, bytes } = this.#headerSets.store(record.headers ?? [], made);
      const { key, value } = record;
      const offset = tail.end;
      this.#insert.run(tail.stored.ref, offset, tail.timestampMs, key, value, set, bytes);
      tail.end += 1;
      tail.bytes += storedBytes(key, value, bytes);
      return { partition, offset };
    });
    let partitionBytesMax = 0;
    for (const { stored, timestampMs, end, bytes } of tails) {
      if (end === stored.end) continue;
      this.#advance.run(end, bytes, timestampMs, stored.ref);
      partitionBytesMax = Math.max(partitionBytesMax, bytes);
    }
    const committed = (): void => this.#headerSets.committed(made);
    return { positions, partitionBytesMax, committed };
  }

  /** What is there now; waits for nothing. */
  slice(request: ReadRequest): Slice {
    const topic = this.#topics.get(request.topic);
    if (topic.info.id !== request.topicId) {
      throw new EgxError("E_LOG_TOPIC_CHANGED", `topic ${request.topic} is another one by now`, {
        details: { topic: request.topic, expected: request.topicId, found: topic.info.id },
      });
    }
    const { ref, start, end } = this.#topics.partition(topic, request.partition);
    const from = request.offset;
    if (from < start || from > end) throw offsetGone(request, start, end);
    const records = from === end ? [] : this.#read(ref, from, request.maxBytes ?? readBytesDefault);
    return { records, from, next: (records.at(-1)?.offset ?? from - 1) + 1, end };
  }

  /** The first offset of `partition` with a timestamp of at least `timestampMs`, or its end. */
  offsetAt(partition: StoredPartition, timestampMs: number): number {
    let low = partition.start;
    let high = partition.end;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      const found = integerOf(this.#timestamp.get(partition.ref, middle), "timestamp_ms");
      if (found < timestampMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** When the partition's oldest record was published, or null when it has none. */
  oldestTimestampMs(partition: StoredPartition): number | null {
    const row = this.#timestamp.get(partition.ref, partition.start);
    return row === undefined ? null : integerOf(row, "timestamp_ms");
  }

  /**
   * Deletes up to `stepMax` of the oldest records: those before `expiryMs`, and those that make
   * the partition larger than `bytesMax`; never the newest one. Answers how many it were.
   */
  expire(
    partition: StoredPartition,
    limits: { expiryMs: number; bytesMax: number; stepMax: number },
  ): number {
    let start = partition.start;
    let bytes = 0;
    for (const row of this.#walk.iterate(partition.ref, limits.stepMax)) {
      const isOld = integerOf(row, "timestamp_ms") < limits.expiryMs;
      const isExcess = partition.bytes - bytes > limits.bytesMax;
      const offset = integerOf(row, "offset");
      if (offset === partition.end - 1 || !(isOld || isExcess)) break;
      bytes += integerOf(row, "bytes");
      start = offset + 1;
    }
    const count = start - partition.start;
    if (count > 0) {
      this.#delete.run(partition.ref, start);
      this.#cut.run(start, bytes, partition.ref);
    }
    return count;
  }

  /** Deletes up to `stepMax` records whatever they are; false when there are no more. */
  purge(partitionRef: number, stepMax: number): boolean {
    let last: number | null = null;
    for (const row of this.#walk.iterate(partitionRef, stepMax)) last = integerOf(row, "offset");
    if (last !== null) this.#delete.run(partitionRef, last + 1);
    return last !== null;
  }

  #read(partitionRef: number, offset: number, maxBytes: number): LogRecord[] {
    const records: LogRecord[] = [];
    let bytes = 0;
    for (const row of this.#select.iterate(partitionRef, offset)) {
      const record = this.#recordOf(row);
      bytes += storedBytes(record.key, record.value, bytesOrNullOf(row, "headers"));
      if (bytes > maxBytes && records.length > 0) break;
      records.push(record);
    }
    return records;
  }

  #recordOf(row: Row): LogRecord {
    return {
      offset: integerOf(row, "offset"),
      timestampMs: integerOf(row, "timestamp_ms"),
      key: bytesOrNullOf(row, "key"),
      value: bytesOrNullOf(row, "value"),
      headers: this.#headerSets.load(row),
    };
  }
}

/** Bytes of a record with everything that a reader gets of it. */
export function recordBytes(record: NewRecord): number {
  return (
    (record.key?.length ?? 0) + (record.value?.length ?? 0) + headerBytes(record.headers ?? [])
  );
}

type Bytes = Uint8Array | null;

function storedBytes(key: Bytes, value: Bytes, headers: Bytes): number {
  return overheadBytes + (key?.length ?? 0) + (value?.length ?? 0) + (headers?.length ?? 0);
}

function choosePartition(record: NewRecord, batch: Batch): number {
  if (record.partition !== undefined) return record.partition;
  if (record.key === null) return batch.sticky;
  return partitionOf(record.key, batch.topic.info.partitions);
}

function offsetGone(request: ReadRequest, start: number, end: number): EgxError {
  const { topic, partition, offset } = request;
  const text = `offset ${offset} of ${topic}/${partition} is not in [${start}, ${end}]`;
  return new EgxError("E_LOG_OFFSET_GONE", text, {
    details: { topic, partition, offset, start, end },
  });
}
