import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { Freshness } from "../../src/serve/freshness.ts";
import type { BarTally } from "../../src/telemetry/events.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";

const calendar = egxCalendar();
const minuteMs = 60_000;
const at = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime("Africa/Cairo").epochMilliseconds;
const openMs = at("2025-11-24T10:00");

function freshnessFrom(startedMs: number, followed: "1m" | null): Freshness {
  return new Freshness({
    calendar,
    startedMs,
    followed: followed === null ? null : parseInterval(followed),
    dueSeconds: { log: 10, lake: 30 },
  });
}

function bars(startMs: number, symbols: readonly string[] = ["COMI"]): BarTally {
  const newest = new Map(symbols.map((symbol) => [symbol, startMs]));
  return new Map([["1m", { newest, starts: new Set([startMs]) }]]);
}

async function valuesOf(freshness: Freshness, nowMs: number): Promise<ReadonlyMap<string, number>> {
  const metrics = new Metrics();
  freshness.report(metrics, nowMs);
  const { text } = await metrics.text("prometheus");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ""), Number(line.split(" ").at(-1))]));
}

const log = '{stage="log",interval="1m"}';

suite("freshness", () => {
  test("is counted from the end of the newest bar, in seconds and in market seconds", async () => {
    const freshness = freshnessFrom(openMs, null);
    freshness.arrived("log", bars(at("2025-11-24T14:29")), at("2025-11-24T14:30:05"));
    const next = await valuesOf(freshness, at("2025-11-25T10:01"));
    assert.equal(next.get(`egx_freshness_seconds${log}`), 19.5 * 3600 + 60);
    assert.equal(next.get(`egx_freshness_market_seconds${log}`), 60);
    assert.equal(next.get('egx_freshness_seconds{stage="lake",interval="1m"}'), undefined);
  });

  test("a feed that is followed and gives nothing grows old from the start", async () => {
    const values = await valuesOf(freshnessFrom(openMs, "1m"), openMs + 5 * minuteMs);
    assert.equal(values.get(`egx_freshness_market_seconds${log}`), 300);
    assert.equal(values.get(`egx_symbols_known${log}`), 0);
  });

  test("a symbol is silent after ten market minutes and the feed's delay", async () => {
    const freshness = freshnessFrom(openMs, null);
    freshness.delay(900);
    freshness.arrived("log", bars(openMs, ["COMI", "ETEL"]), openMs);
    freshness.arrived("log", bars(openMs + 5 * minuteMs), openMs);
    const silentAt = async (minutes: number): Promise<number | undefined> => {
      const values = await valuesOf(freshness, openMs + minutes * minuteMs);
      return values.get(`egx_symbols_silent${log}`);
    };
    assert.deepEqual([await silentAt(26), await silentAt(27), await silentAt(32)], [0, 1, 2]);
  });
});

suite("bars that are due", () => {
  test("silence is failure, lateness too; a closed day expects nothing", async () => {
    const freshness = freshnessFrom(openMs, "1m");
    freshness.arrived("log", bars(openMs), openMs + minuteMs + 10_000);
    freshness.arrived("log", bars(openMs + minuteMs), openMs + 2 * minuteMs + 10_001);
    const values = await valuesOf(freshness, openMs + 3 * minuteMs + 10_000);
    assert.equal(values.get('egx_bars_expected_total{stage="log"}'), 3);
    assert.equal(values.get('egx_bars_timely_total{stage="log"}'), 1);
    const closed = await valuesOf(
      freshnessFrom(at("2025-11-21T10:00"), "1m"),
      at("2025-11-22T18:00"),
    );
    assert.equal(closed.get('egx_bars_expected_total{stage="log"}'), 0);
  });

  test("a whole day is counted once, however often one looks", async () => {
    const freshness = freshnessFrom(at("2025-11-24T08:00"), "1m");
    const metrics = new Metrics();
    for (let ms = at("2025-11-24T08:00"); ms < at("2025-11-24T18:00"); ms += 37_000) {
      freshness.report(metrics, ms);
    }
    const { text } = await metrics.text("prometheus");
    // 255 minutes of continuous trading and 5 at the close.
    assert.match(text, /^egx_bars_expected_total\{stage="log"\} 260$/m);
  });

  test("what ended before the start is not expected", async () => {
    const values = await valuesOf(freshnessFrom(openMs + 90_000, "1m"), openMs + 3 * minuteMs);
    assert.equal(values.get('egx_bars_expected_total{stage="log"}'), 1);
  });
});
