import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Bar } from "../../src/market/bar.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { limitsOn, type Market } from "../../src/market/limits.ts";
import { intervalByCode, type Interval } from "../../src/market/interval.ts";
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

test("an unadjusted price between two ticks is suspect, an adjusted one is not", () => {
  const flat = (price: number): Partial<Bar> => ({
    open: price,
    high: price,
    low: price,
    close: price,
    adjusted: "none",
  });
  const cases = [
    [flat(10.5), []],
    [flat(10.505), ["off-tick"]],
    [flat(104.33), []],
    [flat(98_765.43), []],
    [flat(1.234), []],
    [flat(1.2345), ["off-tick"]],
    // The list of shares with the fine tick is reviewed weekly.
    [flat(2.203), []],
    [{ ...flat(10.505), adjusted: "splits" }, []],
    [{ ...flat(10.505), adjusted: "dividends" }, []],
    [{ ...flat(10.505), currency: "USD" }, ["off-tick"]],
    [{ ...flat(10.505), currency: "EUR" }, []],
    [{ ...flat(31_234.567), symbol: "EGX30" }, []],
    [{ ...flat(10.5), open: null, low: 10.499 }, ["off-tick"]],
  ] as const;
  for (const [change, rules] of cases) assert.deepEqual(suspectRules(someBar(change)), rules);
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 100_000, noNaN: true }), (price) => {
      assert.deepEqual(suspectRules(someBar(flat(roundToTick(price)))), []);
    }),
  );
});

test("an intraday bar begins on a multiple of its length, and inside the session", () => {
  const calendar = egxCalendar();
  const at = (code: string, time: string): readonly string[] => {
    const startMs = Date.parse(time);
    return suspectRules(someBar({ interval: interval(code), startMs }), { calendar });
  };
  const cases = [
    ["1m", "2025-11-24T10:00:00+02:00", []],
    ["1m", "2025-11-24T10:00:30+02:00", ["misaligned"]],
    ["5m", "2025-11-24T09:58:00+02:00", ["misaligned"]],
    ["1m", "2025-11-24T09:59:00+02:00", ["outside-session"]],
    ["1m", "2025-11-24T14:15:00+02:00", []],
    ["1m", "2025-11-24T14:29:00+02:00", []],
    ["1m", "2025-11-24T14:30:00+02:00", ["outside-session"]],
    ["1h", "2025-11-24T10:00:00+02:00", []],
    ["1h", "2025-11-24T09:00:00+02:00", ["outside-session"]],
    // Ramadan; the same clock time is inside a month later.
    ["1m", "2025-03-04T13:45:00+02:00", ["outside-session"]],
    ["1m", "2025-04-08T13:45:00+02:00", []],
    // The hour by which daylight saving moves the session.
    ["1m", "2025-07-07T09:30:00+02:00", []],
    ["1m", "2025-07-07T14:15:00+02:00", ["outside-session"]],
  ] as const;
  for (const [code, time, rules] of cases) assert.deepEqual(at(code, time), rules, time);
});

test("a bar of a day that was closed is suspect, of one that may be closed it is not", () => {
  const calendar = egxCalendar();
  const on = (code: string, date: string): readonly string[] => {
    const startMs = Date.parse(`${date}T10:00:00+02:00`);
    return suspectRules(someBar({ interval: interval(code), startMs }), { calendar });
  };
  assert.deepEqual(on("1d", "2025-07-08"), ["closed-day"]);
  assert.deepEqual(on("15m", "2025-07-08"), ["closed-day"]);
  assert.deepEqual(on("1d", "2025-07-11"), ["closed-day"]);
  assert.deepEqual(on("1d", "2025-07-09"), []);
  assert.deepEqual(on("1w", "2025-03-30"), []);
  // Expected or the moon's: a bar shows that the exchange was open after all.
  for (const date of ["2026-10-08", "2027-03-10"]) assert.deepEqual(on("1d", date), []);
  // Outside of what is known nothing is said.
  for (const date of ["1999-01-01", "2030-01-04"]) assert.deepEqual(on("1d", date), []);
  // Without a calendar too.
  assert.deepEqual(suspectRules(someBar({ startMs: Date.parse("2025-07-08T08:00:00Z") })), []);
});

test("prices are held to the limits of their date, market and adjustment", () => {
  const rules = (
    date: string,
    change: Partial<Bar>,
    context: { previousClose: number; market?: Market },
  ): readonly string[] => {
    const startMs = Date.parse(`${date}T10:00:00+02:00`);
    const bar = someBar({ startMs, open: 10, low: 10, close: 10, adjusted: "none", ...change });
    return suspectRules(bar, context);
  };
  const beyond = ["beyond-price-limit"];
  assert.deepEqual(rules("2025-11-24", { high: 12 }, { previousClose: 10 }), []);
  assert.deepEqual(rules("2025-11-24", { high: 12.01 }, { previousClose: 10 }), beyond);
  assert.deepEqual(rules("2025-11-24", { high: 10 }, { previousClose: 12.51 }), beyond);
  assert.deepEqual(rules("2021-09-02", { high: 11.01 }, { previousClose: 10 }), beyond);
  assert.deepEqual(rules("2021-09-05", { high: 11.01 }, { previousClose: 10 }), []);
  assert.deepEqual(rules("2010-06-01", { high: 12 }, { previousClose: 10 }), []);
  const sme = { previousClose: 10, market: "sme" } as const;
  assert.deepEqual(rules("2025-11-24", { high: 11 }, sme), []);
  assert.deepEqual(rules("2025-11-24", { high: 11.01 }, sme), beyond);
  assert.deepEqual(rules("2020-11-24", { high: 10.51 }, sme), beyond);
  // Adjusting rounds a price and its previous close apart.
  const adjusted = { high: 12.03, adjusted: "splits" } as const;
  assert.deepEqual(rules("2025-11-24", adjusted, { previousClose: 10 }), []);
  assert.deepEqual(rules("2025-11-24", { ...adjusted, high: 12.1 }, { previousClose: 10 }), beyond);
  const week = { high: 20, interval: interval("1w") };
  assert.deepEqual(rules("2025-11-23", week, { previousClose: 10 }), []);
});

test("the limits and halts of a date", () => {
  assert.deepEqual(limitsOn("2021-09-04").priceShare, { main: 0.1, sme: 0.05 });
  assert.deepEqual(limitsOn("2021-09-05").priceShare, { main: 0.2, sme: 0.1 });
  assert.equal(limitsOn("2011-01-27").priceShare.main, 0.2);
  assert.equal(limitsOn("2011-03-23").priceShare.main, 0.1);
  assert.deepEqual(limitsOn("2020-03-17").halt, { share: 0.05, minutes: 10 });
  assert.deepEqual(limitsOn("2025-11-24").halt, { share: 0.1, minutes: 10 });
  assert.deepEqual(limitsOn("2025-11-24").marketHalts.at(-1), { share: 0.2, minutes: null });
});

function interval(code: string): Interval {
  const found = intervalByCode(code);
  assert.ok(found !== undefined, code);
  return found;
}

function decimals(price: number): number {
  return String(price).split(".")[1]?.length ?? 0;
}

function someBar(change: Partial<Bar>): Bar {
  return {
    symbol: "COMI",
    exchange: "EGX",
    interval: interval("1d"),
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
