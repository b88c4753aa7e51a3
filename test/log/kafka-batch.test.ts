import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode } from "../../src/base/errors.ts";
import type { LogRecord, NewRecord } from "../../src/log/log.ts";
import type { AbortedTransaction } from "../../src/log/kafka/answers.ts";
import { topicIdOf, uuidOf } from "../../src/log/kafka/answers.ts";
import { Fetched } from "../../src/log/kafka/fetched.ts";
import {
  compressions,
  encodeBatch,
  readBatch,
  readBatchHead,
  recordBytesMax,
  type Compression,
} from "../../src/log/kafka/record-batch.ts";
import { Cursor, varintSize, writeVarint } from "../../src/log/kafka/varint.ts";

const identity = { producerId: 7n, producerEpoch: 0, sequence: 0 };
const bytes = fc.uint8Array({ maxLength: 40 });
const newRecord: fc.Arbitrary<NewRecord> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.record({ key: fc.string({ unit: "grapheme" }), value: bytes }), {
    maxLength: 3,
  }),
});

test("a number comes back from its varint, of the size that was foretold", () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
      const buffer = Buffer.alloc(10);
      const end = writeVarint(buffer, 0, value);
      assert.equal(end, varintSize(value));
      assert.equal(new Cursor(buffer.subarray(0, end)).varint(), value);
    }),
  );
  // As Kafka's own documentation of zigzag has them.
  const written = [0, -1, 1, 63, -64, 64].map((value) => {
    const buffer = Buffer.alloc(2);
    return buffer.subarray(0, writeVarint(buffer, 0, value)).toString("hex");
  });
  assert.deepEqual(written, ["00", "01", "02", "7e", "7f", "8001"]);
});

test("records come back from a batch, by every compression", () => {
  const compression = fc.constantFrom<Compression>("none", "gzip", "snappy", "lz4", "zstd");
  const records = fc.array(newRecord, { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(records, compression, fc.nat({ max: 2 ** 41 }), (sent, how, timestampMs) => {
      const batch = encodeBatch(sent, timestampMs, identity, how);
      batch.writeBigInt64BE(1_000n, 0); // the broker gives the offset
      const head = readBatchHead(batch, 0);
      assert.ok(head !== null);
      assert.equal(head.endAt, batch.length);
      assert.equal(head.lastOffset, 1_000 + sent.length - 1);
      const found = readBatch(batch, head);
      assert.deepEqual(
        found.map((record) => ({
          key: plain(record.key),
          value: plain(record.value),
          headers: record.headers.map((header) => [header.key, plain(header.value)]),
          at: [record.offset, record.timestampMs],
        })),
        sent.map((record, index) => ({
          key: plain(record.key),
          value: plain(record.value),
          headers: (record.headers ?? []).map((header) => [header.key, plain(header.value)]),
          at: [1_000 + index, timestampMs],
        })),
      );
      if (how === "none") {
        const most = sent.reduce((sum, record) => sum + recordBytesMax(record), 0);
        assert.ok(batch.length - 61 <= most);
      }
    }),
  );
  assert.deepEqual(Object.values(compressions), [0, 1, 2, 3, 4]);
});

test("a byte that changed on the way is found", () => {
  const batch = encodeBatch([{ key: null, value: Buffer.from("bar") }], 0, identity, "none");
  for (let at = 21; at < batch.length; at += 1) {
    const changed = Buffer.from(batch);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    const head = readBatchHead(changed, 0);
    assert.ok(head !== null);
    assert.throws(
      () => readBatch(changed, head),
      (error) => hasCode(error, "E_LOG_DAMAGED"),
      `byte ${at}`,
    );
  }
});

test("a batch that was cut is no batch", () => {
  const batch = encodeBatch([{ key: null, value: Buffer.from("bar") }], 0, identity, "none");
  for (let length = 0; length < batch.length; length += 1) {
    assert.equal(readBatchHead(batch.subarray(0, length), 0), null);
  }
});

test("a topic's id keeps its 16 bytes in both forms", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      assert.equal(uuidOf(topicIdOf(uuid)), uuid);
      assert.equal(topicIdOf(uuid).length, 22);
    }),
  );
});

/** A transaction of one of three producers, each value in a batch of its own. */
const transaction = fc.record({
  producer: fc.integer({ min: 1, max: 3 }),
  batches: fc.integer({ min: 0, max: 4 }),
  aborts: fc.boolean(),
});

test("of transactions, the committed records are given, from any offset in any pieces", () => {
  const pieces = fc.array(fc.constantFrom(1, 25, 60, 1_000), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(transaction, { maxLength: 12 }),
      fc.infiniteStream(fc.nat({ max: 5 })),
      fc.nat(),
      pieces,
      (script, turns, start, sizes) => {
        const log = interleaved(script, turns);
        const from = start % (log.end + 1);
        const fetched = new Fetched(from, {
          partition: 0,
          errorCode: 0,
          lastStableOffset: log.end,
          logStart: 0,
          aborted: log.aborted.filter(({ lastOffset }) => lastOffset >= from),
          batches: Buffer.concat(log.batches.filter(({ last }) => last >= from).map(({ b }) => b)),
        });
        const found: LogRecord[] = [];
        for (let piece = 0; !fetched.isSpent; piece += 1) {
          const before = fetched.next;
          const taken = fetched.take(sizes[piece % sizes.length] ?? 1);
          found.push(...taken.records);
          assert.equal(taken.next, fetched.next);
          assert.ok(taken.next > before, "it gets on");
        }
        assert.equal(fetched.next, log.end);
        assert.deepEqual(
          found.map(({ offset }) => offset),
          log.committed.filter((offset) => offset >= from),
        );
      },
    ),
    { numRuns: 500 },
  );
});

interface ModelLog {
  readonly batches: { readonly b: Buffer; readonly last: number }[];
  readonly aborted: (AbortedTransaction & { readonly lastOffset: number })[];
  readonly committed: number[];
  end: number;
}

/** A partition in which producers' transactions overlap, as a broker would hold it. */
function interleaved(
  script: readonly { producer: number; batches: number; aborts: boolean }[],
  turns: Iterator<number>,
): ModelLog {
  const log: ModelLog = { batches: [], aborted: [], committed: [], end: 0 };
  const queues = Map.groupBy(script, ({ producer }) => producer);
  const open = new Map<number, { offsets: number[]; left: number }>();
  const append = (producer: number, marker: "commit" | "abort" | null): number => {
    const offset = log.end;
    const b = encodeBatch(
      [{ key: marker === null ? null : markerKey(marker), value: Buffer.alloc(20) }],
      0,
      { ...identity, producerId: BigInt(producer) },
      "none",
    );
    b.writeBigInt64BE(BigInt(offset), 0);
    resealed(b, 0x10 | (marker === null ? 0 : 0x20));
    log.batches.push({ b, last: offset });
    log.end += 1;
    return offset;
  };
  while ([...queues.values()].some((queue) => queue.length > 0)) {
    const producers = [...queues.keys()].filter((id) => (queues.get(id) ?? []).length > 0);
    const turn: unknown = turns.next().value;
    const producer = producers[(typeof turn === "number" ? turn : 0) % producers.length] ?? 0;
    const [current] = queues.get(producer) ?? [];
    if (current === undefined) break;
    const state = open.getOrInsertComputed(producer, () => ({
      offsets: [],
      left: current.batches,
    }));
    if (state.left > 0) {
      state.offsets.push(append(producer, null));
      state.left -= 1;
      continue;
    }
    const lastOffset = append(producer, current.aborts ? "abort" : "commit");
    const [firstOffset = lastOffset] = state.offsets;
    if (current.aborts) log.aborted.push({ producerId: BigInt(producer), firstOffset, lastOffset });
    else log.committed.push(...state.offsets);
    open.delete(producer);
    queues.get(producer)?.shift();
  }
  log.committed.sort((a, b) => a - b);
  return log;
}

/** Sets a batch's attributes and mends its checksum, by encoding its sum anew. */
function resealed(batch: Buffer, attributes: number): void {
  batch.writeInt16BE(attributes, 21);
  batch.writeUInt32BE(crc32cOf(batch.subarray(21)), 17);
}

/** CRC-32C by its definition, bit by bit. */
function crc32cOf(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0x82f63b78);
  }
  return ~crc >>> 0;
}

function markerKey(marker: "commit" | "abort"): Buffer {
  return Buffer.from([0, 0, 0, marker === "commit" ? 1 : 0]);
}

function plain(value: Uint8Array | null): number[] | null {
  return value === null ? null : [...value];
}
