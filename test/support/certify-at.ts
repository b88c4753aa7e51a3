import { type Clock, systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { certify, type CertifySummary } from "../../src/quality/certify.ts";
import type { TestLake } from "./silver-lake.ts";

/** The system's clock, standing at an instant. */
export function clockAt(text: string): Clock {
  const nowMs = Temporal.Instant.from(text).epochMilliseconds;
  return { ...systemClock, nowMs: () => nowMs };
}

/** Certifies what silver holds, as at an instant; `lake` may stand before the test's own. */
export function certifyAt(
  testLake: TestLake,
  at: string,
  lake = testLake.lake,
): Promise<CertifySummary> {
  const { scratchFolder } = testLake;
  const random = seededRandom(1);
  return certify({ lake, scratchFolder, calendar: egxCalendar(), clock: clockAt(at), random });
}
