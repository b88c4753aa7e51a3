import { sha256Hex } from "../base/bytes.ts";
import { compressionSuffix, type Compression } from "../lake/compression.ts";
import { checkKey } from "../lake/key.ts";

/** One partition of one log: what a chain of ledger entries belongs to. */
export interface ChainId {
  readonly topic: string;
  /** See {@link logIdOf}. */
  readonly logId: string;
  readonly partition: number;
}

export const lakeKindKey = "_ledger/lake.json";
export const probeKey = "_ledger/probe";
export const streamingLedgerPrefix = "_ledger/streaming/";
export const batchLedgerPrefix = "_ledger/batch/";
/** Notes of loads that are under way; see `loading.ts`. */
export const loadingPrefix = "_ledger/loading/";
export const batchPrefix = "batch/";
export const deadPrefix = "_dead/";
/** Rows that loads refused. */
export const deadBatchPrefix = "_dead/batch/";

/**
 * The log's name in the lake: the first 8 hexadecimal digits of SHA-256 of the topic's own id, so
 * that a topic made again, or another cluster, begins chains of its own.
 */
export function logIdOf(topicId: string): string {
  return sha256Hex(topicId).slice(0, 8);
}

/** Where all entries of a chain lie; ends with a slash. */
export function chainPrefix(chain: ChainId): string {
  return `${streamingLedgerPrefix}${chain.topic}/${chain.logId}/${chain.partition}/`;
}

/** The key of the entry that begins at `start`. */
export function entryKey(chain: ChainId, start: number): string {
  return checkKey(`${chainPrefix(chain)}${padOffset(start)}.json`);
}

/** The chain and the start of an entry, read from its key; null for any other key. */
export function parseEntryKey(key: string): { chain: ChainId; start: number } | null {
  const match = entryKeyPattern.exec(key);
  if (match === null) return null;
  const [, topic = "", logId = "", partition = "", start = ""] = match;
  return {
    chain: { topic, logId, partition: Number(partition) },
    start: Number(start),
  };
}

const entryKeyPattern =
  /^_ledger\/streaming\/([A-Za-z0-9_][A-Za-z0-9._-]*)\/([0-9a-f]{8})\/(\d{1,9})\/(\d{20})\.json$/;

export interface StreamingName {
  /** Begins every streaming object; `streaming/` unless set otherwise. */
  readonly prefix: string;
  readonly chain: ChainId;
  /** Cairo trading date, `2025-11-24`. */
  readonly date: string;
  readonly symbol: string;
  /** First and last offset of the flush. */
  readonly first: number;
  readonly last: number;
  readonly compression: Compression;
}

/** The key of a streaming object. */
export function streamingKey(name: StreamingName): string {
  const { chain } = name;
  const range = `${padOffset(name.first)}-${padOffset(name.last)}`;
  const file = `${chain.topic}-${chain.logId}-${chain.partition}-${range}.json`;
  return checkKey(
    `${name.prefix}date=${name.date}/symbol=${name.symbol}/${file}${compressionSuffix(name.compression)}`,
  );
}

/** The chain and the first offset of the flush that a streaming object belongs to, by its key. */
export function parseStreamingKey(key: string): { chain: ChainId; first: number } | null {
  const match = streamingKeyPattern.exec(key);
  if (match === null) return null;
  const [, topic = "", logId = "", partition = "", first = ""] = match;
  return { chain: { topic, logId, partition: Number(partition) }, first: Number(first) };
}

const streamingKeyPattern =
  /\/([A-Za-z0-9_][A-Za-z0-9._-]*)-([0-9a-f]{8})-(\d{1,9})-(\d{20})-\d{20}\.json(?:\.gz|\.zst)?$/;

/** The prefix before `date=` of a streaming object's key. */
export function prefixOfStreamingKey(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf("date=")));
}

/** The key of the object that holds a flush's dead letters. */
export function deadKey(chain: ChainId, first: number, last: number): string {
  return checkKey(`${deadChainPrefix(chain)}${padOffset(first)}-${padOffset(last)}.json`);
}

/** Where the dead letters of a chain lie; ends with a slash. */
export function deadChainPrefix(chain: ChainId): string {
  return `${deadPrefix}${chain.topic}/${chain.logId}/${chain.partition}/`;
}

/** The chain and the first offset of the flush that an object of dead letters belongs to. */
export function parseDeadKey(key: string): { chain: ChainId; first: number } | null {
  const match = deadKeyPattern.exec(key);
  if (match === null) return null;
  const [, topic = "", logId = "", partition = "", first = ""] = match;
  return { chain: { topic, logId, partition: Number(partition) }, first: Number(first) };
}

const deadKeyPattern =
  /^_dead\/([A-Za-z0-9_][A-Za-z0-9._-]*)\/([0-9a-f]{8})\/(\d{1,9})\/(\d{20})-\d{20}\.json$/;

/** The key of the note that a chain was left with all its objects in place. */
export function finishedKey(chain: ChainId): string {
  return checkKey(`_ledger/finished/${chain.topic}/${chain.logId}/${chain.partition}.json`);
}

/** The key of the object that closes the dead letter at `offset`. */
export function deadDoneKey(chain: ChainId, offset: number): string {
  return checkKey(`${deadChainPrefix(chain)}${padOffset(offset)}.done.json`);
}

const uploadProbeName = "_probe/verify-upload";

/** The key under `prefix` that `egx verify-upload` tries to write; always the same one. */
export function uploadProbeKey(prefix: string): string {
  return checkKey(prefix + uploadProbeName);
}

/** Whether a key is one of {@link uploadProbeKey}, left by somebody who may not delete. */
export function isUploadProbeKey(key: string): boolean {
  return key.endsWith(`/${uploadProbeName}`);
}

/** The key of a load's entry. */
export function loadEntryKey(load: string): string {
  return checkKey(`${batchLedgerPrefix}${load}.json`);
}

/** The digest that names a load, read from the key of its entry; null for any other key. */
export function parseLoadEntryKey(key: string): string | null {
  return /^_ledger\/batch\/([0-9a-f]{64})\.json$/.exec(key)?.[1] ?? null;
}

/** The key of the note that a load is under way. */
export function loadingKey(load: string): string {
  return checkKey(`${loadingPrefix}${load}.json`);
}

/** The load of a note's key; null for any other key. */
export function parseLoadingKey(key: string): string | null {
  return /^_ledger\/loading\/([0-9a-f]{64})\.json$/.exec(key)?.[1] ?? null;
}

export interface BatchName {
  /** The day of loading in UTC, `2025-11-24`. */
  readonly date: string;
  /** The source's part before the colon. */
  readonly sourceKind: string;
  /** Of the object's bytes. */
  readonly sha256: string;
}

/** The key of an object of a load. */
export function batchKey({ date, sourceKind, sha256 }: BatchName): string {
  return checkKey(`${batchPrefix}date=${date}/source=${sourceKind}/${sha256}.parquet`);
}

/** The key of the object of the rows that a load refused; `sha256` is of its bytes. */
export function deadBatchKey(load: string, sha256: string): string {
  return checkKey(`${deadBatchPrefix}${load}/${sha256}.json`);
}

/** Whether a key is one of {@link deadBatchKey}. */
export function isDeadBatchKey(key: string): boolean {
  return /^_dead\/batch\/[0-9a-f]{64}\/[0-9a-f]{64}\.json$/.test(key);
}

/** Offsets in keys have 20 digits, so that keys sort as numbers do. */
export function padOffset(offset: number): string {
  return String(offset).padStart(20, "0");
}
