import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf, egxCalendar } from "../../src/market/calendar.ts";
import { arabicHolidayName } from "../../src/market/holiday-name.ts";

test("every closed day of the exchange's calendar has an Arabic reason", () => {
  const calendar = egxCalendar();
  assert.ok(calendar.closures.size > 200);
  for (const { date, name } of calendar.closures.values()) {
    assert.match(arabicHolidayName(name) ?? "", /^[\p{Script=Arabic}\d، ]+$/u, `${date}: ${name}`);
  }
  for (const [date, weekday] of [
    ["2025-11-28", "الجمعة"],
    ["2025-11-29", "السبت"],
  ] as const) {
    const { reason } = dayOf(calendar, Temporal.PlainDate.from(date));
    assert.equal(arabicHolidayName(reason ?? ""), weekday);
  }
});

test("of several holidays all are named, and what an operator wrote is not", () => {
  assert.equal(arabicHolidayName("Labour Day, Eid al-Fitr"), "عيد العمال، عيد الفطر");
  assert.equal(arabicHolidayName("Eid al-Fitr, and the day after"), null);
  assert.equal(arabicHolidayName("Stocktaking"), null);
});
