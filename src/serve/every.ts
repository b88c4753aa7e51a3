import type { Clock } from "../base/clock.ts";

/** Runs `work` again and again until the signal aborts; it gives how long to wait then. */
export async function every(
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<number>,
): Promise<void> {
  const aborted = (): boolean => signal.aborted;
  while (!aborted()) {
    const waitMs = await work();
    try {
      await clock.sleep(waitMs, signal);
    } catch (error) {
      if (!aborted()) throw error;
    }
  }
}
