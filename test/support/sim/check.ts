import { sha256Hex, textOf } from "../../../src/base/bytes.ts";
import type { AcceptedLoss } from "../../../src/consumer/options.ts";
import { parseDeadLetters } from "../../../src/ledger/dead-letters.ts";
import { parseEntry, type EntryObject, type StoredEntry } from "../../../src/ledger/entry.ts";
import { entryKey, logIdOf, type ChainId } from "../../../src/ledger/layout.ts";
import { parseStoredLine } from "../../../src/market/stored-line.ts";
import type { LakeState } from "./sim-lake.ts";
import { simTopic, simTopicId } from "./sim-log.ts";

/** What a record is in truth, whatever the consumer makes of it. */
export type Truth = "bar" | "dead" | "absent";

const logId = logIdOf(simTopicId);

export function chainOf(partition: number): ChainId {
  return { topic: simTopic, logId, partition };
}

/** Bodies are never changed in place, so what was worked out of one stays true. */
const parsedEntries = new WeakMap<Uint8Array, StoredEntry>();
const digests = new WeakMap<Uint8Array, string>();

/** The entries of a chain, read without the code under test's own walk. */
export function entriesOf(lake: LakeState, partition: number): readonly StoredEntry[] {
  const chain = chainOf(partition);
  const entries: StoredEntry[] = [];
  let start = 0;
  for (;;) {
    const held = lake.objects.get(entryKey(chain, start));
    if (held === undefined) return entries;
    const entry = parsedEntries.get(held.body) ?? parseEntry(held.body, chain, start);
    parsedEntries.set(held.body, entry);
    entries.push(entry);
    start = entry.entry.end;
  }
}

export function isWhole(lake: LakeState, object: EntryObject): boolean {
  const held = lake.objects.get(object.key);
  if (held === undefined) return false;
  const digest = digests.get(held.body) ?? sha256Hex(held.body);
  digests.set(held.body, digest);
  return digest === object.sha256;
}

export function namedObjects({ entry }: StoredEntry): readonly EntryObject[] {
  return entry.dead === undefined ? entry.objects : [...entry.objects, entry.dead];
}

/** Everything wrong with what is stored; empty when nothing was lost and nothing doubled. */
export function violations(
  lake: LakeState,
  truths: readonly (readonly Truth[])[],
  accepted: readonly AcceptedLoss[],
): string[] {
  const found: string[] = [];
  const named = new Set<string>();
  for (const [partition, truth] of truths.entries()) {
    const losses = accepted.filter((loss) => loss.partition === partition);
    new PartitionCheck({ lake, partition, truth, losses, found, named }).run();
  }
  for (const key of lake.objects.keys()) {
    if (/^(streaming|_dead)\//.test(key) && !named.has(key)) found.push(`${key} is a stray`);
  }
  return found;
}

interface CheckOptions {
  readonly lake: LakeState;
  readonly partition: number;
  readonly truth: readonly Truth[];
  readonly losses: readonly AcceptedLoss[];
  readonly found: string[];
  readonly named: Set<string>;
}

class PartitionCheck {
  readonly #options: CheckOptions;
  readonly #seen = new Set<number>();

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  run(): void {
    const { lake, partition, truth, found } = this.#options;
    const entries = entriesOf(lake, partition);
    for (const [index, stored] of entries.entries()) {
      if (stored.entry.prev !== (entries[index - 1]?.sha256 ?? null)) found.push("broken link");
      this.#checkEntry(stored, entries[index + 1]);
    }
    for (const [offset, kind] of truth.entries()) {
      if (this.#seen.has(offset) || this.#isGivenUp(offset)) continue;
      found.push(`${partition}/${offset} (${kind}) is lost`);
    }
  }

  #isGivenUp(offset: number): boolean {
    return this.#options.losses.some((loss) => loss.first <= offset && loss.last >= offset);
  }

  #note(offset: number, kind: Truth, where: string): void {
    const { partition, truth, found } = this.#options;
    if (this.#seen.has(offset)) found.push(`${partition}/${offset} is doubled in ${where}`);
    this.#seen.add(offset);
    const right = truth[offset] === kind || (kind === "absent" && this.#isGivenUp(offset));
    if (!right) found.push(`${partition}/${offset} is ${truth[offset]} and stored as ${kind}`);
  }

  #checkEntry(stored: StoredEntry, next: StoredEntry | undefined): void {
    const { lake, named } = this.#options;
    const { entry } = stored;
    const lost = new Set(next?.entry.lost);
    for (const [first, last] of entry.absent) {
      for (let offset = first; offset <= last; offset += 1) this.#note(offset, "absent", "absent");
    }
    for (const object of namedObjects(stored)) {
      named.add(object.key);
      const givenUp = lost.has(object.key) || (next === undefined && this.#isGivenUp(entry.start));
      if (!givenUp || isWhole(lake, object)) this.#readObject(object, entry.dead === object);
    }
  }

  #readObject(object: EntryObject, dead: boolean): void {
    const { lake, found } = this.#options;
    const held = lake.objects.get(object.key);
    if (held === undefined || !isWhole(lake, object)) {
      found.push(`${object.key} is ${held === undefined ? "missing" : "wrong"}`);
      return;
    }
    if (dead) {
      for (const letter of parseDeadLetters(held.body))
        this.#note(letter.offset, "dead", object.key);
      return;
    }
    const lines = textOf(held.body).trimEnd().split("\n");
    if (lines.length !== object.records) found.push(`${object.key} miscounts`);
    for (const line of lines) {
      const parsed = parseStoredLine(line);
      if (parsed.ok) this.#note(parsed.origin.offset, "bar", object.key);
      else found.push(`${object.key} holds ${line}`);
    }
  }
}
