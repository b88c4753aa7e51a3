import { EgxError, invariant } from "../../base/errors.ts";
import type { LogHeader, LogRecord, NewRecord } from "../log.ts";
import { compressionsAlgorithmsByBitmask, crc32c } from "./protocol.ts";
import { Cursor, varintSize, writeVarint } from "./varint.ts";

/** Bytes before a batch's records: Kafka's record batch, magic 2. */
const headBytes = 61;
const crcFrom = 21;
const logAppendTimeBit = 1 << 3;
const transactionalBit = 1 << 4;
const controlBit = 1 << 5;
/** Attributes, deltas and lengths of one record take no more than this, without headers. */
const recordOverheadMax = 32;

/** What precedes a batch's records. */
export interface BatchHead {
  /** Where the batch begins in its buffer, and where the next one does. */
  readonly at: number;
  readonly endAt: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly transactional: boolean;
  /** Its one record is a transaction's end and no data. */
  readonly control: boolean;
}

/** The head of the batch at `at`, or null when the buffer ends before the batch does. */
export function readBatchHead(buffer: Buffer, at: number): BatchHead | null {
  if (buffer.length - at < headBytes) return null;
  const endAt = at + 12 + buffer.readInt32BE(at + 8);
  if (endAt > buffer.length) return null;
  const magic = buffer.readInt8(at + 16);
  if (magic !== 2) throw damaged(`a batch of format ${magic}, which brokers since 4.0 never hold`);
  const baseOffset = Number(buffer.readBigInt64BE(at));
  const attributes = buffer.readInt16BE(at + crcFrom);
  return {
    at,
    endAt,
    baseOffset,
    lastOffset: baseOffset + buffer.readInt32BE(at + 23),
    producerId: buffer.readBigInt64BE(at + 43),
    transactional: (attributes & transactionalBit) !== 0,
    control: (attributes & controlBit) !== 0,
  };
}

/** Whether a control batch says that its producer's transaction was aborted. */
export function isAbortMarker(buffer: Buffer, head: BatchHead): boolean {
  const [marker] = readBatch(buffer, head);
  const key = marker?.key;
  return key !== null && key !== undefined && Buffer.from(key).readInt16BE(2) === 0;
}

/**
 * The records of a batch, decompressed. Their bytes are views of one buffer.
 * @throws E_LOG_DAMAGED when the checksum is wrong or the compression unknown.
 */
export function readBatch(buffer: Buffer, head: BatchHead): readonly LogRecord[] {
  const { at, endAt, baseOffset } = head;
  if (crc32c(buffer.subarray(at + crcFrom, endAt)) !== buffer.readUInt32BE(at + 17)) {
    throw damaged(`the batch at offset ${baseOffset} has a wrong checksum`);
  }
  const attributes = buffer.readInt16BE(at + crcFrom);
  const baseTimestampMs = Number(buffer.readBigInt64BE(at + 27));
  const maxTimestampMs = Number(buffer.readBigInt64BE(at + 35));
  const onAppend = (attributes & logAppendTimeBit) !== 0;
  const cursor = new Cursor(decompressed(buffer.subarray(at + headBytes, endAt), attributes & 7));
  const records: LogRecord[] = [];
  for (let left = buffer.readInt32BE(at + 57); left > 0; left -= 1) {
    cursor.varint(); // length
    cursor.skip(1); // attributes, none so far
    const timestampDelta = cursor.varint();
    records.push({
      timestampMs: onAppend ? maxTimestampMs : baseTimestampMs + timestampDelta,
      offset: baseOffset + cursor.varint(),
      key: cursor.bytes(),
      value: cursor.bytes(),
      headers: readHeaders(cursor),
    });
  }
  return records;
}

function readHeaders(cursor: Cursor): readonly LogHeader[] {
  const count = cursor.varint();
  if (count === 0) return noHeaders;
  return Array.from({ length: count }, () => {
    const key = cursor.bytes() ?? noBytes;
    return { key: key.toString("utf8"), value: cursor.bytes() ?? noBytes };
  });
}

const noHeaders: readonly LogHeader[] = [];
const noBytes = Buffer.alloc(0);

function decompressed(bytes: Buffer, compression: number): Buffer {
  if (compression === 0) return bytes;
  const algorithm = compressionsAlgorithmsByBitmask[compression];
  if (algorithm === undefined) throw damaged(`compression ${compression} is unknown`);
  return algorithm.decompressSync(bytes);
}

/** How a batch is compressed, by Kafka's numbers. */
export const compressions = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type Compression = keyof typeof compressions;

/** Who sends a batch, so that the broker stores it once however often it comes. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The number of the batch's first record among those of its producer and partition. */
  readonly sequence: number;
}

/** A batch as it is stored; `timestampMs` becomes that of every record. */
export function encodeBatch(
  records: readonly NewRecord[],
  timestampMs: number,
  identity: BatchIdentity,
  compression: Compression,
): Buffer {
  invariant(records.length > 0, "a batch has records");
  const bitmask = compressions[compression];
  const algorithm = compressionsAlgorithmsByBitmask[bitmask];
  const plain = encodeRecords(records);
  const body = bitmask === 0 || algorithm === undefined ? plain : algorithm.compressSync(plain);
  const batch = Buffer.allocUnsafe(headBytes + body.length);
  batch.writeBigInt64BE(0n, 0); // the broker gives the offset
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12); // leader epoch
  batch.writeInt8(2, 16);
  batch.writeInt16BE(bitmask, crcFrom);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestampMs), 27);
  batch.writeBigInt64BE(BigInt(timestampMs), 35);
  batch.writeBigInt64BE(identity.producerId, 43);
  batch.writeInt16BE(identity.producerEpoch, 51);
  batch.writeInt32BE(identity.sequence, 53);
  batch.writeInt32BE(records.length, 57);
  body.copy(batch, headBytes);
  batch.writeUInt32BE(crc32c(batch.subarray(crcFrom)), 17);
  return batch;
}

/** The most bytes that the record takes in a batch before compression. */
export function recordBytesMax(record: NewRecord): number {
  let bytes = recordOverheadMax + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const { key, value } of record.headers ?? noHeaders) {
    bytes += 10 + Buffer.byteLength(key) + value.length;
  }
  return bytes;
}

/** The most bytes that a batch of these records takes before compression. */
export const batchHeadBytes = headBytes;

function encodeRecords(records: readonly NewRecord[]): Buffer {
  const size = records.reduce((sum, record) => sum + recordBytesMax(record), 0);
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [offsetDelta, record] of records.entries()) {
    const headers = record.headers ?? noHeaders;
    const headerKeys = headers.map(({ key }) => Buffer.from(key));
    let length = 2 + varintSize(offsetDelta) + sizedBytes(record.key) + sizedBytes(record.value);
    length += varintSize(headers.length);
    for (const [index, { value }] of headers.entries()) {
      length += sizedBytes(headerKeys[index] ?? noBytes) + sizedBytes(value);
    }
    at = writeVarint(buffer, at, length);
    buffer[at] = 0; // attributes
    buffer[at + 1] = 0; // timestamp delta
    at = writeVarint(buffer, at + 2, offsetDelta);
    at = writeBytes(buffer, at, record.key);
    at = writeBytes(buffer, at, record.value);
    at = writeVarint(buffer, at, headers.length);
    for (const [index, { value }] of headers.entries()) {
      at = writeBytes(buffer, at, headerKeys[index] ?? noBytes);
      at = writeBytes(buffer, at, value);
    }
  }
  return buffer.subarray(0, at);
}

function sizedBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function writeBytes(buffer: Buffer, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(buffer, at, -1);
  const from = writeVarint(buffer, at, bytes.length);
  buffer.set(bytes, from);
  return from + bytes.length;
}

function damaged(what: string): EgxError {
  return new EgxError("E_LOG_DAMAGED", `the broker sent ${what}`, {
    hint: "Check the broker's disk and log.",
  });
}
