import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import {
  egxCalendar,
  isTradingDay,
  sessionOf,
  weekdayCalendar,
} from "../../src/market/calendar.ts";
import { cairoIsoOf } from "../../src/market/cairo-time.ts";
import {
  jobNames,
  newestRun,
  nextRun,
  runsBetween,
  runsOn,
  type JobName,
} from "../../src/market/schedule.ts";

const calendar = egxCalendar();
const date = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text);
const years = { from: date("2024-01-01"), to: date("2026-12-31") };
const due = (job: JobName, text: string): readonly string[] =>
  runsOn(calendar, job, date(text)).map(({ atMs }) => cairoIsoOf(atMs));

suite("the schedule", () => {
  test("daily runs of three years are the sessions of these years, 20 minutes after each close", () => {
    const runs = runsBetween(calendar, "daily", years);
    const sessions: string[] = [];
    for (let day = years.from; Temporal.PlainDate.compare(day, years.to) <= 0;) {
      if (isTradingDay(calendar, day)) sessions.push(day.toString());
      day = day.add({ days: 1 });
    }
    assert.ok(sessions.length > 700, `${sessions.length}`);
    assert.deepEqual(
      runs.map((run) => run.date.toString()),
      sessions,
    );
    for (const run of runs) {
      const session = sessionOf(calendar, run.date);
      assert.deepEqual([run.startMs, run.endMs], [session?.openMs, session?.closeMs]);
      assert.equal(run.atMs - run.endMs, 20 * 60_000);
    }
  });

  test("hourly runs follow the hours in force, in winter, in summer and in Ramadan", () => {
    assert.deepEqual(due("intraday", "2025-11-24"), [
      "2025-11-24T11:20:00+02:00",
      "2025-11-24T12:20:00+02:00",
      "2025-11-24T13:20:00+02:00",
      "2025-11-24T14:20:00+02:00",
    ]);
    // Before and after the clocks go forward, on 25 April 2025.
    assert.deepEqual(due("daily", "2025-04-23"), ["2025-04-23T14:50:00+02:00"]);
    assert.deepEqual(due("daily", "2025-04-27"), ["2025-04-27T14:50:00+03:00"]);
    // Ramadan 2026: a session of three hours and a half.
    assert.deepEqual(due("intraday", "2026-03-10"), [
      "2026-03-10T11:20:00+02:00",
      "2026-03-10T12:20:00+02:00",
      "2026-03-10T13:20:00+02:00",
    ]);
    assert.deepEqual(due("daily", "2026-03-10"), ["2026-03-10T13:50:00+02:00"]);
  });

  test("nothing is due on a closed day", () => {
    // A Friday, an Eid, and the day of a fire.
    for (const closed of ["2025-11-21", "2026-03-22", "2025-07-08"]) {
      for (const job of jobNames) assert.deepEqual(due(job, closed), []);
    }
  });

  test("a week ends with its last session, a month begins with its first", () => {
    // Thursday to Monday are Eid al-Fitr, so the week before ends on Wednesday.
    assert.deepEqual(due("weekly", "2026-03-18"), ["2026-03-18T15:30:00+02:00"]);
    assert.deepEqual(due("weekly", "2026-03-24"), []);
    assert.deepEqual(due("weekly", "2026-03-26"), ["2026-03-26T16:30:00+02:00"]);
    const [week] = runsOn(calendar, "weekly", date("2026-03-26"));
    assert.equal(cairoIsoOf(week?.startMs ?? 0), "2026-03-24T10:00:00+02:00");
    // 1 May 2026 is a Friday.
    assert.deepEqual(due("monthly", "2026-05-03"), ["2026-05-03T09:00:00+03:00"]);
    assert.deepEqual(due("monthly", "2026-05-04"), []);
    const monthly = runsBetween(calendar, "monthly", years);
    assert.equal(monthly.length, 36);
    const weeks = new Set(
      runsBetween(calendar, "daily", years).map((run) =>
        run.date.subtract({ days: run.date.dayOfWeek % 7 }).toString(),
      ),
    );
    // The last week of 2026 goes on in 2027 with a session, and so is not over.
    const weekly = runsBetween(calendar, "weekly", years);
    assert.ok(weeks.size - weekly.length <= 1, `${weeks.size} weeks, ${weekly.length} runs`);
  });

  test("next and newest are neighbours at any instant, and none lies between them", () => {
    const all = new Map(
      jobNames.map((job) => [
        job,
        runsBetween(calendar, job, { from: date("2023-10-01"), to: date("2027-03-31") }),
      ]),
    );
    const first = Date.UTC(2024, 0, 1);
    fc.assert(
      fc.property(
        fc.constantFrom(...jobNames),
        fc.integer({ min: first, max: Date.UTC(2026, 11, 31) }),
        (job, nowMs) => {
          const runs = all.get(job) ?? [];
          assert.deepEqual(
            nextRun(calendar, job, nowMs).atMs,
            runs.find(({ atMs }) => atMs > nowMs)?.atMs,
          );
          assert.deepEqual(
            newestRun(calendar, job, nowMs)?.atMs,
            runs.findLast(({ atMs }) => atMs <= nowMs)?.atMs,
          );
        },
      ),
    );
  });

  test("a run is due at its instant, not before", () => {
    const [run] = runsOn(calendar, "daily", date("2025-11-24"));
    assert.ok(run !== undefined);
    assert.equal(newestRun(calendar, "daily", run.atMs)?.date.toString(), "2025-11-24");
    assert.equal(newestRun(calendar, "daily", run.atMs - 1)?.date.toString(), "2025-11-23");
    assert.equal(nextRun(calendar, "daily", run.atMs - 1).date.toString(), "2025-11-24");
    assert.equal(nextRun(calendar, "daily", run.atMs).date.toString(), "2025-11-25");
  });

  test("a calendar that is closed for good is a wrong set-up", () => {
    const closed = Array.from({ length: 800 }, (_, days) =>
      date("2025-01-01").add({ days }).toString(),
    );
    assert.throws(() => nextRun(weekdayCalendar(closed), "daily", Date.UTC(2025, 0, 1)), {
      code: "E_CONFIG",
    });
  });
});
