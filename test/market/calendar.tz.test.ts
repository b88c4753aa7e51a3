import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode } from "../../src/base/errors.ts";
import {
  expectedBars,
  isTradingDay,
  nextSession,
  phaseAt,
  previousSession,
  sessionOf,
  tradingDaysBetween,
  weekdayCalendar,
} from "../../src/market/calendar.ts";
import { intervalByCode, intervals, type Interval } from "../../src/market/interval.ts";

const regular = weekdayCalendar();
/** Sham El-Nessim and Labour Day's eve of 2025, and the day of the Ramses exchange's fire. */
const closed = weekdayCalendar(["2025-04-20", "2025-04-21", "2025-04-24", "2025-07-08"]);

const anyDate = fc
  .integer({ min: 0, max: 30_000 })
  .map((days) => Temporal.PlainDate.from("2014-08-07").add({ days }));

test("the exchange trades from Sunday to Thursday, but for closures", () => {
  const week = ["2025-11-23", "2025-11-24", "2025-11-25", "2025-11-26", "2025-11-27"];
  for (const day of week) assert.ok(isTradingDay(regular, date(day)), day);
  for (const day of ["2025-11-28", "2025-11-29"]) assert.ok(!isTradingDay(regular, date(day)), day);
  assert.ok(isTradingDay(regular, date("2025-07-08")));
  assert.ok(!isTradingDay(closed, date("2025-07-08")));
  assert.equal(sessionOf(closed, date("2025-07-08")), null);
});

test("a session's phases are at their Cairo times, in winter and in summer", () => {
  for (const [day, offset] of [
    ["2025-11-24", "+02:00"],
    ["2025-07-07", "+03:00"],
  ] as const) {
    const at = (wall: string): number => Date.parse(`${day}T${wall}:00${offset}`);
    assert.deepEqual(sessionOf(regular, date(day)), {
      date: date(day),
      phases: [
        ["pre-open", "09:30", "10:00", "09:50"] as const,
        ["continuous", "10:00", "14:15", "14:15"] as const,
        ["closing-auction", "14:15", "14:25", "14:23"] as const,
        ["trade-at-close", "14:25", "14:30", "14:30"] as const,
      ].map(([name, from, to, earliest]) => ({
        name,
        startMs: at(from),
        endMs: at(to),
        earliestEndMs: at(earliest),
      })),
      openMs: at("10:00"),
      closeMs: at("14:30"),
    });
  }
});

test("the closing auction exists since 5 September 2021", () => {
  const names = (day: string): readonly string[] | undefined =>
    sessionOf(regular, date(day))?.phases.map((phase) => phase.name);
  assert.deepEqual(names("2021-09-02"), ["pre-open", "continuous"]);
  assert.equal(names("2021-09-05")?.length, 4);
});

test("the phase at an instant begins inclusively and ends exclusively", () => {
  const at = (wall: string): number => Date.parse(`2025-11-24T${wall}+02:00`);
  const cases = [
    ["09:29:59.999", null],
    ["09:30:00", "pre-open"],
    ["09:59:59.999", "pre-open"],
    ["10:00:00", "continuous"],
    ["14:15:00", "closing-auction"],
    ["14:25:00", "trade-at-close"],
    ["14:29:59.999", "trade-at-close"],
    ["14:30:00", null],
  ] as const;
  for (const [wall, phase] of cases) assert.equal(phaseAt(regular, at(wall)), phase, wall);
  assert.equal(phaseAt(regular, Date.parse("2025-11-28T11:00:00+02:00")), null);
  assert.equal(phaseAt(closed, Date.parse("2025-07-08T11:00:00+03:00")), null);
});

test("phases follow each other and hold the instants in them", () => {
  fc.assert(
    fc.property(anyDate, fc.double({ min: 0, max: 0.999, noNaN: true }), (day, share) => {
      const session = sessionOf(regular, day);
      if (session === null) return;
      let endMs = session.phases[0]?.startMs;
      for (const phase of session.phases) {
        assert.equal(phase.startMs, endMs);
        const insideMs = phase.startMs + Math.floor(share * (phase.endMs - phase.startMs));
        assert.equal(phaseAt(regular, insideMs), phase.name);
        ({ endMs } = phase);
      }
      assert.equal(session.closeMs, endMs);
      assert.equal(wallOf(session.openMs), "10:00:00");
    }),
  );
});

test("the sessions before and after skip weekends and closures", () => {
  const next = (day: string): string => nextSession(closed, date(day)).date.toString();
  const previous = (day: string): string => previousSession(closed, date(day)).date.toString();
  assert.equal(next("2025-11-24"), "2025-11-25");
  assert.equal(next("2025-11-27"), "2025-11-30");
  assert.equal(next("2025-04-17"), "2025-04-22");
  assert.equal(next("2025-04-23"), "2025-04-27");
  assert.equal(previous("2025-11-30"), "2025-11-27");
  assert.equal(previous("2025-04-22"), "2025-04-17");
  assert.equal(previous("2025-07-09"), "2025-07-07");
});

test("next and previous are inverse, and agree with the days between", () => {
  fc.assert(
    fc.property(anyDate, (day) => {
      const next = nextSession(closed, day).date;
      const between = tradingDaysBetween(closed, day.add({ days: 1 }), next);
      assert.deepEqual(between.map(String), [next.toString()]);
      const before = previousSession(closed, next).date;
      const same = isTradingDay(closed, day) ? day : previousSession(closed, day).date;
      assert.equal(before.toString(), same.toString());
    }),
    { numRuns: 300 },
  );
});

test("the days between two dates include both, and add up", () => {
  const days = tradingDaysBetween(closed, date("2025-04-17"), date("2025-04-27"));
  assert.deepEqual(days.map(String), ["2025-04-17", "2025-04-22", "2025-04-23", "2025-04-27"]);
  assert.deepEqual(tradingDaysBetween(regular, date("2025-04-27"), date("2025-04-26")), []);
  fc.assert(
    fc.property(anyDate, fc.nat(60), fc.nat(60), (from, first, second) => {
      const middle = from.add({ days: first });
      const to = middle.add({ days: second + 1 });
      const left = tradingDaysBetween(closed, from, middle);
      const right = tradingDaysBetween(closed, middle.add({ days: 1 }), to);
      const whole = tradingDaysBetween(closed, from, to);
      assert.equal(left.length + right.length, whole.length);
    }),
    { numRuns: 200 },
  );
});

test("a year without any session is a wrong set-up", () => {
  const all = Array.from({ length: 800 }, (_, days) => date("2025-01-01").add({ days }).toString());
  const shut = weekdayCalendar(all);
  for (const find of [nextSession, previousSession]) {
    assert.throws(
      () => find(shut, date("2026-01-15")),
      (error) => hasCode(error, "E_CONFIG"),
    );
  }
});

test("a closure that is no date is refused by its name", () => {
  for (const text of ["2025-02-30", "8 July 2025", "2025-07-08T00:00", ""]) {
    assert.throws(
      () => weekdayCalendar([text]),
      (error) => hasCode(error, "E_CONFIG") && error.message.includes(`"${text}"`),
    );
  }
});

test("a session has 255 continuous minutes, the auction's print and the last minutes", () => {
  const counts = { "1m": 260, "5m": 52, "15m": 18, "30m": 9, "1h": 5 } as const;
  for (const [code, count] of Object.entries(counts)) {
    const starts = expectedBars(regular, interval(code), date("2025-11-24"));
    assert.equal(starts.length, count, code);
    assert.equal(wallOf(starts[0]), "10:00:00");
    assert.deepEqual(
      starts,
      starts.toSorted((a, b) => a - b),
    );
  }
  const minutes = expectedBars(regular, interval("1m"), date("2025-07-07")).map(wallOf);
  assert.deepEqual(minutes.slice(253, 257), ["14:13:00", "14:14:00", "14:25:00", "14:26:00"]);
  assert.equal(minutes.at(-1), "14:29:00");
  assert.equal(expectedBars(regular, interval("1m"), date("2020-11-24")).length, 270);
});

test("no bar is expected without a session", () => {
  for (const each of intervals) {
    assert.deepEqual(expectedBars(closed, each, date("2025-07-08")), []);
    assert.deepEqual(expectedBars(closed, each, date("2025-11-28")), []);
  }
});

test("a day begins its Daily bar; the first session of a week or month begins that bar", () => {
  const begun = (code: string, day: string): readonly string[] =>
    expectedBars(closed, interval(code), date(day)).map(dateOf);
  assert.deepEqual(begun("1d", "2025-11-24"), ["2025-11-24"]);
  assert.deepEqual(begun("1w", "2025-11-23"), ["2025-11-23"]);
  assert.deepEqual(begun("1w", "2025-11-24"), []);
  // Sunday and Monday were closed.
  assert.deepEqual(begun("1w", "2025-04-22"), ["2025-04-20"]);
  assert.deepEqual(begun("1mo", "2025-11-02"), ["2025-11-01"]);
  assert.deepEqual(begun("1mo", "2025-11-03"), []);
});

test("every week and every month is begun once", () => {
  for (const code of ["1w", "1mo"]) {
    const days = tradingDaysBetween(closed, date("2025-01-01"), date("2025-12-31"));
    const starts = days.flatMap((day) => expectedBars(closed, interval(code), day));
    assert.equal(new Set(starts).size, starts.length);
    assert.equal(starts.length, code === "1w" ? 52 : 12);
  }
});

function date(text: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(text);
}

function interval(code: string): Interval {
  const found = intervalByCode(code);
  assert.ok(found !== undefined, code);
  return found;
}

function cairo(epochMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO("Africa/Cairo");
}

function wallOf(epochMs: number | undefined): string {
  assert.ok(epochMs !== undefined);
  return cairo(epochMs).toPlainTime().toString();
}

function dateOf(epochMs: number): string {
  return cairo(epochMs).toPlainDate().toString();
}
