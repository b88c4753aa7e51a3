import type { Lake } from "../lake/lake.ts";
import { parseDeadDoneKey, parseDeadLetters } from "./dead-letters.ts";
import { deadPrefix, parseDeadKey } from "./layout.ts";

export interface OpenLetters {
  readonly open: number;
  /** When the oldest of them was published, epoch milliseconds; null when there is none. */
  readonly oldestMs: number | null;
}

interface Letter {
  readonly offset: number;
  readonly timestampMs: number;
}

/**
 * Counts dead letters that are neither replayed nor waived, again and again: objects of dead
 * letters never change, so each is read once and a look costs one listing.
 */
export class OpenDeadLetters {
  readonly #lake: Lake;
  readonly #known = new Map<string, readonly Letter[]>();

  constructor(lake: Lake) {
    this.#lake = lake;
  }

  /** @throws E_LEDGER_DAMAGED for an object of dead letters that is malformed. */
  async look(): Promise<OpenLetters> {
    const ended = new Set<string>();
    const objects: string[] = [];
    for await (const { key } of this.#lake.list(deadPrefix)) {
      const offset = parseDeadDoneKey(key);
      if (offset !== null) ended.add(`${folderOf(key)}${offset}`);
      else if (parseDeadKey(key) !== null) objects.push(key);
    }
    let open = 0;
    let oldestMs: number | null = null;
    for (const key of objects) {
      for (const { offset, timestampMs } of await this.#lettersOf(key)) {
        if (ended.has(`${folderOf(key)}${offset}`)) continue;
        open += 1;
        oldestMs = Math.min(oldestMs ?? Infinity, timestampMs);
      }
    }
    return { open, oldestMs };
  }

  async #lettersOf(key: string): Promise<readonly Letter[]> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const stored = await this.#lake.get(key);
    if (stored === null) return [];
    const letters = parseDeadLetters(stored.body).map(({ offset, timestampMs }) => ({
      offset,
      timestampMs,
    }));
    this.#known.set(key, letters);
    return letters;
  }
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}
