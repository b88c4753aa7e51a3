import { EgxError, hasCode } from "../base/errors.ts";
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

/** The same at the start, when what an operator has to mend (exit code 78) is not waited for. */
export async function patientlyAtStart<T>(
  options: Pick<ConsumerOptions, "clock" | "random" | "events">,
  signal: AbortSignal,
  operation: string,
  run: () => Promise<T>,
): Promise<T> {
  return patiently(options, signal, operation, async () => {
    try {
      return await run();
    } catch (error) {
      throw finalAtStart(error);
    }
  });
}

function finalAtStart(error: unknown): unknown {
  if (!(error instanceof EgxError) || !error.retryable || error.exitCode !== 78) return error;
  return asFinal(error);
}

/** The same failure, not to be waited out. */
export function asFinal(error: EgxError): EgxError {
  return withRetryable(error, false);
}

/** Lets a topic that was there and is gone be waited for: somebody makes it again. */
export async function evenWithoutTopic<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw hasCode(error, "E_LOG_TOPIC_UNKNOWN") ? withRetryable(error, true) : error;
  }
}

function withRetryable(error: EgxError, retryable: boolean): EgxError {
  const { code, message, cause, details, hint } = error;
  return new EgxError(code, message, { cause, details, hint, retryable });
}
