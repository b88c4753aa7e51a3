import { textOf } from "../../base/bytes.ts";
import { EgxError } from "../../base/errors.ts";
import type { LogHeader } from "../log.ts";
import type { LogDatabase, Statement } from "./database.ts";
import { bytesOrNullOf, integerOf, type Row } from "./row.ts";

/** How a record's headers are kept: `set` refers to header_sets, `bytes` lie in the record. */
export interface StoredHeaders {
  readonly set: number | null;
  readonly bytes: Uint8Array | null;
}

/** Shared sets in a file: so many that records of usual headers share them, yet bounded. */
const setsMax = 4096;
const setBytesMax = 1024;
/** Sets that were seen once, and may come again. */
const candidatesMax = 4096;

const none: StoredHeaders = { set: null, bytes: null };

/**
 * Headers repeat from record to record, so a set that comes a second time is written once and
 * referred to. Sets that come once (those of dead letters) stay in their record.
 */
export class HeaderSets {
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #byRef: Statement;
  readonly #count: Statement;
  /** Only what is committed: a set of a transaction that failed is in no file. */
  readonly #refs = new Map<string, number>();
  readonly #headers = new Map<number, readonly LogHeader[]>();
  #candidates = new Set<string>();

  constructor(database: LogDatabase) {
    this.#insert = database.prepare("INSERT INTO header_sets (headers) VALUES (?) RETURNING ref");
    this.#find = database.prepare("SELECT ref FROM header_sets WHERE headers = ?");
    this.#byRef = database.prepare("SELECT headers FROM header_sets WHERE ref = ?");
    this.#count = database.prepare("SELECT count(*) AS n FROM header_sets");
  }

  /** How to store `headers`. In a write transaction; `made` collects what it adds to the file. */
  store(headers: readonly LogHeader[], made: Map<string, number>): StoredHeaders {
    if (headers.length === 0) return none;
    const bytes = encodeHeaders(headers);
    if (bytes.length > setBytesMax) return { set: null, bytes };
    const text = bytes.toString("latin1");
    const known = this.#refs.get(text) ?? made.get(text);
    if (known !== undefined) return { set: known, bytes: null };
    if (!this.#candidates.has(text)) {
      if (this.#candidates.size >= candidatesMax) this.#candidates = new Set();
      this.#candidates.add(text);
      return { set: null, bytes };
    }
    const set = this.#share(bytes);
    if (set === null) return { set: null, bytes };
    made.set(text, set);
    return { set, bytes: null };
  }

  /** To be told when the transaction of `made` was committed. */
  committed(made: ReadonlyMap<string, number>): void {
    for (const [text, ref] of made) {
      this.#refs.set(text, ref);
      this.#candidates.delete(text);
    }
  }

  /** The headers of a row of `records`. In a transaction. */
  load(row: Row): readonly LogHeader[] {
    const set = row["header_set"];
    if (typeof set !== "number") {
      const bytes = bytesOrNullOf(row, "headers");
      return bytes === null ? [] : decodeHeaders(bytes);
    }
    const known = this.#headers.get(set);
    if (known !== undefined) return known;
    const stored = this.#byRef.get(set);
    const bytes = stored === undefined ? null : bytesOrNullOf(stored, "headers");
    if (bytes === null) throw damaged();
    const headers = decodeHeaders(bytes);
    this.#headers.set(set, headers);
    return headers;
  }

  #share(bytes: Uint8Array): number | null {
    const found = this.#find.get(bytes);
    if (found !== undefined) return integerOf(found, "ref");
    if (integerOf(this.#count.get(), "n") >= setsMax) return null;
    return integerOf(this.#insert.get(bytes), "ref");
  }
}

/** Bytes that `headers` take in a record. */
export function headerBytes(headers: readonly LogHeader[]): number {
  let bytes = 0;
  for (const { key, value } of headers) bytes += 8 + Buffer.byteLength(key) + value.length;
  return bytes;
}

/** Each header: the lengths of its key and value (32 bits each, little-endian), key, value. */
function encodeHeaders(headers: readonly LogHeader[]): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes(headers));
  let at = 0;
  for (const { key, value } of headers) {
    const keyBytes = bytes.write(key, at + 8);
    bytes.writeUInt32LE(keyBytes, at);
    bytes.writeUInt32LE(value.length, at + 4);
    bytes.set(value, at + 8 + keyBytes);
    at += 8 + keyBytes + value.length;
  }
  return bytes;
}

function decodeHeaders(bytes: Uint8Array): readonly LogHeader[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headers: LogHeader[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw damaged();
    const value = at + 8 + view.getUint32(at, true);
    const end = value + view.getUint32(at + 4, true);
    if (end > bytes.length) throw damaged();
    headers.push({ key: textOf(bytes.subarray(at + 8, value)), value: bytes.slice(value, end) });
    at = end;
  }
  return headers;
}

function damaged(): EgxError {
  return new EgxError("E_LOG_DAMAGED", "the log's file holds headers that cannot be read");
}
