import type { Clock } from "./clock.ts";
import { EgxError } from "./errors.ts";
import type { Random } from "./random.ts";

export interface RetryAttempt {
  readonly error: EgxError;
  /** 1 for the first failure. */
  readonly attempt: number;
  readonly waitMs: number;
}

export interface RetryPolicy {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  /** The first wait lies in [0, baseMs), each next one in twice that. Default 100. */
  readonly baseMs?: number;
  /** No wait exceeds it. Default 30,000. */
  readonly capMs?: number;
  /** Attempts before the last error is thrown. Default: for ever. */
  readonly attemptsMax?: number;
  /** Failures that may pass and are not waited for all the same. Default: none. */
  readonly isFinal?: (error: EgxError) => boolean;
  /** Told of each failure that is tried again. */
  readonly onRetry?: (attempt: RetryAttempt) => void;
}

/**
 * Runs `operation` until it succeeds, waiting between failures that may pass (`retryable`) with
 * capped exponential back-off and full jitter, and no shorter than an error's `retryAfterMs`. Any
 * other error is thrown at once; so is the signal's reason when it aborts during a wait.
 */
export async function retry<T>(operation: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  const capMs = policy.capMs ?? 30_000;
  let ceilingMs = policy.baseMs ?? 100;
  for (let attempt = 1; ; attempt += 1) {
    policy.signal?.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof EgxError) || !error.retryable) throw error;
      if (policy.isFinal?.(error) === true) throw error;
      if (attempt >= (policy.attemptsMax ?? Infinity)) throw error;
      const backOffMs = Math.floor(policy.random.next() * Math.min(ceilingMs, capMs));
      const waitMs = Math.max(backOffMs, error.retryAfterMs);
      policy.onRetry?.({ error, attempt, waitMs });
      await policy.clock.sleep(waitMs, policy.signal);
      ceilingMs = Math.min(ceilingMs * 2, capMs);
    }
  }
}
