import { sha256Hex, textOf } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { ChainId } from "./layout.ts";
import { sealed } from "./sealed.ts";

/**
 * A ledger entry: the claim on a range of offsets, the manifest of what became of them, and a
 * link of its chain, in one create-only object. Field names and order are a contract.
 */
export interface Entry {
  readonly format: 1;
  readonly log: string;
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** SHA-256 of the bytes of the entry before; null for the first. */
  readonly prev: string | null;
  /** Records in `objects`; with dead letters and absent offsets they sum to end - start. */
  readonly records: number;
  readonly objects: readonly EntryObject[];
  /** Offsets of dead letters, ascending. */
  readonly dead_letters: readonly number[];
  /** Ranges of offsets without a record, both ends inclusive, ascending. */
  readonly absent: readonly (readonly [number, number])[];
  readonly writer: string;
  /** ISO 8601 UTC. */
  readonly created: string;
  /** The object under `_dead/`, when there are dead letters. */
  readonly dead?: EntryObject | undefined;
  /** Objects of the entry before that an operator has given up as lost. */
  readonly lost?: readonly string[] | undefined;
}

export interface EntryObject {
  readonly key: string;
  readonly records: number;
  /** Bytes of the lines before compression. */
  readonly bytes: number;
  /** SHA-256 of the lines before compression. */
  readonly sha256: string;
}

/** An entry as it is stored. */
export interface StoredEntry {
  readonly entry: Entry;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

const offset = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** What an entry says of one object, from outside. */
export const entryObject = z.object({
  key: z.string(),
  records: z.number().int().min(1),
  bytes: z.number().int().min(1),
  sha256: digest,
});
const entrySchema = z.object({
  format: z.literal(1),
  log: z.string().regex(/^[0-9a-f]{8}$/),
  topic: z.string(),
  partition: z.number().int().min(0),
  start: offset,
  end: offset,
  prev: digest.nullable(),
  records: z.number().int().min(0),
  objects: z.array(entryObject),
  dead_letters: z.array(offset),
  absent: z.array(z.tuple([offset, offset])),
  writer: z.string(),
  created: z.string(),
  dead: entryObject.optional(),
  lost: z.array(z.string()).optional(),
});
const formatSchema = z.object({ format: z.unknown() });

/**
 * The entry's bytes: one line of JSON whose last field, `check`, is the SHA-256 of the text before
 * it, so that damage shows even in an entry that nothing follows yet.
 */
export function encodeEntry(entry: Entry): StoredEntry {
  const bytes = sealed({
    format: entry.format,
    log: entry.log,
    topic: entry.topic,
    partition: entry.partition,
    start: entry.start,
    end: entry.end,
    prev: entry.prev,
    records: entry.records,
    objects: entry.objects.map(({ key, records, bytes, sha256 }) => ({
      key,
      records,
      bytes,
      sha256,
    })),
    dead_letters: entry.dead_letters,
    absent: entry.absent,
    writer: entry.writer,
    created: entry.created,
    ...(entry.dead === undefined ? {} : { dead: entry.dead }),
    ...(entry.lost === undefined ? {} : { lost: entry.lost }),
  });
  return { entry, bytes, sha256: sha256Hex(bytes) };
}

/**
 * Reads an entry and holds it against its place in the lake and against itself.
 * @throws E_LEDGER_FORMAT when a newer release wrote it, E_LEDGER_DAMAGED otherwise.
 */
export function parseEntry(bytes: Uint8Array, chain: ChainId, start: number): StoredEntry {
  const where = `entry ${start} of ${chain.topic}/${chain.partition}`;
  const damaged = (text: string, cause?: unknown): EgxError =>
    new EgxError("E_LEDGER_DAMAGED", `${where} ${text}`, { cause });
  let value: unknown;
  let text: string;
  try {
    text = textOf(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw damaged("is not JSON", error);
  }
  const format = formatSchema.safeParse(value);
  if (format.success && typeof format.data.format === "number" && format.data.format !== 1) {
    throw new EgxError("E_LEDGER_FORMAT", `${where} is of format ${format.data.format}`);
  }
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw damaged(`is malformed: ${z.prettifyError(parsed.error)}`);
  const entry: Entry = parsed.data;
  const problem = misplaced(entry, chain, start) ?? miscounted(entry);
  if (problem !== null) throw damaged(problem);
  const stored = encodeEntry(entry);
  if (Buffer.compare(stored.bytes, bytes) !== 0) throw damaged("does not match its own check sum");
  return stored;
}

/** Every object that an entry names. */
export function objectsOf({ objects, dead }: Entry): readonly EntryObject[] {
  return dead === undefined ? objects : [...objects, dead];
}

function misplaced(entry: Entry, chain: ChainId, start: number): string | null {
  const names: boolean =
    entry.topic === chain.topic && entry.log === chain.logId && entry.partition === chain.partition;
  if (!names || entry.start !== start) return "names another place than its key";
  if ((entry.prev === null) !== (start === 0)) return "has no link to the entry before";
  return null;
}

function miscounted(entry: Entry): string | null {
  if (entry.end <= entry.start) return "covers no offset";
  const stored = entry.objects.reduce((sum, object) => sum + object.records, 0);
  if (stored !== entry.records) return "has objects whose records do not sum up";
  if ((entry.dead?.records ?? 0) !== entry.dead_letters.length) return "miscounts its dead letters";
  let absent = 0;
  let previous = entry.start - 1;
  for (const [first, last] of entry.absent) {
    if (first <= previous || last < first) return "has absent ranges out of order";
    absent += last - first + 1;
    previous = last;
  }
  if (previous >= entry.end) return "has absent offsets behind its end";
  previous = entry.start - 1;
  for (const dead of entry.dead_letters) {
    if (dead <= previous || dead >= entry.end) return "has dead letters out of order";
    previous = dead;
  }
  const covered = entry.records + entry.dead_letters.length + absent;
  return covered === entry.end - entry.start ? null : "does not account for each of its offsets";
}
