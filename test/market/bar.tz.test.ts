import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  barContent,
  barDate,
  barKey,
  barStartMs,
  sourceKind,
  startOfPeriod,
  type Bar,
} from "../../src/market/bar.ts";
import { cairoDayOf } from "../../src/market/cairo-time.ts";
import { intervalByCode, type Interval } from "../../src/market/interval.ts";
import { anyBar } from "./bars.ts";

test("a bar of days starts at 10:00 in Cairo of its period's first day", () => {
  const instants = fc.integer({ min: Date.UTC(1990, 0, 8), max: Date.UTC(2099, 11, 31) });
  fc.assert(
    fc.property(instants, (epochMs) => {
      const date = Temporal.Instant.fromEpochMilliseconds(epochMs)
        .toZonedDateTimeISO("Africa/Cairo")
        .toPlainDate();
      const firsts = [
        ["1d", date],
        ["1w", date.subtract({ days: date.dayOfWeek % 7 })],
        ["1mo", date.with({ day: 1 })],
      ] as const;
      for (const [code, first] of firsts) {
        const ten = first.toZonedDateTime({ timeZone: "Africa/Cairo", plainTime: "10:00" });
        assert.equal(barStartMs(interval(code), epochMs), ten.epochMilliseconds, code);
        assert.equal(startOfPeriod(interval(code), cairoDayOf(epochMs)), ten.epochMilliseconds);
      }
      assert.equal(barStartMs(interval("5m"), epochMs), epochMs);
    }),
  );
});

test("a start is its own start, and its date is Cairo's", () => {
  fc.assert(
    fc.property(anyBar, (bar) => {
      assert.equal(barStartMs(bar.interval, bar.startMs), bar.startMs);
      const zoned = Temporal.Instant.fromEpochMilliseconds(bar.startMs).toZonedDateTimeISO(
        "Africa/Cairo",
      );
      assert.equal(barDate(bar), zoned.toPlainDate().toString());
    }),
  );
});

test("bars are the same bar if and only if what identifies them agrees", () => {
  fc.assert(
    fc.property(anyBar, anyBar, (one, other) => {
      assert.equal(barKey(one) === barKey(other), sameIdentity(one, other));
      const revision = { ...other, ...identityOf(one), startMs: one.startMs };
      assert.equal(barKey(revision), barKey(one));
      assert.notEqual(barKey({ ...one, startMs: one.startMs + 1 }), barKey(one));
    }),
  );
});

test("the content tells any two revisions apart, and forgets when they came", () => {
  fc.assert(
    fc.property(anyBar, anyBar, (one, other) => {
      const { open, high, low, close, volume, final } = other;
      const revision = { ...one, open, high, low, close, volume, final };
      const same =
        one.open === open &&
        one.high === high &&
        one.low === low &&
        one.close === close &&
        one.volume === volume &&
        one.final === final;
      assert.equal(barContent(one) === barContent(revision), same);
      assert.equal(barContent({ ...one, ingestedMs: 0, source: "x" }), barContent(one));
      assert.notEqual(barContent({ ...one, final: !one.final }), barContent(one));
    }),
  );
});

test("the kind of a source is what stands before the colon", () => {
  assert.equal(sourceKind("tradingview"), "tradingview");
  assert.equal(sourceKind("csv:a:b.csv"), "csv");
  assert.equal(sourceKind("kaggle:owner/set"), "kaggle");
});

function identityOf(bar: Bar): Pick<Bar, "exchange" | "symbol" | "interval" | "adjusted"> {
  const { exchange, symbol, interval: length, adjusted } = bar;
  return { exchange, symbol, interval: length, adjusted };
}

function sameIdentity(one: Bar, other: Bar): boolean {
  return (
    one.exchange === other.exchange &&
    one.symbol === other.symbol &&
    one.interval === other.interval &&
    one.adjusted === other.adjusted &&
    one.startMs === other.startMs
  );
}

function interval(code: string): Interval {
  const found = intervalByCode(code);
  assert.ok(found !== undefined, code);
  return found;
}
