import type { Clock } from "../../../src/base/clock.ts";
import { useEffect, useState } from "../view.ts";

/** This browser's time, epoch milliseconds; the component is drawn again with every second. */
export function useNow(clock: Clock): number {
  const [nowMs, setNowMs] = useState(clock.nowMs());
  useEffect(() => {
    const ended = new AbortController();
    const tick = async (): Promise<void> => {
      for (;;) {
        setNowMs(clock.nowMs());
        await clock.sleep(1000 - (clock.nowMs() % 1000), ended.signal);
      }
    };
    tick().catch(() => undefined);
    return () => ended.abort();
  }, [clock]);
  return nowMs;
}
