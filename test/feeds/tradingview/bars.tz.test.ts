import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import {
  barsOf,
  delayOfMode,
  isFinal,
  type Row,
  type SeriesFacts,
} from "../../../src/feeds/tradingview/bars.ts";
import { barDate } from "../../../src/market/bar.ts";
import { cairoIsoOf } from "../../../src/market/cairo-time.ts";
import { parseInterval, type IntervalCode } from "../../../src/market/interval.ts";
import { cairoSeconds } from "../../support/tradingview/listings.ts";

const noted = { currency: null, type: "stock", plots: "ohlcv", timezone: "Africa/Cairo" };

function facts(code: IntervalCode, more: Partial<SeriesFacts> = {}): SeriesFacts {
  const interval = parseInterval(code);
  const usual = { adjusted: "splits", delaySeconds: 900, info: noted } as const;
  return { symbol: "COMI", exchange: "EGX", interval, ...usual, ...more };
}

/** Bars of rows that come at an instant, by both clocks. */
function at(iso: string, rows: readonly Row[], of: SeriesFacts): ReturnType<typeof barsOf> {
  const ms = Date.parse(iso);
  return barsOf(rows, of, { serverMs: ms, hostMs: ms });
}

const row = (seconds: number, volume = 100): Row => [seconds, 10, 12, 9, 11, volume];
const seconds = (iso: string): number => Date.parse(iso) / 1000;

suite("bars of rows", () => {
  test("a daily bar's date is Cairo's, whatever hour the feed stamps it with", () => {
    const stamps = [
      // 10:00 in Cairo: 08:00Z in winter, 07:00Z in summer.
      ["2025-01-05T08:00:00Z", "2025-01-05"],
      ["2025-07-06T07:00:00Z", "2025-07-06"],
      // The days around the changes of 2025, on 25 April and 31 October.
      ["2025-04-24T08:00:00Z", "2025-04-24"],
      ["2025-04-27T07:00:00Z", "2025-04-27"],
      ["2025-10-30T07:00:00Z", "2025-10-30"],
      ["2025-11-02T08:00:00Z", "2025-11-02"],
      // Without daylight saving, in 2016-2022.
      ["2020-07-05T08:00:00Z", "2020-07-05"],
      // Midnight in UTC, and in Cairo.
      ["2025-03-09T00:00:00Z", "2025-03-09"],
      ["2025-07-05T21:00:00Z", "2025-07-06"],
    ] as const;
    for (const [stamp, date] of stamps) {
      const { bars } = at("2026-01-01T12:00:00Z", [row(seconds(stamp))], facts("1d"));
      assert.deepEqual(bars.map(barDate), [date], stamp);
      assert.match(cairoIsoOf(bars[0]?.startMs ?? 0), new RegExp(`^${date}T10:00:00`));
    }
  });

  test("an intraday bar is the instant, and Cairo writes it with the offset of its day", () => {
    const stamps = [
      ["2025-04-24T08:00:00Z", "2025-04-24T10:00:00+02:00"],
      ["2025-04-27T07:00:00Z", "2025-04-27T10:00:00+03:00"],
      ["2025-10-30T07:00:00Z", "2025-10-30T10:00:00+03:00"],
      ["2025-11-02T08:00:00Z", "2025-11-02T10:00:00+02:00"],
      // In Ramadan the session ends at 13:30.
      ["2026-03-01T11:29:00Z", "2026-03-01T13:29:00+02:00"],
    ] as const;
    for (const [stamp, wall] of stamps) {
      const { bars } = at("2026-04-01T12:00:00Z", [row(seconds(stamp))], facts("1m"));
      assert.deepEqual(
        bars.map(({ startMs }) => cairoIsoOf(startMs)),
        [wall],
      );
    }
  });

  test("weeks begin on Sunday, months on the first, whatever their first session is", () => {
    const monday = row(seconds("2025-11-24T08:00:00Z"));
    assert.deepEqual(at("2026-01-01T12:00:00Z", [monday], facts("1w")).bars.map(barDate), [
      "2025-11-23",
    ]);
    const second = row(seconds("2025-11-02T08:00:00Z"));
    assert.deepEqual(at("2026-01-01T12:00:00Z", [second], facts("1mo")).bars.map(barDate), [
      "2025-11-01",
    ]);
  });

  test("an intraday bar is final a minute after its close and the delay", () => {
    const start = Date.parse("2026-06-07T07:00:00Z");
    const due = start + 60_000 + 900_000 + 60_000;
    assert.equal(isFinal(start, facts("1m"), due - 1), false);
    assert.equal(isFinal(start, facts("1m"), due), true);
    assert.equal(isFinal(start, facts("1h"), due), false);
    assert.equal(isFinal(start, facts("1m", { delaySeconds: 0 }), due - 900_000), true);
  });

  test("a daily bar is final on the next date in Cairo, and not before its midnight", () => {
    const start = Date.parse("2026-06-07T07:00:00Z");
    assert.equal(isFinal(start, facts("1d"), Date.parse("2026-06-07T20:59:59Z")), false);
    assert.equal(isFinal(start, facts("1d"), Date.parse("2026-06-07T21:00:00Z")), true);
    // In winter midnight comes an hour later.
    const winter = Date.parse("2026-01-04T08:00:00Z");
    assert.equal(isFinal(winter, facts("1d"), Date.parse("2026-01-04T21:59:59Z")), false);
    assert.equal(isFinal(winter, facts("1d"), Date.parse("2026-01-04T22:00:00Z")), true);
  });

  test("a week and a month are final when the next has begun", () => {
    const sunday = Date.parse("2026-06-07T07:00:00Z");
    assert.equal(isFinal(sunday, facts("1w"), Date.parse("2026-06-12T12:00:00Z")), false);
    assert.equal(isFinal(sunday, facts("1w"), Date.parse("2026-06-14T00:00:00Z")), true);
    const first = Date.parse("2026-06-01T07:00:00Z");
    assert.equal(isFinal(first, facts("1mo"), Date.parse("2026-06-30T12:00:00Z")), false);
    assert.equal(isFinal(first, facts("1mo"), Date.parse("2026-07-01T00:00:00Z")), true);
  });

  test("today's placeholder without volume is left out; an index has none to lack", () => {
    const today = seconds("2026-06-07T07:00:00Z");
    const now = "2026-06-07T12:15:00Z";
    for (const placeholder of [row(today, 0), [today, 10, 10, 10, 10], row(today, 1e100)]) {
      assert.deepEqual(at(now, [placeholder], facts("1d")).bars, []);
      const index = facts("1d", { info: { ...noted, type: "index" } });
      assert.equal(at(now, [placeholder], index).bars.length, 1);
      assert.equal(at("2026-06-08T12:15:00Z", [placeholder], facts("1d")).bars.length, 1);
    }
    assert.equal(at(now, [row(today, 5)], facts("1d")).bars.length, 1);
  });

  test("volume that is absent or 1e+100 is null; 0 is 0", () => {
    const start = cairoSeconds("2026-06-07", 600);
    const volumes = [[], [1e100], [null], [0], [7.5]].map((volume) => {
      const { bars } = at("2026-06-09T00:00:00Z", [[start, 1, 1, 1, 1, ...volume]], facts("1m"));
      return bars[0]?.volume;
    });
    assert.deepEqual(volumes, [null, null, null, 0, 7.5]);
  });

  test("prices that are 1e+100 are unknown; a row of nothing is no bar", () => {
    const start = cairoSeconds("2026-06-07", 600);
    const of = facts("1m");
    const { bars } = at("2026-06-09T00:00:00Z", [[start, 1e100, 1e100, 1e100, 5, 1]], of);
    assert.deepEqual(
      bars.map(({ open, high, low, close }) => [open, high, low, close]),
      [[null, null, null, 5]],
    );
    const empty = [start, 1e100, 1e100, 1e100, 1e100, 1e100];
    assert.deepEqual(at("2026-06-09T00:00:00Z", [empty], of), { bars: [], rejected: [] });
  });

  test("a row that is no bar is rejected with the wire's own code", () => {
    const start = cairoSeconds("2026-06-07", 600);
    const rows: Row[] = [
      [start, 10, 9, 11, 10, 1],
      [start, 10, 11, 9, -1, 1],
      ["soon", 10, 11, 9, 10, 1],
      [9e9, 10, 11, 9, 10, 1],
      [start, 10, 11, 9, 10, -5],
    ];
    const { bars, rejected } = at("2026-06-09T00:00:00Z", rows, facts("1m"));
    assert.deepEqual(bars, []);
    assert.deepEqual(
      rejected.map(({ symbol, error }) => [symbol, error.code]),
      [
        ["COMI", "E_BAR_RANGE"],
        ["COMI", "E_BAR_PRICE"],
        ["COMI", "E_BAR_TIME"],
        ["COMI", "E_BAR_TIME"],
        ["COMI", "E_BAR_VOLUME"],
      ],
    );
  });

  test("delays are the update mode's", () => {
    const modes = ["streaming", "delayed_streaming_900", "delayed_streaming_1200", "endofday", ""];
    assert.deepEqual(modes.map(delayOfMode), [0, 900, 1200, 86_400, 900]);
  });

  test("whatever a row holds, it is a valid bar, rejected or nothing", () => {
    const cell = fc.oneof(
      fc.double(),
      fc.integer({ min: 0, max: 2_000_000_000 }),
      fc.constantFrom(null, 1e100, "x", {}),
    );
    const rows = fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.constantFrom<IntervalCode>("1m", "1d", "1w", "1mo"), (list, code) => {
        const { bars, rejected } = at("2026-06-09T00:00:00Z", list, facts(code));
        assert.ok(bars.length + rejected.length <= list.length);
        for (const bar of bars) {
          assert.ok(bar.close > 0 && (bar.low ?? 0) <= (bar.high ?? Infinity));
          assert.ok(bar.volume === null || bar.volume >= 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
