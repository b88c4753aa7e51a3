import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Bar } from "../../src/market/bar.ts";
import { intervalByCode } from "../../src/market/interval.ts";
import { priceLimits, roundToTick, suspectRules, tickSize } from "../../src/market/rules.ts";

test("ticks are 0.01 from 2.00 up and 0.001 below", () => {
  for (const [price, tick] of [
    [0.1, 0.001],
    [1.999, 0.001],
    [2, 0.01],
    [500, 0.01],
  ] as const) {
    assert.equal(tickSize(price), tick);
  }
});

test("prices go to the nearest tick, written as people write them", () => {
  const cases = [
    [2.344, 2.34],
    [2.345, 2.35],
    [8.615, 8.62],
    [10.075, 10.08],
    [1.0005, 1.001],
    [1.9996, 2],
    [1.9994, 1.999],
    [0.0001, 0.001],
    [1.1, 1.1],
    [4.35, 4.35],
    [1234.567, 1234.57],
  ] as const;
  for (const [price, rounded] of cases) assert.equal(roundToTick(price), rounded, String(price));
});

test("a rounded price is on a tick, near, and stays where it is", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 100_000, noNaN: true }), (price) => {
      const rounded = roundToTick(price);
      assert.equal(roundToTick(rounded), rounded);
      assert.ok(Math.abs(rounded - price) <= tickSize(price) / 2 + 1e-6);
      assert.ok(decimals(rounded) <= (rounded >= 2 ? 2 : 3), String(rounded));
    }),
    { numRuns: 2000 },
  );
});

test("limits are 20 % either way, on ticks inside", () => {
  const cases = [
    [10, 8, 12],
    [104.33, 83.47, 125.19],
    [2.01, 1.608, 2.41],
    [1.67, 1.336, 2],
    [0.35, 0.28, 0.42],
    [0.001, 0.001, 0.001],
  ] as const;
  for (const [close, low, high] of cases) {
    assert.deepEqual(priceLimits(close), { low, high }, String(close));
  }
});

test("limits never exceed 20 %, and miss it by less than a tick", () => {
  const closes = fc
    .integer({ min: 100, max: 10_000_000 })
    .map((mills) => roundToTick(mills / 1000));
  fc.assert(
    fc.property(closes, (close) => {
      const { low, high } = priceLimits(close);
      assert.ok(low >= close * 0.8 - 1e-6 && low < close * 0.8 + tickSize(low));
      assert.ok(high <= close * 1.2 + 1e-6 && high > close * 1.2 - tickSize(high));
      assert.deepEqual([roundToTick(low), roundToTick(high)], [low, high]);
    }),
    { numRuns: 2000 },
  );
});

test("a bar is suspect for an open or a close outside its range", () => {
  const cases = [
    [{}, []],
    [{ open: 10, close: 11 }, []],
    [{ open: 9.99 }, ["open-outside-range"]],
    [{ open: 11.01 }, ["open-outside-range"]],
    [{ close: 9 }, ["close-outside-range"]],
    [{ open: 12, close: 12 }, ["open-outside-range", "close-outside-range"]],
    [{ open: null, high: null, low: null, close: 99 }, []],
    [{ high: null, open: 12, close: 9 }, ["close-outside-range"]],
    [{ low: null, open: 12, close: 9 }, ["open-outside-range"]],
  ] as const;
  for (const [change, rules] of cases) assert.deepEqual(suspectRules(someBar(change)), rules);
});

function decimals(price: number): number {
  return String(price).split(".")[1]?.length ?? 0;
}

function someBar(change: Partial<Bar>): Bar {
  const interval = intervalByCode("1d");
  assert.ok(interval !== undefined);
  return {
    symbol: "COMI",
    exchange: "EGX",
    interval,
    startMs: Date.UTC(2025, 10, 24, 8),
    open: 10.5,
    high: 11,
    low: 10,
    close: 10.5,
    volume: null,
    ingestedMs: Date.UTC(2025, 10, 24, 15),
    final: true,
    source: "tradingview",
    currency: "EGP",
    adjusted: "splits",
    ...change,
  };
}
