import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";

/** Work that never waits makes room for timers, sockets and signals this often. */
const turnMs = 10;

/** @throws E_USAGE when `speed` is no number from 0 up. */
export function checkSpeed(speed: number): void {
  if (speed >= 0) return;
  throw new EgxError("E_USAGE", `the speed ${speed} is not a number from 0 up`);
}

/** Waits until moments of market time come, `speed` market seconds a second. */
export class MarketTime {
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #startedMs: number;
  #restedMs = 0;

  /** A speed of 0 or Infinity is as fast as possible. */
  constructor(clock: Clock, speed: number) {
    this.#clock = clock;
    this.#speed = speed === 0 ? Infinity : speed;
    this.#startedMs = clock.monotonicMs();
    this.#restedMs = this.#startedMs;
  }

  /**
   * Resolves when `atMs` of market time have gone by since the start, or as soon as `signal`
   * aborts; false when it did. Lets other work have its turn even when there is nothing to wait
   * for.
   */
  async until(atMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const nowMs = this.#clock.monotonicMs();
    const waitMs = this.#speed === Infinity ? 0 : this.#startedMs + atMs / this.#speed - nowMs;
    if (waitMs >= 1 || nowMs - this.#restedMs >= turnMs) {
      await rest(this.#clock, Math.max(0, waitMs), signal);
      this.#restedMs = this.#clock.monotonicMs();
    }
    return !isAborted(signal);
  }
}

/** Sleeps; returns early, and does not throw, when `signal` aborts. */
async function rest(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Whether a signal has aborted by now: asked anew after each wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
