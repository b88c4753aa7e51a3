import assert from "node:assert/strict";
import { test } from "node:test";
import { egxCalendar, weekdayCalendar } from "../../src/market/calendar.ts";
import { calendarAnswer } from "../../src/serve/api/calendar.ts";
import { marketStatus } from "../../src/serve/status-report.ts";
import { makeApiData, startApi } from "../support/api-rig.ts";

const noonOf = (date: string): number => Date.parse(`${date}T12:00:00+02:00`);

test("why the market is closed is told in both languages", () => {
  const calendar = egxCalendar();
  for (const [date, en, ar] of [
    ["2025-10-09", "Armed Forces Day", "عيد القوات المسلحة"],
    ["2025-11-28", "Friday", "الجمعة"],
    ["2025-11-27", null, null],
  ] as const) {
    const { holiday, holidayAr } = marketStatus(calendar, noonOf(date));
    assert.deepEqual([holiday, holidayAr], [en, ar], date);
  }
  const given = marketStatus(weekdayCalendar(["2025-11-27"]), noonOf("2025-11-27"));
  assert.deepEqual([given.holiday, given.holidayAr], ["closed", null], "not of our calendar");
});

test("the calendar's days are told in both languages", async (t) => {
  const data = await makeApiData(t);
  await using api = await startApi(data);
  const answer = await api.get("/api/v1/calendar?from=2025-10-08&to=2025-10-09");
  const { days } = calendarAnswer.parse(await answer.json());
  assert.deepEqual(
    days.map(({ reason, reasonAr }) => [reason, reasonAr]),
    [
      [null, null],
      ["Armed Forces Day", "عيد القوات المسلحة"],
    ],
  );
});
