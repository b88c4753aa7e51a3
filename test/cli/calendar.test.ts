import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "../../src/base/schema.ts";
import { hasEscape, runEgx, temporaryFolder } from "./run-egx.ts";

const answerSchema = z.object({
  isOpen: z.boolean(),
  phase: z.string().nullable(),
  reason: z.string().nullable(),
  certainty: z.string(),
  nextSession: z.object({ date: z.string() }),
});

async function calendar(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runEgx(["calendar", ...args]);
  assert.deepEqual([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

test("a month is a table that begins with Sunday, with Ramadan's hours and Eid", async () => {
  const march = await calendar("2026-03");
  const lines = march.trimEnd().split("\n");
  assert.equal(lines[0], "March 2026");
  assert.match(lines[1] ?? "", /^Sun +Mon +Tue +Wed +Thu +Fri +Sat$/);
  assert.match(lines[6] ?? "", /^15 +16 +17 +18 +19 +20 +21$/);
  assert.match(lines[7] ?? "", /^(10:00-13:30 +){4}Eid al-Fitr +- +-$/);
  assert.match(lines[9] ?? "", /^(Eid al-Fitr +){2}(10:00-14:30 +){3}- +-$/);
  assert.match(march, /^20 sessions$/m);
  assert.match(march, /^1-18: Ramadan: pre-open 09:30, continuous 10:00,.* end 13:30$/m);
  assert.match(march, /^closed 19, 22, 23: Eid al-Fitr \(known\)$/m);
  assert.ok(lines.slice(0, 12).every((line) => line.length <= 80));
  assert.ok(!hasEscape(march));
});

test("colours are for terminals", async () => {
  const { stdout } = await runEgx(["calendar", "2026-03"], { env: { FORCE_COLOR: "1" } });
  assert.ok(hasEscape(stdout));
});

test("months behind the last announcement say so", async () => {
  assert.match(await calendar("2026-12"), /10:00-14:30\?[^]*\? as expected/);
  assert.match(await calendar("2027-03"), /Eid al-Fitr \(moon\)[^]*the moon decides/);
  assert.match(await calendar("2028-03"), /nothing is known of closures here/);
});

test("--is-open says closed and why, and when it opens", async () => {
  assert.match(
    await calendar("--is-open", "2025-07-08T11:00"),
    /^closed: Fire at the Ramses telephone exchange.*\nnext session: Wed 2025-07-09 10:00-14:30\n$/,
  );
  const cases = [
    ["2025-07-09T11:00", /^open: continuous until 14:15\n/],
    ["2025-07-09T08:00Z", /^open: continuous until 14:15\n/],
    ["2025-07-09T14:20", /^open: closing-auction until 14:23 to 14:25\n/],
    [
      "2025-07-09T08:00",
      /^closed: before the session of 10:00-14:30\nnext session: Wed 2025-07-09/,
    ],
    ["2025-07-10T15:00", /^closed: after the session .*\nnext session: Sun 2025-07-13/],
    ["2025-07-11", /^closed: Friday\n/],
    ["2025-07-10", /^open: 10:00-14:30, with a closing auction\n/],
    ["2027-03-10T11:00", /^closed: Eid al-Fitr \(by the moon/],
    ["2028-03-12T11:00", /^open: continuous .*nothing is known/],
  ] as const;
  for (const [time, answer] of cases) assert.match(await calendar("--is-open", time), answer);
});

test("--json answers with reason, certainty and source", async () => {
  const text = await calendar("--is-open", "2025-07-08T11:00", "--json");
  assert.match(text, /"source":"no trade/);
  const answer = answerSchema.parse(JSON.parse(text));
  assert.deepEqual([answer.isOpen, answer.phase, answer.certainty], [false, null, "known"]);
  assert.match(answer.reason ?? "", /Ramses/);
  assert.equal(answer.nextSession.date, "2025-07-09");
  const days = z.array(z.object({ date: z.string() }));
  assert.equal(days.parse(JSON.parse(await calendar("2026-03", "--json"))).length, 31);
});

test("--phase, --next, and the sessions between two dates", async () => {
  assert.equal(await calendar("--phase", "2026-03-01T13:26"), "trade-at-close until 13:30\n");
  assert.match(await calendar("--phase", "now"), /^(closed: |[a-z-]+ until )/);
  assert.match(await calendar("--next"), /^(Sun|Mon|Tue|Wed|Thu) \d{4}-\d{2}-\d{2} 1\d:\d{2}-/);
  const sessions = await calendar("--from", "2026-03-15", "--to", "2026-03-25");
  assert.equal(sessions.trimEnd().split("\n").length, 7);
  assert.match(sessions, /^Wed 2026-03-18 +10:00 +13:30 +Ramadan +known$/m);
  assert.ok(!sessions.includes("2026-03-19"));
});

test("an operator's file changes the answers, by flag and by environment", async (t) => {
  const file = join(temporaryFolder(t), "closures.csv");
  writeFileSync(file, "2026-12-03,closed,Storm\n2025-07-08,open\n");
  assert.match(
    await calendar("--is-open", "2026-12-03", "--calendar", file),
    /^closed: Storm \(.*closures\.csv\)\n/,
  );
  const { stdout } = await runEgx(["calendar", "--is-open", "2025-07-08"], {
    env: { EGX_CALENDAR: file },
  });
  assert.match(stdout, /^open: /);
});

test("mistakes are named", async (t) => {
  const file = join(temporaryFolder(t), "closures.csv");
  writeFileSync(file, "soon,closed\n");
  const cases = [
    [["2026-3"], 64, /"2026-3" is no month/],
    [["--is-open", "noon"], 64, /--is-open: must be now, 2025-11-24 or/],
    [["--is-open", "2025-04-25T00:30"], 64, /daylight saving skips it/],
    [["--phase", "2025-07-08"], 64, /a date has several/],
    [["--next", "2026-03"], 64, /exclude each other/],
    [["--from", "2026-03-02", "--to", "2026-03-01"], 64, /lies after/],
    [["--calendar", join(file, "none")], 78, /E_FILE_MISSING/],
    [["--calendar", file], 78, /line 1: "soon" is no date/],
  ] as const;
  for (const [args, exit, message] of cases) {
    const { code, stderr } = await runEgx(["calendar", ...args]);
    assert.equal(code, exit, args.join(" "));
    assert.match(stderr, message);
  }
});

test("--runs says when the schedule's jobs are due", async () => {
  const dates = ["--from", "2026-03-18", "--to", "2026-03-24"];
  assert.equal(
    await calendar("--runs", "weekly", ...dates),
    "session         job     due    from              to\n" +
      "Wed 2026-03-18  weekly  15:30  2026-03-15 10:00  13:30\n",
  );
  const all = await calendar("--runs", "all", "--json", ...dates);
  const runs = z
    .array(z.record(z.enum(["job", "date", "start", "end", "at"]), z.string()))
    .parse(JSON.parse(all));
  assert.deepEqual(
    runs.map(({ job, at }) => `${job} ${at}`),
    [
      "intraday 2026-03-18T11:20:00+02:00",
      "intraday 2026-03-18T12:20:00+02:00",
      "intraday 2026-03-18T13:20:00+02:00",
      "daily 2026-03-18T13:50:00+02:00",
      "weekly 2026-03-18T15:30:00+02:00",
      "intraday 2026-03-24T11:20:00+02:00",
      "intraday 2026-03-24T12:20:00+02:00",
      "intraday 2026-03-24T13:20:00+02:00",
      "intraday 2026-03-24T14:20:00+02:00",
      "daily 2026-03-24T14:50:00+02:00",
    ],
  );
  assert.match(await calendar("--runs", "daily"), /^session +job +due +from +to\n/);
  const wrong = await runEgx(["calendar", "--runs", "daily", "--next"]);
  assert.equal(wrong.code, 64);
});
