import { retry } from "../base/retry.ts";
import type { ConsumerOptions } from "./options.ts";

/**
 * Runs `run` until it succeeds or is hopeless, telling of each failure that is waited out.
 * Rejects when `signal` aborts between two attempts.
 */
export async function patiently<T>(
  options: Pick<ConsumerOptions, "clock" | "random" | "events">,
  signal: AbortSignal,
  operation: string,
  run: () => Promise<T>,
): Promise<T> {
  const { clock, random, events } = options;
  let attempts = 0;
  const result = await retry(run, {
    clock,
    random,
    signal,
    onRetry: (attempt) => {
      attempts = attempt.attempt;
      events({ kind: "retry", operation, ...attempt });
    },
  });
  if (attempts > 0) events({ kind: "recovered", operation, attempts });
  return result;
}
