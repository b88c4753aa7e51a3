/**
 * Time as an argument: whoever waits, stamps or measures takes a {@link Clock}, so that tests and
 * the protocol simulator turn it by hand. This file and no other touches the host's timers.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z; may jump when the host's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations alone. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with `signal.reason` as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Beyond it the host's timers end at once: a longer sleep is made of several. */
const timerMsMax = 2_147_483_647;

/** The host's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    let leftMs = ms;
    for (; leftMs > timerMsMax; leftMs -= timerMsMax) await timer(timerMsMax, signal);
    await timer(leftMs, signal);
  },
};

/** The clock's present as an instant. */
export function instantNow(clock: Clock): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(clock.nowMs());
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timeout);
      if (signal !== undefined) reject(abortReason(signal));
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error("aborted", { cause: reason });
}
