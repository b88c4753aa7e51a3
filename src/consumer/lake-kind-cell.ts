import { readLakeKind, settleLakeKind, type LakeKind } from "../ledger/lake-kind.ts";
import type { Lake } from "../lake/lake.ts";
import type { LogRecord } from "../log/log.ts";
import { foundingKind } from "./interpret.ts";

/**
 * The lake's kind, learned once for all workers of a process: read from the lake, or, in a new
 * lake, founded by the first valid message that any of them meets.
 */
export class LakeKindCell {
  readonly #lake: Lake;
  #kind: LakeKind | null = null;

  constructor(lake: Lake) {
    this.#lake = lake;
  }

  /**
   * The kind by which records are judged. Until a valid message was met it does not matter, since
   * the kind decides on valid messages alone.
   */
  get current(): LakeKind {
    return this.#kind ?? "real";
  }

  /** Must be awaited before any of `records` is judged; may be repeated after a failure. */
  async settleFor(records: readonly LogRecord[]): Promise<void> {
    if (this.#kind !== null) return;
    for (const { value } of records) {
      const founding = foundingKind(value);
      if (founding === null) continue;
      this.#kind = (await readLakeKind(this.#lake)) ?? (await settleLakeKind(this.#lake, founding));
      return;
    }
  }
}
