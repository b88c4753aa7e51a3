import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { egxCalendar } from "../../src/market/calendar.ts";
import {
  continuousMsBetween,
  isMarketOpen,
  marketMsBefore,
  marketMsBetween,
} from "../../src/market/market-time.ts";

const calendar = egxCalendar();
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const at = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime("Africa/Cairo").epochMilliseconds;
const between = (from: string, to: string): number =>
  marketMsBetween(calendar, at(from), at(to)) / minuteMs;

test("a regular session has 270 minutes, one of Ramadan 210", () => {
  assert.equal(between("2025-11-24T00:00", "2025-11-25T00:00"), 270);
  assert.equal(between("2025-03-10T00:00", "2025-03-11T00:00"), 210);
  assert.equal(between("2025-11-24T11:00", "2025-11-24T11:30"), 30);
});

test("continuous trading ends with the closing auction's begin", () => {
  const day = [at("2025-11-24T00:00"), at("2025-11-25T00:00")] as const;
  assert.equal(continuousMsBetween(calendar, ...day), 255 * minuteMs);
  assert.equal(
    continuousMsBetween(calendar, at("2025-11-24T14:15"), at("2025-11-25T10:00")),
    0,
    "the auction and the night",
  );
});

test("nights, weekends, holidays and the nights of daylight saving have none", () => {
  assert.equal(between("2025-11-24T14:30", "2025-11-25T10:00"), 0);
  assert.equal(between("2025-11-20T14:30", "2025-11-23T10:00"), 0, "Thursday to Sunday");
  assert.equal(between("2025-03-30T00:00", "2025-04-02T00:00"), 0, "Eid al-Fitr");
  assert.equal(between("2025-04-24T14:30", "2025-04-27T10:00"), 0, "clocks go forward");
  assert.equal(between("2025-10-30T14:30", "2025-11-02T10:00"), 0, "clocks go back");
  assert.equal(between("2025-04-22T14:29", "2025-04-23T10:02"), 3);
});

const instants = fc.integer({ min: at("2024-01-01T00:00"), max: at("2026-12-31T00:00") });

test("market time adds up, never exceeds time, and is the sum of the open minutes", () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 20 * 24 * 60 }), (fromMs, minutes) => {
      const startMs = fromMs - (fromMs % minuteMs);
      const endMs = startMs + minutes * minuteMs;
      const whole = marketMsBetween(calendar, startMs, endMs);
      let open = 0;
      for (let ms = startMs; ms < endMs; ms += minuteMs) open += Number(isMarketOpen(calendar, ms));
      assert.equal(whole, open * minuteMs);
      assert.equal(marketMsBetween(calendar, endMs + 1, startMs), 0);
    }),
    { numRuns: 100 },
  );
});

test("marketMsBefore is the latest instant at that distance", () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 1, max: 40 * hourMs }), (nowMs, marketMs) => {
      const beforeMs = marketMsBefore(calendar, nowMs, marketMs);
      assert.equal(marketMsBetween(calendar, beforeMs, nowMs), marketMs);
      assert.ok(marketMsBetween(calendar, beforeMs + 1, nowMs) < marketMs);
    }),
  );
});
