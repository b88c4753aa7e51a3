import type { Clock } from "../../src/base/clock.ts";

/** A clock on which sleeping is the only thing that takes time, and is over at once. */
export class JumpClock implements Clock {
  readonly #startMs: number;
  sleptMs = 0;

  constructor(startMs = Date.UTC(2026, 5, 1, 8)) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#startMs + this.sleptMs;
  }

  monotonicMs(): number {
    return this.sleptMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleptMs += ms;
  }
}
