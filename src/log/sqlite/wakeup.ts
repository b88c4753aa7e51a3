import type { Clock } from "../../base/clock.ts";

/**
 * A sleep that others of this process can end: what they did is seen at once, while what other
 * processes did is seen when the sleep is over.
 */
export class Wakeup {
  readonly #clock: Clock;
  readonly #sleepers = new Set<AbortController>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends every sleep that is under way. */
  wake(): void {
    for (const sleeper of this.#sleepers) sleeper.abort();
  }

  /** Resolves after `ms`, or when woken; rejects with the reason when one of `signals` aborts. */
  async sleep(ms: number, signals: readonly AbortSignal[] = []): Promise<void> {
    for (const signal of signals) signal.throwIfAborted();
    const sleeper = new AbortController();
    const onAbort = (): void => sleeper.abort();
    for (const signal of signals) signal.addEventListener("abort", onAbort, { once: true });
    this.#sleepers.add(sleeper);
    try {
      await this.#clock.sleep(ms, sleeper.signal);
    } catch (error) {
      if (!sleeper.signal.aborted) throw error;
    } finally {
      this.#sleepers.delete(sleeper);
      for (const signal of signals) signal.removeEventListener("abort", onAbort);
    }
    for (const signal of signals) signal.throwIfAborted();
  }
}
