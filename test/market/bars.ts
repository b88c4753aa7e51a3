import * as fc from "fast-check";
import { barStartMs, type Bar } from "../../src/market/bar.ts";
import { intervals } from "../../src/market/interval.ts";

/** Valid bars of every kind. */
export const anyBar: fc.Arbitrary<Bar> = fc
  .record({
    symbol: fc.stringMatching(/^[A-Z0-9][A-Z0-9._-]{0,31}$/),
    exchange: fc.stringMatching(/^[A-Z][A-Z0-9_]{0,15}$/),
    interval: fc.constantFrom(...intervals),
    timeMs: fc.integer({ min: Date.UTC(1990, 0, 8), max: Date.UTC(2099, 11, 31, 21) }),
    open: fc.option(price()),
    range: fc.tuple(fc.option(price()), fc.option(price())),
    close: price(),
    volume: fc.option(fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e12, noNaN: true }))),
    ingestedMs: fc.integer({ min: Date.UTC(1990, 0, 2), max: Date.UTC(2099, 11, 31, 21) }),
    final: fc.boolean(),
    source: fc.oneof(
      fc.constantFrom("tradingview", "simulator", "yahoo"),
      fc.string({ maxLength: 180, unit: "grapheme" }).map((rest) => `csv:${rest.slice(0, 190)}`),
    ),
    currency: fc.stringMatching(/^[A-Z]{3}$/),
    adjusted: fc.constantFrom("none", "splits", "dividends"),
  })
  .map(({ timeMs, range: [one, other], volume, ...rest }) =>
    Object.assign(rest, {
      startMs: barStartMs(rest.interval, timeMs),
      high: one === null || other === null ? one : Math.max(one, other),
      low: one === null || other === null ? other : Math.min(one, other),
      // The wire has one zero.
      volume: volume === 0 ? 0 : volume,
    }),
  );

function price(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 1, max: 10_000_000 }).map((mills) => mills / 1000),
    fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
  );
}
