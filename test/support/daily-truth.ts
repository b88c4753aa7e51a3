import { type Bar, startOfPeriod } from "../../src/market/bar.ts";
import { dayOfDate } from "../../src/market/cairo-time.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { unitsBetween } from "../../src/quality/units.ts";

const daily = parseInterval("1d");

/** Daily bars of `SYM0` and so on, on every session from one date to another, both inclusive. */
export function dailyTruth(of: {
  readonly symbols: number;
  readonly from: string;
  readonly to: string;
  readonly source: string;
}): readonly Bar[] {
  const span = {
    from: dayOfDate(Temporal.PlainDate.from(of.from)),
    to: dayOfDate(Temporal.PlainDate.from(of.to)),
  };
  return unitsBetween(egxCalendar(), daily, span).flatMap(({ day, closeMs }) =>
    Array.from({ length: of.symbols }, (_, number): Bar => {
      const close = 10 + number + (day % 11) / 10;
      return {
        symbol: `SYM${number}`,
        exchange: "EGX",
        interval: daily,
        startMs: startOfPeriod(daily, day),
        open: close - 0.1,
        high: close + 1,
        low: close - 1,
        close,
        volume: 1000 + day + number,
        ingestedMs: closeMs + 3_600_000,
        final: true,
        source: of.source,
        currency: "EGP",
        adjusted: "splits",
      };
    }),
  );
}
