import assert from "node:assert/strict";
import { test } from "node:test";
import { egxCalendar, tradingDaysBetween, dayOf } from "../../../src/market/calendar.ts";
import { arabicHolidayName } from "../../../src/market/holiday-name.ts";
import { calendarMonths, weekdayOf } from "../../../web/src/pages/quality/calendar-weeks.ts";

const complete = { state: "c", share: null, backfilled: false, marked: false } as const;

test("weekdays are counted from Sunday", () => {
  assert.equal(weekdayOf("1970-01-01"), 4);
  assert.equal(weekdayOf("2026-03-01"), 0);
  assert.equal(weekdayOf("1969-12-28"), 0);
});

test("a year's sessions each stand once, under their weekday; closures say why", () => {
  const calendar = egxCalendar();
  const from = Temporal.PlainDate.from("2025-01-01");
  const to = Temporal.PlainDate.from("2025-12-31");
  const sessions = tradingDaysBetween(calendar, from, to).map((date) => date.toString());
  const days = Array.from({ length: 365 }, (_, add) => {
    const { date, open, certainty, reason } = dayOf(calendar, from.add({ days: add }));
    const reasonAr = reason === null ? null : arabicHolidayName(reason);
    return { date: date.toString(), open, certainty, reason, reasonAr, hours: null };
  });
  const runs = [{ at: 0, length: sessions.length, ...complete }];
  const months = calendarMonths(sessions, runs, days);
  assert.equal(months.length, 12);
  const shown: string[] = [];
  for (const { month, weekdays, weeks } of months) {
    assert.deepEqual(weekdays, [0, 1, 2, 3, 4]);
    assert.ok(weeks.every((week) => week.length === 5));
    for (const [at, day] of weeks.flat().entries()) {
      if (day.kind === "blank") continue;
      assert.ok(day.date.startsWith(month));
      assert.equal(weekdayOf(day.date), at % 5);
      if (day.kind === "session") shown.push(day.date);
      else assert.ok(day.reason?.ar !== undefined, `${day.date} is closed for a reason`);
    }
  }
  assert.deepEqual(shown, sessions);
});

test("a session on a Saturday gets a column", () => {
  const [month] = calendarMonths(["2026-03-05", "2026-03-07"], [], []);
  assert.deepEqual(month?.weekdays, [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    month.weeks.map((week) => week.map(({ kind }) => kind.slice(0, 1)).join("")),
    ["bbbbscs"],
  );
});

test("what is not asked for is blank", () => {
  assert.deepEqual(calendarMonths([], [], []), []);
  const [month] = calendarMonths(["2026-03-10", "2026-03-12"], [], []);
  assert.deepEqual(
    month?.weeks.flat().map((day) => day.kind),
    ["blank", "blank", "session", "closed", "session"],
  );
});
