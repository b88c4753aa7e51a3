import type { Clock } from "../../base/clock.ts";

/** Sleeps; false, at once, when the signal aborts. */
export async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  }
}

/** Items, until the signal aborts. */
export function* untilAborted<T>(items: readonly T[], signal: AbortSignal): Generator<T> {
  for (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}
