import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  cairoDateOf,
  cairoDayOf,
  cairoIsoOf,
  cairoOffsetMs,
  cairoWallToMs,
  cairoZone,
  dateText,
  dayNumber,
  firstDay,
  firstOfMonth,
  lastDay,
  msPerDay,
  sundayOf,
} from "../../src/market/cairo-time.ts";

const firstMs = Temporal.ZonedDateTime.from("1990-01-01T00:00[Africa/Cairo]").epochMilliseconds;
const lastMs = Temporal.ZonedDateTime.from(
  "2099-12-31T23:59:59.999[Africa/Cairo]",
).epochMilliseconds;
const instants = fc.integer({ min: firstMs, max: lastMs });

test("random instants of 1990-2099 read as Temporal reads them", () => {
  fc.assert(fc.property(instants, agreesWithTemporal), { numRuns: 5000 });
});

test("every change of the clocks is right to the millisecond", () => {
  const transitions = transitionsOf(1990, 2099);
  assert.ok(transitions.length > 150, `${transitions.length} transitions`);
  for (const atMs of transitions) {
    for (const aroundMs of [-7_200_000, -3_600_001, -3_600_000, -1, 0, 1, 3_599_999, 3_600_000]) {
      agreesWithTemporal(atMs + aroundMs);
    }
  }
});

test("the clocks of 2000-2030 changed as the decrees say", () => {
  const years = new Set(transitionsOf(2000, 2030).map((atMs) => yearAt(atMs)));
  const none = new Set([2011, 2012, 2013, 2015, 2016, 2017, 2018, 2019, 2020, 2021, 2022]);
  for (let year = 2000; year <= 2030; year += 1) {
    assert.equal(years.has(year), !none.has(year), String(year));
  }
  assert.equal(cairoIsoOf(Date.parse("2025-04-24T21:59:59Z")), "2025-04-24T23:59:59+02:00");
  assert.equal(cairoIsoOf(Date.parse("2025-04-24T22:00:00Z")), "2025-04-25T01:00:00+03:00");
  assert.equal(cairoIsoOf(Date.parse("2025-10-30T20:59:59Z")), "2025-10-30T23:59:59+03:00");
  assert.equal(cairoIsoOf(Date.parse("2025-10-30T21:00:00Z")), "2025-10-30T23:00:00+02:00");
});

test("a wall time becomes its instant, for every hour beside a change of the clocks", () => {
  for (const atMs of transitionsOf(1990, 2099)) {
    for (let minute = -180; minute <= 180; minute += 15) {
      const wall = Temporal.Instant.fromEpochMilliseconds(atMs)
        .toZonedDateTimeISO(cairoZone)
        .toPlainDateTime()
        .add({ minutes: minute });
      assert.equal(wallToMs(wall), temporalWallToMs(wall), wall.toString());
    }
  }
});

test("random wall times become the instant that Temporal gives", () => {
  const walls = fc.record({
    day: fc.integer({ min: firstDay, max: lastDay }),
    timeMs: fc.integer({ min: 0, max: msPerDay - 1 }),
  });
  fc.assert(
    fc.property(walls, ({ day, timeMs }) => {
      const wall = Temporal.PlainDate.from("1970-01-01")
        .add({ days: day })
        .toPlainDateTime()
        .add({ milliseconds: timeMs });
      assert.equal(cairoWallToMs({ day, timeMs }), temporalWallToMs(wall), wall.toString());
    }),
    { numRuns: 3000 },
  );
});

test("a skipped hour has no instant, a repeated one has its earlier", () => {
  assert.equal(wallToMs(Temporal.PlainDateTime.from("2025-04-25T00:30")), null);
  assert.equal(
    wallToMs(Temporal.PlainDateTime.from("2025-10-30T23:30")),
    Date.parse("2025-10-30T23:30:00+03:00"),
  );
});

test("10:00 exists on every day that a bar can have", () => {
  for (let day = firstDay - 6; day <= lastDay; day += 1) {
    assert.notEqual(cairoWallToMs({ day, timeMs: msPerDay * (10 / 24) }), null, dateText(day));
  }
});

test("days are counted as Temporal counts them", () => {
  const epoch = Temporal.PlainDate.from("1970-01-01");
  for (let day = firstDay - 400; day <= lastDay + 400; day += 1) {
    const date = epoch.add({ days: day });
    assert.equal(dateText(day), date.toString());
    assert.equal(dayNumber(date.year, date.month, date.day), day);
    assert.equal(firstOfMonth(day), day - date.day + 1);
    assert.equal(sundayOf(day), day - (date.dayOfWeek % 7));
  }
});

test("dates that the calendar lacks have no day number", () => {
  const wrong = [
    [2025, 2, 29],
    [2100, 2, 29],
    [2024, 2, 30],
    [2025, 4, 31],
    [2025, 13, 1],
    [2025, 0, 1],
    [2025, 1, 0],
    [2025, 1, 32],
  ] as const;
  for (const [year, month, day] of wrong) assert.equal(dayNumber(year, month, day), null);
  assert.notEqual(dayNumber(2000, 2, 29), null);
});

test("milliseconds are written when there are any", () => {
  const ms = Date.parse("2025-11-24T08:00:00Z");
  assert.equal(cairoIsoOf(ms), "2025-11-24T10:00:00+02:00");
  assert.equal(cairoIsoOf(ms + 7), "2025-11-24T10:00:00.007+02:00");
});

function agreesWithTemporal(epochMs: number): void {
  const zoned = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(cairoZone);
  const fractionalSecondDigits = epochMs % 1000 === 0 ? 0 : 3;
  assert.equal(cairoDateOf(epochMs), zoned.toPlainDate().toString());
  assert.equal(dateText(cairoDayOf(epochMs)), zoned.toPlainDate().toString());
  assert.equal(cairoOffsetMs(epochMs), zoned.offsetNanoseconds / 1e6);
  assert.equal(
    cairoIsoOf(epochMs),
    zoned.toString({ fractionalSecondDigits, timeZoneName: "never" }),
  );
}

function wallToMs(wall: Temporal.PlainDateTime): number | null {
  const day = dayNumber(wall.year, wall.month, wall.day);
  assert.ok(day !== null);
  const midnight = wall.toPlainDate().toPlainDateTime();
  return cairoWallToMs({ day, timeMs: wall.since(midnight).total("milliseconds") });
}

function temporalWallToMs(wall: Temporal.PlainDateTime): number | null {
  const zoned = wall.toZonedDateTime(cairoZone, { disambiguation: "earlier" });
  return zoned.toPlainDateTime().equals(wall) ? zoned.epochMilliseconds : null;
}

function transitionsOf(from: number, to: number): readonly number[] {
  const found: number[] = [];
  let at = Temporal.PlainDate.from({ year: from, month: 1, day: 1 }).toZonedDateTime(cairoZone);
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (next === null || next.year > to) return found;
    found.push(next.epochMilliseconds);
    at = next;
  }
}

function yearAt(epochMs: number): number {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(cairoZone).year;
}
