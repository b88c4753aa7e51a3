import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";

/**
 * Runs `operation`, and gives up on it when it takes longer than `ms`: its signal aborts, and the
 * caller does not wait for it to notice.
 * @throws E_LAKE_UNREACHABLE when the time is up; what the operation does meanwhile is not known.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const ended = new AbortController();
  const timer = clock.sleep(ms, ended.signal).then(
    () => {
      const error = new EgxError("E_LAKE_UNREACHABLE", `no answer within ${ms / 1_000} s`);
      late.abort(error);
      throw error;
    },
    // The operation ended first.
    async () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([operation(late.signal), timer]);
  } finally {
    ended.abort();
  }
}
