import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import { egxCalendar } from "../../../src/market/calendar.ts";
import { newestRun } from "../../../src/market/schedule.ts";
import { minuteBars, runEgx, startEgx, temporaryFolder } from "../run-egx.ts";

test("egx up --schedule says what is due, does what was missed once, and remembers it", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const data = path.join(folder, "data");
  const args = ["up", "--schedule", "--feed", "recorded", "--file", file, "--data", data];
  const due = newestRun(egxCalendar(), "daily", systemClock.nowMs());
  assert.ok(due !== null);
  const done = new RegExp(`daily of ${due.date.toString()} is done: \\d+ certificates`);

  const first = startEgx(args);
  await first.told(done);
  for (const job of ["intraday", "daily", "weekly", "monthly"]) {
    await first.told(new RegExp(`${job} is due [A-Z][a-z]{2} \\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}`));
  }
  await first.told(/; next: (intraday|daily|weekly|monthly) \w{3} \d{4}-/);
  first.child.kill("SIGTERM");
  assert.equal((await first.ended).code, 0);
  const remembered = readFileSync(path.join(data, "schedule.json"), "utf8");
  assert.deepEqual(JSON.parse(remembered), { daily: new Date(due.atMs).toISOString() });

  const again = startEgx(args);
  await again.told(/daily is due/);
  await again.told(/; next: /);
  again.child.kill("SIGTERM");
  const { code, stderr } = await again.ended;
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, done);

  const wrong = await runEgx([...args, "--once"]);
  assert.equal(wrong.code, 64);
  assert.match(wrong.stderr, /^error\[E_USAGE\] --schedule goes on for ever/);
});
