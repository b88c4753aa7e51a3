import { forEachWithin, type Limit } from "../base/limit.ts";
import type { Lake } from "../lake/lake.ts";
import type { EntryObject } from "./entry.ts";
import type { Finding } from "./finding.ts";
import {
  batchLedgerPrefix,
  batchPrefix,
  deadBatchPrefix,
  isUploadProbeKey,
  loadingPrefix,
  isDeadBatchKey,
  parseLoadEntryKey,
  parseLoadingKey,
} from "./layout.ts";
import { objectsOf, type LoadEntry } from "./load-entry.ts";
import { readLoading } from "./loading.ts";
import { readLoad } from "./loads.ts";
import { objectState } from "./objects.ts";

/** What the verification of loads shares with that of chains. */
export interface LoadVerification {
  readonly lake: Lake;
  readonly limit: Limit;
  readonly fast: boolean;
  readonly signal: AbortSignal | undefined;
  /** Gets every key that a load names. */
  readonly named: Set<string>;
  readonly find: (kind: Finding["kind"], key: string, text: string) => void;
  /** Runs a read; damage is a finding and gives null. */
  readonly guard: <T>(key: string, read: () => Promise<T>) => Promise<T | null>;
  readonly onObject: (object: EntryObject) => void;
}

export interface LoadCounts {
  readonly loads: number;
  /** Rows of their Parquet objects. */
  readonly loadedRows: number;
  /** Rows that they refused. */
  readonly refusedRows: number;
  /** Objects of loads that have not come to their entry. */
  readonly unfinished: number;
}

/**
 * Holds the objects of every load against its entry, and looks for objects under batch/ that no
 * load names. Those that a note of a load under way names are counted as unfinished.
 */
export async function verifyLoads(verification: LoadVerification): Promise<LoadCounts> {
  const { lake, signal, guard, find } = verification;
  const counts = { loads: 0, loadedRows: 0, refusedRows: 0 };
  let unreadable = false;
  for await (const { key } of lake.list(batchLedgerPrefix)) {
    signal?.throwIfAborted();
    const load = parseLoadEntryKey(key);
    if (load === null) {
      find("stray", key, "lies in the ledger and is no entry");
      continue;
    }
    const entry = await guard(key, () => readLoad(lake, load));
    if (entry === null) {
      unreadable = true;
      continue;
    }
    counts.loads += 1;
    counts.loadedRows += entry.records;
    counts.refusedRows += entry.rejected?.records ?? 0;
    await verifyObjects(verification, entry);
  }
  const unfinished = await findUnfinished(verification);
  // What an unreadable entry names cannot be told from a stray.
  if (!unreadable) await findStrays(verification);
  return { ...counts, unfinished };
}

async function verifyObjects(verification: LoadVerification, entry: LoadEntry): Promise<void> {
  const { lake, limit, fast, signal, named, find, onObject } = verification;
  await forEachWithin(limit, objectsOf(entry), async (object) => {
    signal?.throwIfAborted();
    named.add(object.key);
    const state = await objectState(lake, object, { fast, readContent: !fast });
    onObject(object);
    if (state === "missing") find("missing", object.key, "is named by its load and gone");
    if (state === "wrong") find("damaged", object.key, "is not what its load names");
  });
}

/** Objects of tries that did not come to an entry, or whose entry other objects are in. */
async function findUnfinished(verification: LoadVerification): Promise<number> {
  const { lake, named, find, guard } = verification;
  let unfinished = 0;
  for await (const { key } of lake.list(loadingPrefix)) {
    const load = parseLoadingKey(key);
    if (load === null) {
      find("stray", key, "lies in the ledger and is no note of a load");
      continue;
    }
    for (const object of (await guard(key, () => readLoading(lake, load))) ?? []) {
      if (named.has(object) || (await lake.head(object)) === null) continue;
      named.add(object);
      unfinished += 1;
    }
  }
  return unfinished;
}

async function findStrays({ lake, signal, named, find }: LoadVerification): Promise<void> {
  for (const prefix of [batchPrefix, deadBatchPrefix]) {
    for await (const { key } of lake.list(prefix)) {
      signal?.throwIfAborted();
      const loads = prefix === batchPrefix || isDeadBatchKey(key);
      if (!loads || named.has(key) || isUploadProbeKey(key)) continue;
      find("stray", key, "is named by no load");
    }
  }
}
