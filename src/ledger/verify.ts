import { hasCode } from "../base/errors.ts";
import { forEachWithin, limitTo, type Limit } from "../base/limit.ts";
import type { Lake } from "../lake/lake.ts";
import { listChains, readEntry } from "./chain.ts";
import { parseDeadDoneKey } from "./dead-letters.ts";
import { objectsOf, type EntryObject, type StoredEntry } from "./entry.ts";
import type { Finding } from "./finding.ts";
import { readFinished, type Finished } from "./finished.ts";
import { probeIsWhole, readLakeKind, type LakeKind } from "./lake-kind.ts";
import {
  type ChainId,
  chainPrefix,
  deadPrefix,
  entryKey,
  finishedKey,
  isUploadProbeKey,
  lakeKindKey,
  isDeadBatchKey,
  parseDeadKey,
  parseEntryKey,
  parseStreamingKey,
  prefixOfStreamingKey,
  probeKey,
} from "./layout.ts";
import { objectState } from "./objects.ts";
import { verifyLoads, type LoadCounts } from "./verify-loads.ts";

export interface VerifyOptions {
  /** Look at sizes and stored digests alone; read no object. */
  readonly fast?: boolean;
  /** Told of each finding as it is made. */
  readonly onFinding: (finding: Finding) => void;
  /** Told how many objects have been looked at. */
  readonly onProgress?: (objects: number) => void;
  readonly signal?: AbortSignal;
}

export interface VerifySummary {
  readonly kind: LakeKind | null;
  readonly chains: number;
  readonly entries: number;
  readonly records: number;
  readonly deadLetters: number;
  readonly absent: number;
  readonly loads: number;
  /** Rows that loads brought. */
  readonly loadedRows: number;
  /** Rows that loads refused and kept. */
  readonly refusedRows: number;
  readonly objects: number;
  readonly bytes: number;
  /** Objects of last entries and of loads whose writing has not been seen to end. */
  readonly inProgress: number;
  readonly findings: number;
}

/**
 * Proves from the lake alone that every offset is stored once: chains without hole or overlap,
 * sums that add up, every object of chains and loads there with its digest and count, and none
 * that no entry names. Others may write meanwhile: of what they add, no more is said than that it
 * is no stray.
 * Memory grows with the number of objects (their keys are held until strays have been looked for).
 */
export async function verifyLedger(lake: Lake, options: VerifyOptions): Promise<VerifySummary> {
  return new Verification(lake, options).run();
}

class Verification {
  readonly #lake: Lake;
  readonly #options: VerifyOptions;
  readonly #limit: Limit;
  /** Every key that an entry names. */
  readonly #named = new Set<string>();
  /** Entries that could not be read: what they name cannot be known. */
  readonly #unreadable = new Set<string>();
  readonly #prefixes = new Set(["streaming/"]);
  readonly #deadOffsets = new Set<string>();
  #counts = { chains: 0, entries: 0, records: 0, deadLetters: 0, absent: 0 };
  #objects = 0;
  #bytes = 0;
  #inProgress = 0;
  #findings = 0;

  constructor(lake: Lake, options: VerifyOptions) {
    this.#lake = lake;
    this.#options = options;
    this.#limit = limitTo(lake.concurrency);
  }

  async run(): Promise<VerifySummary> {
    for await (const chain of listChains(this.#lake)) await this.#verifyChain(chain);
    const { unfinished, ...loads } = await this.#verifyLoads();
    this.#inProgress += unfinished;
    // Behind the entries, since it is written before the first of them.
    const kind = await this.#guard(lakeKindKey, () => readLakeKind(this.#lake));
    if (!(await probeIsWhole(this.#lake))) this.#find("damaged", probeKey, "is not as it was made");
    if (kind === null && this.#counts.records + loads.loads > 0) {
      this.#find("missing", lakeKindKey, "says which kind of bars the lake holds, and is gone");
    }
    for (const prefix of this.#prefixes) await this.#findStrays(prefix);
    await this.#findStrays(deadPrefix);
    return {
      kind,
      ...this.#counts,
      ...loads,
      objects: this.#objects,
      bytes: this.#bytes,
      inProgress: this.#inProgress,
      findings: this.#findings,
    };
  }

  #verifyLoads(): Promise<LoadCounts> {
    const { fast, signal, onProgress } = this.#options;
    return verifyLoads({
      lake: this.#lake,
      limit: this.#limit,
      fast: fast === true,
      signal,
      named: this.#named,
      find: (kind, key, text) => this.#find(kind, key, text),
      guard: (key, read) => this.#guard(key, read),
      onObject: (object) => {
        this.#objects += 1;
        this.#bytes += object.bytes;
        onProgress?.(this.#objects);
      },
    });
  }

  async #verifyChain(chain: ChainId): Promise<void> {
    this.#counts.chains += 1;
    const finished = await this.#guard(finishedKey(chain), () => readFinished(this.#lake, chain));
    let previous: StoredEntry | null = null;
    let expected = 0;
    const ends = new Set<string>();
    for await (const { key } of this.#lake.list(chainPrefix(chain))) {
      this.#options.signal?.throwIfAborted();
      const start = parseEntryKey(key)?.start;
      if (start === undefined) {
        this.#find("stray", key, "lies in the ledger and is no entry");
        continue;
      }
      this.#checkPlace(chain, { key, start, expected });
      const stored: StoredEntry | null = await this.#readEntry(chain, start, key);
      // Only now is it known whether an entry is the last one.
      if (previous !== null) await this.#verifyObjects(previous, stored);
      if (stored === null) {
        previous = null;
        // Its end is unknown: what follows is taken as it comes.
        expected = await this.#nextStart(chain, key, start);
        continue;
      }
      this.#checkLink(stored, previous, key);
      if (finished?.end === stored.entry.end) ends.add(stored.sha256);
      expected = stored.entry.end;
      previous = stored;
    }
    if (previous !== null) await this.#verifyLast(previous, finished);
    if (finished !== null && !ends.has(finished.entry)) {
      this.#find("damaged", finishedKey(chain), "names an entry that is not there");
    }
  }

  /** Reads an entry; null, and a finding, when that is impossible. */
  async #readEntry(chain: ChainId, start: number, key: string): Promise<StoredEntry | null> {
    const stored = await this.#guard(key, () => readEntry(this.#lake, chain, start));
    if (stored === null) {
      this.#unreadable.add(placeName(chain, start));
      return null;
    }
    this.#count(stored);
    return stored;
  }

  #count(stored: StoredEntry): void {
    const { entry } = stored;
    const counts = this.#counts;
    counts.entries += 1;
    counts.records += entry.records;
    counts.deadLetters += entry.dead_letters.length;
    counts.absent += entry.end - entry.start - entry.records - entry.dead_letters.length;
    const chain = chainOf(stored);
    for (const offset of entry.dead_letters) this.#deadOffsets.add(placeName(chain, offset));
    for (const { key } of entry.objects) this.#prefixes.add(prefixOfStreamingKey(key));
  }

  #checkLink(stored: StoredEntry, previous: StoredEntry | null, key: string): void {
    if (previous === null || previous.entry.end !== stored.entry.start) return;
    if (stored.entry.prev === previous.sha256) return;
    const before = entryKey(chainOf(previous), previous.entry.start);
    this.#find("damaged", key, `does not follow ${before}: one of them was changed`);
  }

  #checkPlace(chain: ChainId, place: { key: string; start: number; expected: number }): void {
    const { key, start, expected } = place;
    if (start < expected) this.#find("damaged", key, "overlaps the entry before");
    if (start <= expected) return;
    const missing = entryKey(chain, expected);
    this.#find("hole", missing, `is missing: offsets ${expected} to ${start - 1} have no entry`);
    this.#unreadable.add(placeName(chain, expected));
  }

  async #nextStart(chain: ChainId, key: string, start: number): Promise<number> {
    for await (const next of this.#lake.list(chainPrefix(chain), { after: key })) {
      return parseEntryKey(next.key)?.start ?? start + 1;
    }
    return start + 1;
  }

  /** The objects of an entry that another one follows: all of them have to be there. */
  async #verifyObjects(stored: StoredEntry, next: StoredEntry | null): Promise<void> {
    const lost = new Set(next?.entry.lost);
    await this.#eachObject(stored, (object, state) => {
      if (lost.has(object.key)) return;
      if (state === "missing") this.#find("missing", object.key, "is named by its entry and gone");
    });
  }

  /** The objects of a chain's last entry: they may still be on their way. */
  async #verifyLast(stored: StoredEntry, finished: Finished | null): Promise<void> {
    const complete = finished !== null && finished.end >= stored.entry.end;
    await this.#eachObject(stored, (object, state) => {
      if (state !== "missing") return;
      if (complete) this.#find("missing", object.key, "was written, and is gone");
      else this.#inProgress += 1;
    });
  }

  async #eachObject(
    stored: StoredEntry,
    judge: (object: EntryObject, state: "whole" | "missing" | "wrong") => void,
  ): Promise<void> {
    const { entry } = stored;
    const fast = this.#options.fast === true;
    await forEachWithin(this.#limit, objectsOf(entry), async (object) => {
      this.#options.signal?.throwIfAborted();
      this.#named.add(object.key);
      const state = await objectState(this.#lake, object, { fast, readContent: !fast });
      this.#objects += 1;
      this.#bytes += object.bytes;
      if (state === "wrong") this.#find("damaged", object.key, "is not what its entry names");
      judge(object, state);
      this.#options.onProgress?.(this.#objects);
    });
  }

  async #findStrays(prefix: string): Promise<void> {
    for await (const { key } of this.#lake.list(prefix)) {
      this.#options.signal?.throwIfAborted();
      if (this.#named.has(key) || this.#closesDeadLetter(key)) continue;
      // Those of loads have been looked for.
      if (isDeadBatchKey(key)) continue;
      const place = parseStreamingKey(key) ?? parseDeadKey(key);
      if (place !== null && (await this.#isNamedNow(place, key))) continue;
      const why =
        place === null
          ? "is of no form that is written here"
          : `is named by no entry; its own would be ${entryKey(place.chain, place.first)}`;
      this.#find("stray", key, why);
    }
  }

  /** Whether an entry names the object that was not there when its chain was read, or may do so. */
  async #isNamedNow(
    { chain, first }: { readonly chain: ChainId; readonly first: number },
    key: string,
  ): Promise<boolean> {
    if (this.#unreadable.has(placeName(chain, first))) return true;
    const stored = await this.#guard(entryKey(chain, first), () =>
      readEntry(this.#lake, chain, first),
    );
    if (stored === null) return false;
    const { entry } = stored;
    for (const object of objectsOf(entry)) this.#named.add(object.key);
    for (const offset of entry.dead_letters) this.#deadOffsets.add(placeName(chain, offset));
    return this.#named.has(key);
  }

  #closesDeadLetter(key: string): boolean {
    const offset = parseDeadDoneKey(key);
    if (offset === null || !key.startsWith(deadPrefix)) return false;
    const chain = key.slice(deadPrefix.length, key.lastIndexOf("/"));
    return this.#deadOffsets.has(`${chain}/${offset}`);
  }

  /** Runs a read; damage is a finding, any other failure ends the verification. */
  async #guard<T>(key: string, read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      if (!hasCode(error, "E_LEDGER_DAMAGED", "E_LEDGER_FORMAT")) throw error;
      this.#find("damaged", key, error.message);
      return null;
    }
  }

  #find(kind: Finding["kind"], key: string, text: string): void {
    if (kind === "stray" && isUploadProbeKey(key)) return;
    this.#findings += 1;
    this.#options.onFinding({ kind, key, text });
  }
}

function chainOf({ entry }: StoredEntry): ChainId {
  return { topic: entry.topic, logId: entry.log, partition: entry.partition };
}

function placeName(chain: ChainId, offset: number): string {
  return `${chain.topic}/${chain.logId}/${chain.partition}/${offset}`;
}
