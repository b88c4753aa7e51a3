import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { SimulatedExchange } from "../../src/feeds/simulator-exchange.ts";
import type { Candle } from "../../src/feeds/simulator-session.ts";
import { simulatedUniverse, symbolsMax } from "../../src/feeds/simulator-universe.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { priceLimits, roundToTick } from "../../src/market/rules.ts";
import { isSymbol } from "../../src/market/symbol.ts";

const exchange = new SimulatedExchange("sessions", 230, egxCalendar());
const first = exchange.calendar.atOrAfter(Temporal.PlainDate.from("2024-01-01"));
const sessions = 60;

/** One symbol's day, and the close before it. */
interface Day {
  readonly symbol: string;
  readonly base: number;
  readonly candles: readonly Candle[];
}

/** Every symbol's days of some sessions, bases found from the closes that were published. */
function daysOf(from: number, count: number): readonly Day[] {
  const closes = new Map<string, number>();
  const days: Day[] = [];
  for (let place = from; place < from + count; place += 1) {
    const session = exchange.session(place);
    for (const symbol of exchange.universe) {
      const candles = session.candles(symbol);
      const base = closes.get(symbol.symbol);
      if (base !== undefined) days.push({ symbol: symbol.symbol, base, candles });
      const close = candles.at(-1)?.close;
      if (close !== undefined) closes.set(symbol.symbol, close);
    }
  }
  return days;
}

const days = daysOf(first, sessions);
const continuous = (candle: Candle): boolean => candle.minute < 255;

test("tickers are safe, made up, and there are enough of them", { skip: noListings() }, () => {
  const universe = simulatedUniverse("sessions", symbolsMax);
  const tickers = new Set(universe.map(({ symbol }) => symbol));
  assert.equal(tickers.size, symbolsMax);
  for (const ticker of tickers) assert.ok(isSymbol(ticker));
  for (const ticker of listedTickers()) assert.ok(!tickers.has(ticker), `${ticker} is a real one`);
});

test("prices are on ticks and within a fifth of the close before", () => {
  for (const { symbol, base, candles } of days) {
    const { low, high } = priceLimits(base);
    for (const candle of candles) {
      for (const price of [candle.open, candle.high, candle.low, candle.close]) {
        assert.equal(roundToTick(price), price, `${symbol} ${price}`);
        assert.ok(price >= low && price <= high, `${symbol} ${price} of ${base}`);
      }
    }
  }
});

test("highs are the highest, lows the lowest, volumes whole shares", () => {
  for (const { candles } of days) {
    for (const { open, high, low, close, volume } of candles) {
      assert.ok(high >= Math.max(open, close) && low <= Math.min(open, close) && low > 0);
      assert.ok(Number.isSafeInteger(volume) && volume > 0);
    }
  }
});

test("trades are in continuous trading, at the auction's print and at the close alone", () => {
  for (const { candles } of days) {
    let last = -1;
    for (const { minute } of candles) {
      assert.ok(minute > last, "each minute once, ascending");
      assert.ok((minute >= 0 && minute < 255) || (minute >= 265 && minute < 270), `${minute}`);
      last = minute;
    }
  }
});

test("before there was an auction, continuous trading ends the session", () => {
  const place = exchange.calendar.atOrAfter(Temporal.PlainDate.from("2020-02-03"));
  const early = daysOf(place, 3).flatMap(({ candles }) => candles);
  assert.ok(early.some(({ minute }) => minute === 269));
  assert.ok(early.some(({ minute }) => minute === 260));
  assert.ok(early.every(({ minute }) => minute < 270));
});

test("the auction's print is large, at one price, and everything after it is at that price", () => {
  const printed = days.filter(({ candles }) => candles.some(({ minute }) => minute === 265));
  assert.ok(printed.length > days.length / 2);
  let larger = 0;
  for (const { candles } of printed) {
    const print = candles.find(({ minute }) => minute === 265);
    const atClose = candles.filter((candle) => !continuous(candle));
    for (const { open, high, low, close } of atClose) {
      assert.deepEqual(
        [open, high, low, close],
        Array.from({ length: 4 }, () => print?.close),
      );
    }
    const volumes = candles.filter(continuous).map(({ volume }) => volume);
    const usual = volumes.toSorted((a, b) => a - b)[Math.floor(volumes.length / 2)] ?? 0;
    if ((print?.volume ?? 0) > 5 * usual) larger += 1;
  }
  assert.ok(larger > printed.length / 2, `${larger} of ${printed.length}`);
});

test("a price a tenth away from the base stops trading for ten minutes, once a day", () => {
  let halts = 0;
  for (const { symbol, base, candles } of days) {
    const trigger = candles.find(({ high, low }) => high >= base * 1.1 || low <= base * 0.9);
    if (trigger === undefined || !continuous(trigger)) continue;
    const during = candles.filter(
      (candle) =>
        continuous(candle) &&
        candle.minute > trigger.minute &&
        candle.minute <= trigger.minute + 10,
    );
    assert.deepEqual(during, [], `${symbol} goes on trading`);
    if (candles.some((candle) => candle.minute > trigger.minute + 10)) halts += 1;
  }
  assert.ok(halts > 20, `${halts} halts that ended`);
});

test("some days end at a limit, hardly any", () => {
  const limited = days.filter(({ base, candles }) => {
    const close = candles.at(-1)?.close;
    const { low, high } = priceLimits(base);
    return close === low || close === high;
  });
  assert.ok(limited.length > 0 && limited.length < days.length / 100, `${limited.length}`);
});

test("volume is highest at the opening, low about noon, and rises before the close", () => {
  const volumes = new Float64Array(270);
  // The busiest alone: others have too few minutes to show a shape.
  const busy = new Set(exchange.universe.slice(0, 30).map(({ symbol }) => symbol));
  for (const { symbol, candles } of days) {
    if (!busy.has(symbol)) continue;
    for (const { minute, volume } of candles) volumes[minute] = (volumes[minute] ?? 0) + volume;
  }
  const mean = (from: number, to: number): number =>
    volumes.slice(from, to).reduce((sum, volume) => sum + volume, 0) / (to - from);
  assert.ok((volumes[0] ?? 0) > 3 * mean(1, 10));
  assert.ok(mean(1, 20) > 1.5 * mean(100, 160));
  assert.ok(mean(240, 255) > 1.2 * mean(100, 160));
});

test("some symbols trade in nearly every minute, some a handful of times, some not at all", () => {
  const counts = [...Map.groupBy(days, ({ symbol }) => symbol).values()].map(
    (own) => own.reduce((sum, { candles }) => sum + candles.length, 0) / own.length,
  );
  assert.ok(counts.filter((count) => count > 240).length >= 20);
  assert.ok(counts.filter((count) => count < 5).length >= 20);
  assert.ok(days.some(({ candles }) => candles.length === 0));
});

test("symbols move with the market", () => {
  const returns = Map.groupBy(days, ({ symbol }) => symbol);
  const busy = exchange.universe.slice(0, 60);
  const paths = busy.map(({ symbol }) =>
    (returns.get(symbol) ?? []).map(
      ({ base, candles }) => (candles.at(-1)?.close ?? base) / base - 1,
    ),
  );
  const market = paths[0]?.map((_, day) => average(paths.map((path) => path[day] ?? 0))) ?? [];
  const together = average(paths.map((path) => correlation(path, market)));
  assert.ok(together > 0.25 && together < 0.9, `${together}`);
});

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correlation(one: readonly number[], other: readonly number[]): number {
  const [meanOne, meanOther] = [average(one), average(other)];
  const product = average(
    one.map((value, at) => (value - meanOne) * ((other[at] ?? 0) - meanOther)),
  );
  const deviation = (values: readonly number[], mean: number): number =>
    Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
  return product / (deviation(one, meanOne) * deviation(other, meanOther));
}

function listingsPath(): string {
  const folder = process.env["EGX_SHARED"] ?? join(import.meta.dirname, "../../../shared");
  return join(folder, "market/symbols.csv");
}

function noListings(): string | false {
  return existsSync(listingsPath()) ? false : `there is no ${listingsPath()} (see CONTRIBUTING)`;
}

function listedTickers(): readonly string[] {
  const lines = readFileSync(listingsPath(), "utf8").split("\n").slice(1);
  return lines.map((line) => line.slice(0, line.indexOf(",")));
}
