import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { egxCalendar } from "../../src/market/calendar.ts";
import { type Interval, parseInterval } from "../../src/market/interval.ts";
import type { SilverSeries } from "../../src/quality/silver-bar.ts";
import { realFile } from "../feeds/files.ts";
import { corrupt, type Corruption } from "../support/corrupt.ts";
import { seededRandom } from "../../src/base/random.ts";
import { type Inspected, inspectAll, measure } from "../support/measure-detector.ts";
import { realSeries } from "../support/real-series.ts";

const calendar = egxCalendar();
const daily = realFile("egx-daily.csv.gz");
const minutes = realFile("egx-1min.csv.gz");

interface Clean {
  readonly market: readonly SilverSeries[];
  readonly inspected: Inspected;
  readonly interval: Interval;
}

function clean(path: string, code: string, from: string): Clean {
  const interval = parseInterval(code);
  const market = realSeries(path, from);
  return { market, interval, inspected: inspectAll(market, { interval, calendar }) };
}

/** At the least, in hundredths: what is found, and what of it is right. */
const dailyGoals: readonly (readonly [Corruption, number, number])[] = [
  ["doubled", 300, 99],
  ["copied-day", 5, 99],
  ["scaled", 300, 99],
  ["zero", 300, 100],
  ["provisional", 100, 100],
];
const minuteGoals: readonly (readonly [Corruption, number, number])[] = [
  ["shifted", 60, 99],
  ["copied-day", 60, 95],
  ["scaled", 300, 99],
  ["zero", 300, 100],
  ["provisional", 8, 100],
];

suite("defects of real daily bars", { skip: daily.skip }, () => {
  const real = daily.skip === false ? clean(daily.path, "1d", "2024-06-01") : null;

  test("dropped bars are found wherever one is to be expected", () => {
    assert.ok(real !== null);
    const found = measured(real, "dropped", 300);
    assert.ok(found.expected.injected > 250, `${found.expected.injected} bars were expected`);
    assert.ok(found.expected.found / found.expected.injected >= 0.99, JSON.stringify(found));
    assert.ok(found.precision >= 0.99, JSON.stringify(found));
  });

  for (const [kind, count, goal] of dailyGoals) {
    test(`${kind}: recall and precision are ${goal} % at the least`, () => {
      assert.ok(real !== null);
      const found = measured(real, kind, count);
      assert.ok(found.injected >= count * 0.8, JSON.stringify(found));
      assert.ok(found.recall * 100 >= goal, JSON.stringify(found));
      assert.ok(found.precision * 100 >= 99, JSON.stringify(found));
    });
  }

  test("the same seed corrupts the same bars, another one others", () => {
    assert.ok(real !== null);
    const { market, interval } = real;
    const copy = (seed: string): string =>
      JSON.stringify(
        corrupt(market.slice(0, 20), {
          kind: "doubled",
          interval,
          calendar,
          count: 20,
          random: seededRandom(seed),
        }).places,
      );
    assert.equal(copy("a"), copy("a"));
    assert.notEqual(copy("a"), copy("b"));
  });
});

suite("defects of real 1-minute bars", { skip: minutes.skip }, () => {
  const real = minutes.skip === false ? clean(minutes.path, "1m", "2025-03-01") : null;

  for (const [kind, count, goal] of minuteGoals) {
    test(`${kind}: recall is ${goal} %, precision 99 % at the least`, () => {
      assert.ok(real !== null);
      const found = measured(real, kind, count);
      assert.ok(found.injected >= count * 0.8, JSON.stringify(found));
      assert.ok(found.recall * 100 >= goal, JSON.stringify(found));
      assert.ok(found.precision * 100 >= 99, JSON.stringify(found));
    });
  }

  test("doubled bars are found where chance does not explain them", () => {
    assert.ok(real !== null);
    const found = measured(real, "doubled", 300);
    assert.ok(found.recall >= 0.75, JSON.stringify(found));
    assert.ok(found.precision >= 0.99, JSON.stringify(found));
  });
});

function measured(real: Clean, kind: Corruption, count: number): ReturnType<typeof measure> {
  const { market, inspected, interval } = real;
  return measure(market, inspected, { kind, interval, calendar, seed: "test", count });
}
