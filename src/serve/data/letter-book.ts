import type { Clock } from "../../base/clock.ts";
import type { Lake } from "../../lake/lake.ts";
import {
  parseDeadDoneKey,
  parseDeadLetters,
  readDeadLetterEnd,
  type DeadLetter,
} from "../../ledger/dead-letters.ts";
import { deadPrefix, parseDeadKey, type ChainId } from "../../ledger/layout.ts";
import type { DeadLetterAnswer, DeadLetterLine } from "../api/pipeline.ts";
import { isoOf } from "./iso.ts";

/** One object of dead letters: it never changes. */
interface LetterObject {
  readonly key: string;
  readonly chain: ChainId;
  readonly lines: readonly DeadLetterLine[];
}

type LetterEnd = NonNullable<DeadLetterLine["end"]>;

/** A look that is no older than this is good enough. */
const freshMs = 3_000;
/** Letters that are told of; older ones are for `egx dlq`. */
const lettersMax = 20_000;
const valueCharactersMax = 65_536;

/** The dead letters of a lake, newest first. What has been read is read once. */
export class LetterBook {
  readonly #lake: Lake;
  readonly #clock: Clock;
  #objects: ReadonlyMap<string, LetterObject> = new Map();
  #ends: ReadonlyMap<string, LetterEnd> = new Map();
  #looked: { readonly atMs: number; readonly lines: Promise<readonly DeadLetterLine[]> } | null =
    null;

  constructor(lake: Lake, clock: Clock) {
    this.#lake = lake;
    this.#clock = clock;
  }

  /** All letters, newest first. @throws E_LEDGER_DAMAGED, and as the lake does. */
  async lines(): Promise<readonly DeadLetterLine[]> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#looked !== null && nowMs - this.#looked.atMs < freshMs) return this.#looked.lines;
    const lines = this.#look();
    this.#looked = { atMs: nowMs, lines };
    try {
      return await lines;
    } catch (error) {
      this.#looked = null;
      throw error;
    }
  }

  /** What is known is looked at again. */
  forget(): void {
    this.#looked = null;
  }

  /** One letter whole; null when there is none of that name. */
  async letter(id: string): Promise<DeadLetterAnswer | null> {
    const line = (await this.lines()).find((one) => one.id === id);
    const object = [...this.#objects.values()].find(({ lines }) =>
      lines.some((one) => one.id === id),
    );
    const stored = object === undefined ? null : await this.#lake.get(object.key);
    if (line === undefined || stored === null) return null;
    const letter = parseDeadLetters(stored.body).find(({ offset }) => offset === line.offset);
    if (letter === undefined) return null;
    return { ...line, ...contentOf(letter) };
  }

  async #look(): Promise<readonly DeadLetterLine[]> {
    const objects: { readonly key: string; readonly chain: ChainId }[] = [];
    const ended = new Set<string>();
    for await (const { key } of this.#lake.list(deadPrefix)) {
      const offset = parseDeadDoneKey(key);
      if (offset !== null) ended.add(`${folderOf(key)}${offset}`);
      const parsed = parseDeadKey(key);
      if (parsed !== null) objects.push({ key, chain: parsed.chain });
    }
    const lines: DeadLetterLine[] = [];
    // What is told of no more is kept no more: this goes on for months.
    const [read, ends] = [new Map<string, LetterObject>(), new Map<string, LetterEnd>()];
    for (const { key, chain } of objects.toReversed()) {
      if (lines.length >= lettersMax) break;
      const object = await this.#objectOf(key, chain);
      if (object !== null) read.set(key, object);
      for (const line of object?.lines ?? []) {
        const done = ended.has(`${folderOf(key)}${line.offset}`);
        const end = done ? await this.#endOf(chain, line) : null;
        if (end !== null) ends.set(line.id, end);
        lines.push(end === null ? line : { ...line, end });
      }
    }
    [this.#objects, this.#ends] = [read, ends];
    return lines.toSorted((left, right) => (left.published < right.published ? 1 : -1));
  }

  async #objectOf(key: string, chain: ChainId): Promise<LetterObject | null> {
    const known = this.#objects.get(key);
    if (known !== undefined) return known;
    const stored = await this.#lake.get(key);
    if (stored === null) return null;
    const lines = parseDeadLetters(stored.body).map((letter) => lineOf(chain, letter));
    return { key, chain, lines };
  }

  async #endOf(chain: ChainId, { id, offset }: DeadLetterLine): Promise<DeadLetterLine["end"]> {
    const known = this.#ends.get(id);
    if (known !== undefined) return known;
    const end = await readDeadLetterEnd(this.#lake, chain, offset);
    return end === null ? null : { outcome: end.outcome, note: end.note, at: end.at };
  }
}

function lineOf(chain: ChainId, letter: DeadLetter): DeadLetterLine {
  const { offset, code, reason, key, timestampMs } = letter;
  return {
    id: `${chain.logId}/${chain.partition}:${offset}`,
    topic: chain.topic,
    log: chain.logId,
    partition: chain.partition,
    offset,
    published: isoOf(timestampMs),
    key: textOrNull(key),
    code,
    reason,
    end: null,
  };
}

function contentOf({
  headers,
  value,
}: DeadLetter): Pick<DeadLetterAnswer, "headers" | "value" | "valueBytes"> {
  return {
    headers: Object.fromEntries(headers.map((one) => [one.key, textOrNull(one.value) ?? ""])),
    value: textOrNull(value)?.slice(0, valueCharactersMax) ?? null,
    valueBytes: value?.length ?? null,
  };
}

/** Bytes as text; what is not UTF-8 is shown as such. */
function textOrNull(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("utf8");
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}
