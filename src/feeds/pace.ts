import type { Clock } from "../base/clock.ts";

/** Lets one caller after the other go on, no two of them within `gapMs`. */
export class Pace {
  readonly #clock: Clock;
  readonly #gapMs: number;
  #freeMs = -Infinity;

  constructor(clock: Clock, gapMs: number) {
    this.#clock = clock;
    this.#gapMs = gapMs;
  }

  /** Resolves when it is the caller's turn; rejects with the signal's reason when it aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const turnMs = Math.max(nowMs, this.#freeMs);
    this.#freeMs = turnMs + this.#gapMs;
    if (turnMs > nowMs) await this.#clock.sleep(turnMs - nowMs, signal);
  }
}
