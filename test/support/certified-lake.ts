import type { TestContext } from "node:test";
import { startOfPeriod } from "../../src/market/bar.ts";
import { dateText } from "../../src/market/cairo-time.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import type { SilverSeries } from "../../src/quality/silver-bar.ts";
import { unitsBetween } from "../../src/quality/units.ts";
import { certifyAt } from "./certify-at.ts";
import { barsOf, packedLake } from "./packed-lake.ts";
import type { TestLake } from "./silver-lake.ts";

const daily = parseInterval("1d");
const dayOf = (date: string): number => Date.parse(date) / 86_400_000;

/**
 * Ten symbols that trade on every session until 2025-11-24, but for SYM0, which lacks that one;
 * certified on the morning after it.
 */
export async function certifiedLake(t: TestContext): Promise<TestLake> {
  const span = { from: dayOf("2025-06-01"), to: dayOf("2025-11-24") };
  const units = unitsBetween(egxCalendar(), daily, span);
  const market = Array.from({ length: 10 }, (_, at): SilverSeries => {
    const held = units.filter(({ day }) => at > 0 || dateText(day) !== "2025-11-24");
    const bars = held.map(({ day }) => {
      const startMs = startOfPeriod(daily, day);
      return {
        startMs,
        open: 10 + at,
        high: 12 + at,
        low: 9 + at,
        close: 10 + at + (day % 10) / 10,
        volume: 1_000 + day,
        final: true,
        ingestedMs: startMs + 86_400_000,
        suspect: 0,
        origin: null,
        object: "",
      };
    });
    return { exchange: "EGX", symbol: `SYM${at}`, bars };
  });
  const lake = await packedLake(t, barsOf(market, daily));
  await certifyAt(lake, "2025-11-25T06:00:00Z");
  return lake;
}
