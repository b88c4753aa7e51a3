import { utf8 } from "../base/bytes.ts";
import type { DeadLetter } from "../ledger/dead-letters.ts";
import type { ChainId } from "../ledger/layout.ts";
import type { LogHeader, NewRecord } from "../log/log.ts";

/**
 * How much of a dead letter's key, value and headers, each by itself, its copy may hold: all of
 * it, and less each time that the log finds a copy too large. With nothing left any log takes it.
 */
export const copyPartBytesMax: readonly number[] = [Infinity, 256 * 1024, 0];

export interface CopyOptions {
  /** The ledger entry's `created`. */
  readonly created: string;
  /**
   * A larger key or value, and headers that are larger together, are left out; their size is said
   * in `dlq-key-bytes`, `dlq-value-bytes` and `dlq-headers-bytes`. The lake keeps them.
   */
  readonly partBytesMax: number;
}

/**
 * Dead letters as the dead-letter topic gets them: key, value and headers unchanged, and headers
 * of ours that say why, where from and when.
 */
export function deadLetterCopies(
  chain: ChainId,
  letters: readonly DeadLetter[],
  options: CopyOptions,
): readonly NewRecord[] {
  return letters.map((letter) => copyOf(chain, letter, options));
}

function copyOf(
  chain: ChainId,
  letter: DeadLetter,
  { created, partBytesMax }: CopyOptions,
): NewRecord {
  const added = new Map([
    ["dlq-code", letter.code],
    ["dlq-reason", letter.reason],
    ["dlq-stage", "consumer"],
    ["dlq-topic", chain.topic],
    ["dlq-partition", String(chain.partition)],
    ["dlq-offset", String(letter.offset)],
    ["dlq-time", created],
  ]);
  const kept = (part: string, bytes: number): boolean => {
    if (bytes <= partBytesMax) return true;
    added.set(`dlq-${part}-bytes`, String(bytes));
    return false;
  };
  const key = kept("key", letter.key?.length ?? 0) ? letter.key : null;
  const value = kept("value", letter.value?.length ?? 0) ? letter.value : null;
  const theirs = kept("headers", bytesOf(letter.headers)) ? letter.headers : [];
  const headers: LogHeader[] = theirs.filter((header) => !added.has(header.key));
  for (const [name, text] of added) headers.push({ key: name, value: utf8(text) });
  return { key, value, headers };
}

function bytesOf(headers: readonly LogHeader[]): number {
  return headers.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + value.length, 0);
}
