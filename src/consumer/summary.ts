import type { SealedBatch } from "./batch.ts";
import type { ConsumerSummary } from "./options.ts";

/** Counts what a process has stored. */
export class SummaryCounter {
  readonly #deadLetters = new Map<string, number>();
  #stored = 0;
  #absent = 0;
  #objects = 0;
  #entries = 0;
  #bytes = 0;

  /** Counts a stored batch; answers its dead letters by code. */
  add(batch: SealedBatch): ReadonlyMap<string, number> {
    const codes = new Map<string, number>();
    for (const { code } of batch.deadLetters) codes.set(code, (codes.get(code) ?? 0) + 1);
    for (const [code, count] of codes) {
      this.#deadLetters.set(code, (this.#deadLetters.get(code) ?? 0) + count);
    }
    this.#stored += batch.records;
    this.#absent += batch.end - batch.start - batch.records - batch.deadLetters.length;
    this.#objects += batch.objects.length;
    this.#entries += 1;
    this.#bytes += batch.bytes;
    return codes;
  }

  summary(seconds: number): ConsumerSummary {
    return {
      stored: this.#stored,
      deadLetters: new Map(this.#deadLetters),
      absent: this.#absent,
      objects: this.#objects,
      entries: this.#entries,
      bytes: this.#bytes,
      seconds,
    };
  }
}
