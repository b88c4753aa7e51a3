import { systemClock } from "../../src/base/clock.ts";

/** Waits until `holds`; fails, with `what`, only when it does not come about at all. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const giveUpMs = systemClock.monotonicMs() + timeoutMs;
  while (!(await holds())) {
    if (systemClock.monotonicMs() > giveUpMs) throw new Error(`never came about: ${what}`);
    await systemClock.sleep(25);
  }
}
