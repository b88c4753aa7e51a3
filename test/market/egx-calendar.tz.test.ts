import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode } from "../../src/base/errors.ts";
import {
  dayOf,
  egxCalendar,
  nextSession,
  sessionOf,
  tradingDaysBetween,
  weekdayCalendar,
  type CalendarDay,
  type Closure,
} from "../../src/market/calendar.ts";
import { comingClosures } from "../../src/market/data/coming-closures.ts";
import { pastClosures } from "../../src/market/data/past-closures.ts";
import { ramadans } from "../../src/market/data/ramadan.ts";

const calendar = egxCalendar();

/** The instants at which Cairo's clocks changed, as tzdata 2025b has them: + to UTC+3, - to UTC+2. */
const clockChanges =
  "2000-04-27T22+ 2000-09-28T21- 2001-04-26T22+ 2001-09-27T21- 2002-04-25T22+ 2002-09-26T21- " +
  "2003-04-24T22+ 2003-09-25T21- 2004-04-29T22+ 2004-09-30T21- 2005-04-28T22+ 2005-09-29T21- " +
  "2006-04-27T22+ 2006-09-21T21- 2007-04-26T22+ 2007-09-06T21- 2008-04-24T22+ 2008-08-28T21- " +
  "2009-04-23T22+ 2009-08-20T21- 2010-04-29T22+ 2010-08-10T21- 2010-09-09T22+ 2010-09-30T21- " +
  "2014-05-15T22+ 2014-06-26T21- 2014-07-31T22+ 2014-09-25T21- 2023-04-27T22+ 2023-10-26T21- " +
  "2024-04-25T22+ 2024-10-31T21- 2025-04-24T22+ 2025-10-30T21- 2026-04-23T22+ 2026-10-29T21- " +
  "2027-04-29T22+ 2027-10-28T21- 2028-04-27T22+ 2028-10-26T21- 2029-04-26T22+ 2029-10-25T21- " +
  "2030-04-25T22+ 2030-10-31T21-";

test("a day's reason, certainty and hours", () => {
  const cases = [
    ["2015-08-06", "known", "Opening of the New Suez Canal"],
    ["2025-07-08", "known", "Fire at the Ramses telephone exchange, session cancelled"],
    ["2025-07-09", "known", null],
    ["2025-07-11", "known", "Friday"],
    ["2026-03-19", "known", "Eid al-Fitr"],
    ["2026-08-30", "known", null],
    ["2026-08-31", "known", null],
    ["2026-09-01", "expected", null],
    ["2026-10-08", "expected", "Armed Forces Day"],
    ["2027-03-08", "moon", null],
    ["2027-03-09", "moon", "Eid al-Fitr"],
    ["2027-03-14", "expected", null],
    ["2027-05-20", "moon", null],
    ["2027-12-30", "expected", null],
    ["2028-01-02", "unknown", null],
    ["2028-01-07", "unknown", "Friday"],
    ["2014-12-31", "unknown", null],
  ] as const;
  for (const [text, certainty, reason] of cases) {
    const known = on(text);
    assert.deepEqual([known.certainty, known.reason], [certainty, reason], text);
    assert.equal(known.open, reason === null, text);
    assert.equal(known.hours === null, reason !== null, text);
  }
  assert.match(on("2025-07-08").closure?.source ?? "", /saba\.ye/);
});

test("hours follow their dates: the curfew of 2020, Ramadan, the auction", () => {
  const cases = [
    ["2010-06-01", "before 2011", "10:30", "14:30"],
    ["2011-03-23", "after the revolution", "10:30", "13:30"],
    ["2014-08-06", "four hours", "10:30", "14:30"],
    ["2014-08-07", "until 2021", "10:00", "14:30"],
    ["2019-05-06", "Ramadan", "10:00", "13:30"],
    ["2020-03-24", "until 2021", "10:00", "14:30"],
    ["2020-03-25", "COVID-19", "10:00", "13:30"],
    ["2020-05-31", "until 2021", "10:00", "14:30"],
    ["2021-04-13", "Ramadan", "10:00", "13:30"],
    ["2026-02-18", "with a closing auction", "10:00", "14:30"],
    ["2026-02-19", "Ramadan", "10:00", "13:30"],
    ["2026-03-24", "with a closing auction", "10:00", "14:30"],
  ] as const;
  for (const [text, name, open, close] of cases) {
    assert.equal(on(text).hours?.name, name, text);
    const session = sessionOf(calendar, day(text));
    assert.ok(session !== null, text);
    assert.deepEqual([wallOf(session.openMs), wallOf(session.closeMs)], [open, close], text);
  }
  const phases = sessionOf(calendar, day("2026-03-01"))?.phases ?? [];
  assert.deepEqual(
    phases.map(({ name, startMs, earliestEndMs, endMs }) => [
      name,
      wallOf(startMs),
      wallOf(earliestEndMs),
      wallOf(endMs),
    ]),
    [
      ["pre-open", "09:30", "09:50", "10:00"],
      ["continuous", "10:00", "13:15", "13:15"],
      ["closing-auction", "13:15", "13:23", "13:25"],
      ["trade-at-close", "13:25", "13:30", "13:30"],
    ],
  );
  assert.equal(on("2013-01-06").hours?.certainty, "unknown");
});

test("closures are weekdays of 2015-2027, in order, each once", () => {
  const all = [...pastClosures, ...comingClosures];
  const dates = all.map(({ date }) => date);
  assert.deepEqual(dates, [...new Set(dates)].toSorted());
  assert.ok(dates[0] === "2015-01-01" && dates.at(-1) === "2027-10-07");
  for (const { date, name, source } of all) {
    assert.ok(![5, 6].includes(day(date).dayOfWeek), date);
    assert.ok(name !== "" && source !== "", date);
  }
});

test("Ramadan is a month of the moon, and an Eid follows it", () => {
  for (const { first, last } of ramadans) {
    const { days } = day(first).until(day(last), { largestUnit: "days" });
    assert.ok(days === 28 || days === 29, `${first}: ${days + 1} days`);
    const computed = day(first).withCalendar("islamic-umalqura");
    assert.ok(computed.month === 9 ? computed.day <= 2 : computed.day >= 29, first);
    const after = [1, 2, 3].map((ahead) => on(day(last).add({ days: ahead }).toString()).reason);
    assert.ok(after.includes("Eid al-Fitr"), `${last}: ${after.join(", ")}`);
  }
});

test("the moon's days to come lie where Umm al-Qura has them", () => {
  const moon = new Map<string, { readonly month: number; readonly days: readonly number[] }>([
    ["Eid al-Fitr", { month: 10, days: [1, 4] }],
    ["Eid al-Adha", { month: 12, days: [9, 13] }],
    ["Hijri New Year", { month: 1, days: [1, 5] }],
    ["Mawlid", { month: 3, days: [12, 14] }],
  ]);
  const found = comingClosures.filter(({ certainty }) => certainty === "moon");
  assert.equal(found.length, 9);
  for (const { date, name } of found) {
    const hijri = day(date).withCalendar("islamic-umalqura");
    const place = moon.get(name);
    assert.ok(place !== undefined && hijri.month === place.month, date);
    const [from = 0, to = 0] = place.days;
    assert.ok(hijri.day >= from && hijri.day <= to, `${date}: ${hijri.day}`);
  }
});

test("Easter and Sham El-Nessim are where the Coptic reckoning has them", () => {
  for (const { date, name } of [...pastClosures, ...comingClosures]) {
    if (name.includes("Coptic Easter")) assert.equal(date, easterOf(day(date).year));
    if (name.includes("Sham El-Nessim")) {
      assert.equal(day(date).subtract({ days: 1 }).toString(), easterOf(day(date).year));
    }
  }
});

test("sessions begin at 10:00 on both sides of every change of the clocks", () => {
  const changes = clockChanges.split(" ");
  assert.equal(changes.length, 44);
  let offset = 2;
  for (const change of changes) {
    const atMs = Date.parse(`${change.slice(0, 13)}:00Z`);
    const after = change.endsWith("+") ? 3 : 2;
    for (const [step, hours] of [
      [-1, offset],
      [1, after],
    ] as const) {
      // Clocks change in the night to a Friday or Saturday, or in Ramadan to any day.
      const near = weekday(cairo(atMs + step * 43_200_000).toPlainDate(), step);
      const session = sessionOf(weekdayCalendar(), near);
      assert.ok(session !== null);
      const opens = near.toString() < "2014-08-07" ? "10:30" : "10:00";
      const utc = new Date(session.openMs + hours * 3_600_000).toISOString();
      assert.equal(utc.slice(0, 16), `${near.toString()}T${opens}`, change);
    }
    offset = after;
  }
});

test("an operator closes, opens, and changes hours", () => {
  const changed = egxCalendar({
    closed: [closure("2026-12-03", "Storm"), closure("2027-04-25", "by decree")],
    open: ["2025-07-08", "2026-12-11"],
    hours: [
      { since: "2026-12-01", phases: [{ name: "continuous", from: "09:30", to: "15:00" }] },
      {
        since: "2026-12-20",
        until: "2026-12-21",
        name: "short",
        phases: [{ name: "continuous", from: "10:00", to: "12:00" }],
      },
    ],
    knownUntil: "2026-12-31",
  });
  const known = (text: string): CalendarDay => dayOf(changed, day(text));
  assert.deepEqual([known("2026-12-03").reason, known("2026-12-03").certainty], ["Storm", "known"]);
  assert.equal(known("2027-04-25").reason, "by decree");
  assert.deepEqual([known("2025-07-08").open, known("2025-07-08").certainty], [true, "known"]);
  assert.deepEqual([known("2026-12-11").open, known("2026-12-11").certainty], [true, "known"]);
  assert.equal(known("2026-12-30").certainty, "known");
  const later = egxCalendar({ open: ["2027-10-07"], knownUntil: "2028-06-30" });
  assert.equal(dayOf(later, day("2028-06-29")).certainty, "known");
  assert.equal(dayOf(later, day("2028-07-02")).certainty, "unknown");
  const opened = egxCalendar({ open: ["2027-10-07"] });
  assert.equal(dayOf(opened, day("2027-10-07")).certainty, "known");
  assert.equal(known("2027-01-03").certainty, "expected");
  const close = (text: string): string => wallOf(sessionOf(changed, day(text))?.closeMs ?? 0);
  assert.deepEqual(["2026-11-30", "2026-12-01", "2026-12-20", "2026-12-22"].map(close), [
    "14:30",
    "15:00",
    "12:00",
    "15:00",
  ]);
  // Ramadan's hours stay, unless they too are given.
  assert.equal(close("2027-02-09"), "13:30");
  for (const wrong of [{ closed: [closure("soon", "x")] }, { open: ["2026-02-30"] }]) {
    assert.throws(
      () => egxCalendar(wrong),
      (error) => hasCode(error, "E_CONFIG"),
    );
  }
});

test("every date of 1990-2099 has an answer that agrees with its session", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40_000 }), (days) => {
      const date = day("1990-01-01").add({ days });
      const known = dayOf(calendar, date);
      const session = sessionOf(calendar, date);
      assert.equal(known.open, session !== null);
      assert.equal(known.certainty === "unknown", date.year < 2015 || date.year > 2027);
      for (const phase of session?.phases ?? []) {
        assert.ok(phase.startMs < phase.earliestEndMs && phase.earliestEndMs <= phase.endMs);
      }
      assert.ok(nextSession(calendar, date).date.since(date).days <= 12);
    }),
    { numRuns: 1000 },
  );
});

test("a date of another calendar is the day that it is", () => {
  const hijri = day("2025-07-08").withCalendar("islamic-umalqura");
  assert.equal(dayOf(calendar, hijri).reason, on("2025-07-08").reason);
  assert.equal(
    sessionOf(calendar, hijri.add({ days: 1 }))?.openMs,
    Date.parse("2025-07-09T07:00Z"),
  );
});

test("a year has as many sessions as the daily bars of its shares show", () => {
  const sessions = (year: number): number =>
    tradingDaysBetween(calendar, day(`${year}-01-01`), day(`${year}-12-31`)).length;
  assert.deepEqual(
    [2020, 2021, 2022, 2023, 2024, 2025].map(sessions),
    [243, 244, 244, 242, 242, 242],
  );
});

/** Orthodox Easter by Meeus' Julian algorithm, as a Gregorian date. */
function easterOf(year: number): string {
  const moon = (19 * (year % 19) + 15) % 30;
  const sunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7;
  const julian = moon + sunday + 114;
  return day(`${year}-${String(Math.floor(julian / 31)).padStart(2, "0")}-01`)
    .add({ days: (julian % 31) + 13 })
    .toString();
}

function weekday(from: Temporal.PlainDate, step: number): Temporal.PlainDate {
  let date = from;
  while (date.dayOfWeek === 5 || date.dayOfWeek === 6) date = date.add({ days: step });
  return date;
}

function closure(date: string, name: string): Closure {
  return { date, name, kind: "operator", certainty: "known", source: "a test" };
}

function on(text: string): CalendarDay {
  return dayOf(calendar, day(text));
}

function day(text: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(text);
}

function cairo(epochMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO("Africa/Cairo");
}

function wallOf(epochMs: number): string {
  return cairo(epochMs).toPlainTime().toString().slice(0, 5);
}
