import { utf8 } from "../base/bytes.ts";
import type { DeadLetter } from "../ledger/dead-letters.ts";
import type { ChainId } from "../ledger/layout.ts";
import type { LogHeader, NewRecord } from "../log/log.ts";

/** Values above it are left out of copies when a batch of copies was too large for the log. */
export const copyValueBytesMax = 256 * 1024;

export interface CopyOptions {
  /** The ledger entry's `created`. */
  readonly created: string;
  /** A larger value is left out; its size is said in `dlq-value-bytes`, the lake keeps it. */
  readonly valueBytesMax: number;
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
  return letters.map((letter) => {
    const bytes = letter.value?.length ?? 0;
    const whole = bytes <= options.valueBytesMax;
    const added: readonly (readonly [string, string])[] = [
      ["dlq-code", letter.code],
      ["dlq-reason", letter.reason],
      ["dlq-stage", "consumer"],
      ["dlq-topic", chain.topic],
      ["dlq-partition", String(chain.partition)],
      ["dlq-offset", String(letter.offset)],
      ["dlq-time", options.created],
      ...(whole ? [] : ([["dlq-value-bytes", String(bytes)]] as const)),
    ];
    const names = new Set(added.map(([key]) => key));
    const headers: LogHeader[] = letter.headers.filter(({ key }) => !names.has(key));
    for (const [key, value] of added) headers.push({ key, value: utf8(value) });
    return { key: letter.key, value: whole ? letter.value : null, headers };
  });
}
