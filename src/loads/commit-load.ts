import { readFile } from "node:fs/promises";
import { sha256Hex } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { invariant } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { retry } from "../base/retry.ts";
import type { Lake } from "../lake/lake.ts";
import type { EntryObject } from "../ledger/entry.ts";
import { batchKey, deadBatchKey, loadEntryKey } from "../ledger/layout.ts";
import {
  encodeLoadEntry,
  loadDigest,
  objectsOf,
  type LoadEntry,
  type LoadOrigin,
  type LoadRequest,
  type LoadSymbol,
} from "../ledger/load-entry.ts";
import { endLoading, noteLoading } from "../ledger/loading.ts";
import { readLoad } from "../ledger/loads.ts";
import { sourceKind } from "../market/bar.ts";
import type { EventSink } from "../telemetry/events.ts";
import type { LoadFile } from "./load-rows.ts";
import type { RefusedRows } from "./refused-rows.ts";

/** Where loads write, and what they need to wait and try again. */
export interface LoadStore {
  readonly lake: Lake;
  /** The name of this process in what it writes, for people. */
  readonly writer: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly events?: EventSink;
}

/** Everything that a load came to, ready to be stored. */
export interface LoadDraft {
  readonly request: LoadRequest;
  readonly files: readonly LoadFile[];
  readonly refused: RefusedRows;
  readonly repeated: number;
  readonly symbols: readonly LoadSymbol[];
  /** When its bars arrived, epoch milliseconds. */
  readonly createdMs: number;
  readonly origin?: LoadOrigin;
}

export interface CommittedLoad {
  readonly load: string;
  readonly entry: LoadEntry;
  /** False when the same load had been stored before; then nothing was added. */
  readonly added: boolean;
}

/**
 * A load's entry when the same load has been stored before, or null. What a try that died behind
 * its entry left undone is done.
 */
export async function storedLoad(store: LoadStore, load: string): Promise<LoadEntry | null> {
  const entry = await trying(store, "read load", () => readLoad(store.lake, load));
  if (entry === null) return null;
  await trying(store, "end load", () => endLoading(store.lake, load, entry));
  return entry;
}

/**
 * Stores a load: a note of its objects, the objects, the entry, and then the note is gone. It may
 * break off anywhere: until the entry is there nobody reads what was written, and the next try of
 * the same load removes it. Of two at once, one makes the entry; the other adds nothing.
 */
export async function commitLoad(store: LoadStore, draft: LoadDraft): Promise<CommittedLoad> {
  const { lake, signal } = store;
  const load = loadDigest(draft.request);
  const { entry, bodies } = entryOf(store, draft, load);
  if (bodies.size > 0) {
    await trying(store, "note load", () => noteLoading(lake, load, [...bodies.keys()]));
  }
  for (const [key, body] of bodies) {
    signal?.throwIfAborted();
    const bytes = await body();
    const metadata = { sha256: sha256Hex(bytes) };
    await trying(store, `put ${key}`, () => lake.put(key, bytes, metadata));
  }
  signal?.throwIfAborted();
  const text = encodeLoadEntry(entry);
  await trying(store, "put entry", () => lake.create(loadEntryKey(load), text));
  // An answer may have got lost, so what is there now decides, not what was answered.
  const stored = await storedLoad(store, load);
  invariant(stored !== null, `the entry of load ${load} was made and is not there`);
  const added = Buffer.compare(encodeLoadEntry(stored), text) === 0;
  if (!added) await removeOurs(store, stored, bodies.keys());
  return { load, entry: stored, added };
}

/** Another process made the entry while we wrote, and may have removed the note before we were done. */
async function removeOurs(
  store: LoadStore,
  entry: LoadEntry,
  keys: Iterable<string>,
): Promise<void> {
  const named = new Set(objectsOf(entry).map((object) => object.key));
  for (const key of keys) {
    if (!named.has(key)) await trying(store, `delete ${key}`, () => store.lake.delete(key));
  }
}

interface EntryAndBodies {
  readonly entry: LoadEntry;
  /** By key; read when they are put, so that one at a time is in memory. */
  readonly bodies: ReadonlyMap<string, () => Promise<Uint8Array>>;
}

function entryOf(store: LoadStore, draft: LoadDraft, load: string): EntryAndBodies {
  const { request, files, refused, repeated, symbols, origin } = draft;
  const created = new Date(draft.createdMs).toISOString();
  const bodies = new Map<string, () => Promise<Uint8Array>>();
  const objects = files.map(({ file, records, bytes, sha256 }): EntryObject => {
    const key = batchKey({
      date: created.slice(0, 10),
      sourceKind: sourceKind(request.source),
      sha256,
    });
    bodies.set(key, () => readFile(file));
    return { key, records, bytes, sha256 };
  });
  let rejected: EntryObject | null = null;
  if (refused.count > 0) {
    const body = refused.encode();
    const sha256 = sha256Hex(body);
    const key = deadBatchKey(load, sha256);
    rejected = { key, records: refused.count, bytes: body.length, sha256 };
    bodies.set(key, async () => body);
  }
  const entry: LoadEntry = {
    ...request,
    format: 1,
    kind: "load",
    records: objects.reduce((sum, object) => sum + object.records, 0),
    objects,
    rejected,
    rejected_codes: [...refused.codes].toSorted(([left], [right]) => (left < right ? -1 : 1)),
    repeated,
    symbols,
    writer: store.writer,
    created,
    ...(origin === undefined ? {} : { origin }),
  };
  return { entry, bodies };
}

function trying<T>(store: LoadStore, operation: string, call: () => Promise<T>): Promise<T> {
  const { clock, random, signal, events } = store;
  return retry(call, {
    clock,
    random,
    ...(signal === undefined ? {} : { signal }),
    onRetry: ({ error, attempt, waitMs }) =>
      events?.({ kind: "retry", operation, error, attempt, waitMs }),
  });
}
