import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";

const firstRestMs = 2 * 60_000;
/** Bans were seen to last about two hours. */
const restMsMax = 2 * 60 * 60_000;

/**
 * Keeps away from a feed that asked to be left alone: for minutes, doubling when it asks again,
 * with jitter, so that clients that were sent away together do not come back together.
 */
export class Circuit {
  readonly #clock: Clock;
  readonly #random: Random;
  #restMs = 0;
  #untilMs = -Infinity;
  #reason: EgxError | null = null;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Milliseconds for which the feed is to be left alone. */
  get remainingMs(): number {
    return Math.max(0, this.#untilMs - this.#clock.monotonicMs());
  }

  /** Begins a rest, because of `reason`. */
  trip(reason: EgxError): void {
    const nowMs = this.#clock.monotonicMs();
    // What is told again during a rest is the same refusal.
    if (nowMs < this.#untilMs) return;
    const calm = nowMs - this.#untilMs > restMsMax;
    this.#restMs = calm ? firstRestMs : Math.min(restMsMax, this.#restMs * 2);
    this.#untilMs = nowMs + this.#restMs * (1 + this.#random.next() / 4);
    this.#reason = reason;
  }

  /** @throws E_FEED_BANNED during a rest. */
  check(): void {
    const { remainingMs } = this;
    if (remainingMs === 0 || this.#reason === null) return;
    const minutes = Math.ceil(remainingMs / 60_000);
    throw new EgxError(
      "E_FEED_BANNED",
      `${this.#reason.message}; left alone for ${minutes} more min`,
      { cause: this.#reason, details: { remainingMs } },
    );
  }
}
