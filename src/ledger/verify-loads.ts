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
  return new LoadsCheck(verification).run();
}

class LoadsCheck {
  readonly #verification: LoadVerification;
  /** Keys of which all has been said: entries, damaged notes, and what is neither. */
  readonly #seen = new Set<string>();
  /** Objects that notes of loads under way name. */
  readonly #noted = new Set<string>();
  readonly #counts = { loads: 0, loadedRows: 0, refusedRows: 0 };
  #unreadable = false;

  constructor(verification: LoadVerification) {
    this.#verification = verification;
  }

  async run(): Promise<LoadCounts> {
    const { find } = this.#verification;
    await this.#lookAtLedger();
    const unnamed = await this.#findUnnamed();
    // A load that began or ended since the look at the ledger names them there by now.
    if (unnamed.length > 0) await this.#lookAtLedger();
    for (const key of unnamed) {
      // What an unreadable entry names cannot be told from a stray.
      if (this.#isNamed(key) || this.#unreadable) continue;
      find("stray", key, "is named by no load");
    }
    return { ...this.#counts, unfinished: await this.#countUnfinished() };
  }

  /** Notes before entries: a load's note goes when its entry is there. */
  async #lookAtLedger(): Promise<void> {
    await this.#readNotes();
    await this.#verifyEntries();
  }

  async #readNotes(): Promise<void> {
    const { lake, find, guard } = this.#verification;
    for await (const { key } of lake.list(loadingPrefix)) {
      if (this.#seen.has(key)) continue;
      const load = parseLoadingKey(key);
      if (load === null) find("stray", key, "lies in the ledger and is no note of a load");
      const objects = load === null ? null : await guard(key, () => readLoading(lake, load));
      if (objects === null) this.#seen.add(key);
      for (const object of objects ?? []) this.#noted.add(object);
    }
  }

  /** Entries that were not looked at before, and their objects. */
  async #verifyEntries(): Promise<void> {
    const { lake, signal, guard, find } = this.#verification;
    for await (const { key } of lake.list(batchLedgerPrefix)) {
      signal?.throwIfAborted();
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      const load = parseLoadEntryKey(key);
      if (load === null) {
        find("stray", key, "lies in the ledger and is no entry");
        continue;
      }
      const entry = await guard(key, () => readLoad(lake, load));
      if (entry === null) {
        this.#unreadable = true;
        continue;
      }
      this.#counts.loads += 1;
      this.#counts.loadedRows += entry.records;
      this.#counts.refusedRows += entry.rejected?.records ?? 0;
      await this.#verifyObjects(entry);
    }
  }

  async #verifyObjects(entry: LoadEntry): Promise<void> {
    const { lake, limit, fast, signal, named, find, onObject } = this.#verification;
    await forEachWithin(limit, objectsOf(entry), async (object) => {
      signal?.throwIfAborted();
      named.add(object.key);
      const state = await objectState(lake, object, { fast, readContent: !fast });
      onObject(object);
      if (state === "missing") find("missing", object.key, "is named by its load and gone");
      if (state === "wrong") find("damaged", object.key, "is not what its load names");
    });
  }

  async #findUnnamed(): Promise<readonly string[]> {
    const { lake, signal } = this.#verification;
    const unnamed: string[] = [];
    for (const prefix of [batchPrefix, deadBatchPrefix]) {
      for await (const { key } of lake.list(prefix)) {
        signal?.throwIfAborted();
        const ofLoads = prefix === batchPrefix || isDeadBatchKey(key);
        if (ofLoads && !this.#isNamed(key) && !isUploadProbeKey(key)) unnamed.push(key);
      }
    }
    return unnamed;
  }

  #isNamed(key: string): boolean {
    return this.#verification.named.has(key) || this.#noted.has(key);
  }

  /** Objects of tries that did not come to an entry, or whose entry other objects are in. */
  async #countUnfinished(): Promise<number> {
    const { lake, named } = this.#verification;
    let unfinished = 0;
    for (const key of this.#noted) {
      if (named.has(key) || (await lake.head(key)) === null) continue;
      named.add(key);
      unfinished += 1;
    }
    return unfinished;
  }
}
