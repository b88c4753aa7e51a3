import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { BarEvent } from "../../src/serve/api/events.ts";
import type { ApiRevision, SessionGap } from "../../src/serve/api/bars.ts";
import { asFirstSeen } from "../../web/src/pages/symbol/first-seen.ts";
import { firstInRange } from "../../web/src/pages/symbol/ranges.ts";
import { layOutSlots, mergeBar, type ShownBar } from "../../web/src/pages/symbol/slots.ts";
import { stripCells } from "../../web/src/pages/symbol/strip.ts";

test("a missing session has an empty place and a band, one without trades a tick, a holiday nothing", () => {
  const bars = [daily("2026-03-01", 10), daily("2026-03-04", 12)];
  const gaps = [gap("2026-03-02", "missing"), gap("2026-03-03", "no-trade")];
  const { slots, bands } = layOutSlots(bars, gaps, false);
  assert.deepEqual(
    slots.map(({ kind }) => kind),
    ["bar", "gap", "no-trade", "bar"],
  );
  assert.deepEqual(
    bands.map(({ kind }) => kind),
    ["missing"],
  );
  const [, , tick] = slots;
  assert.ok(tick?.kind === "no-trade");
  assert.equal(tick.close, 10, "at the close before");
});

test("holes of a session that has bars are bands alone", () => {
  const bars = [minute("2026-03-01T08:00:00Z", 10), minute("2026-03-01T08:10:00Z", 11)];
  const parts = [{ from: "2026-03-01T08:01:00Z", to: "2026-03-01T08:09:00Z" }];
  const { slots, bands } = layOutSlots(
    bars,
    [{ date: "2026-03-01", state: "degraded", parts, defects: [] }],
    true,
  );
  assert.equal(slots.length, 2);
  assert.equal(bands.length, 1);
  assert.equal((bands[0]?.to ?? 0) - (bands[0]?.from ?? 0), 480);
});

test("intraday bars stand at Cairo's wall clock in July and in December", () => {
  const bars = [minute("2026-07-15T07:00:00Z", 1), minute("2026-12-15T08:00:00Z", 1)];
  const hours = layOutSlots(bars, [], true).slots.map(({ at }) =>
    new Date(at * 1000).getUTCHours(),
  );
  assert.deepEqual(hours, [10, 10]);
});

test("live bars in any order give the newest state of each, in the order of time", () => {
  const events = fc.array(
    fc.record({ minute: fc.nat(20), final: fc.boolean(), close: fc.integer({ min: 1, max: 9 }) }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(events, (given) => {
      let bars: readonly ShownBar[] = [];
      given.forEach((each, place) => {
        bars = mergeBar(bars, event(each, place))?.bars ?? bars;
      });
      const times = bars.map(({ time }) => time);
      assert.deepEqual(times, [...new Set(times)].toSorted());
      for (const bar of bars) {
        const mine = given.flatMap((each, place) =>
          timeOf(each.minute) === bar.time ? [{ ...each, place }] : [],
        );
        const wanted = mine.findLast(({ final }) => final) ?? mine.at(-1);
        assert.equal(bar.close, wanted?.close);
        assert.equal(bar.final, wanted?.final);
      }
    }),
  );
});

test("a bar that was received already changes nothing, nor does one of another series", () => {
  const first = event({ minute: 1, final: true, close: 5 }, 1);
  const bars = mergeBar([], first)?.bars ?? [];
  assert.equal(mergeBar(bars, first), null);
  assert.equal(mergeBar(bars, { ...first, time: timeOf(2), adjusted: "none" }), null);
});

test("as first seen changes exactly the revised bar", () => {
  const bars = [daily("2026-03-01", 10), { ...daily("2026-03-02", 12), revisions: 2 }];
  const [, revised] = bars;
  assert.ok(revised !== undefined);
  const version = (close: number, received: string): ApiRevision => ({
    ...revised,
    close,
    received,
    counts: false,
    changed: [],
  });
  const seen = asFirstSeen(bars, [
    version(12, "2026-03-03T00:00:00Z"),
    version(11, "2026-03-02T13:00:00Z"),
  ]);
  assert.deepEqual(
    seen.map(({ close }) => close),
    [10, 11],
  );
  assert.equal(seen[0], bars[0]);
});

test("one day is the last day, the other ranges reach back from the last bar", () => {
  const day = 86_400;
  const places = [0, 0.5, 1.4, 2.41, 2.5].map((days) => days * day);
  assert.equal(firstInRange(places, "1D"), 3);
  assert.equal(firstInRange(places, "1W"), 0);
  assert.equal(firstInRange([], "1M"), 0);
});

test("the strip has one cell a session, and a gap outweighs what there is of it", () => {
  const cells = stripCells(
    [minute("2026-03-01T08:00:00Z", 1), minute("2026-03-01T08:01:00Z", 1), daily("2026-03-03", 1)],
    [gap("2026-03-01", "degraded"), gap("2026-03-02", "missing")],
    10,
  );
  assert.deepEqual(
    cells.map(({ date, state }) => `${date} ${state}`),
    ["2026-03-01 degraded", "2026-03-02 missing", "2026-03-03 held"],
  );
});

function gap(date: string, state: SessionGap["state"]): SessionGap {
  return { date, state, parts: [], defects: [] };
}

function daily(date: string, close: number): ShownBar {
  return { ...minute(`${date}T08:00:00Z`, close), date };
}

function minute(time: string, close: number): ShownBar {
  return {
    time,
    date: time.slice(0, 10),
    open: close,
    high: close,
    low: close,
    close,
    volume: 100,
    final: true,
    source: "simulator",
    adjusted: "splits",
    suspect: [],
    revisions: 1,
    offset: null,
    received: time,
  };
}

function timeOf(at: number): string {
  return `2026-03-01T08:${String(at).padStart(2, "0")}:00Z`;
}

function event(
  each: { readonly minute: number; readonly final: boolean; readonly close: number },
  place: number,
): BarEvent {
  const { minute: at, final, close } = each;
  const received = new Date(Date.parse("2026-03-01T08:30:00Z") + place).toISOString();
  return {
    symbol: "COMI",
    interval: "1m",
    time: timeOf(at),
    date: "2026-03-01",
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    final,
    source: "simulator",
    currency: "EGP",
    adjusted: "splits",
    received,
    offset: `9f3c21ab/0:${place}`,
  };
}
