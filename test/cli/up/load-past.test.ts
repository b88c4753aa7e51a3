import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/base/random.ts";
import { planFeed, type FeedPlan } from "../../../src/cli/feed-plan.ts";
import { loadPast } from "../../../src/cli/up/load-past.ts";
import { PipelineStatus } from "../../../src/cli/up/status.ts";
import type { Lake } from "../../../src/lake/lake.ts";
import { readLoads } from "../../../src/ledger/loads.ts";
import { egxCalendar } from "../../../src/market/calendar.ts";
import { clockAt } from "../../support/certify-at.ts";
import { verified } from "../../support/loads.ts";
import { Crash, dyingLake, makeLake, rowsOf, type TestLake } from "../../support/silver-lake.ts";
import { runEgx, startEgx, temporaryFolder } from "../run-egx.ts";

/** A Monday evening: the session that is followed is that of this day. */
const clock = clockAt("2025-11-24T20:00:00Z");
const calendar = egxCalendar();
const symbols = ["EGX30", "ZBIM", "ZBEB", "ZDEL", "ZDIH"];

async function simulation(historySessions: number): Promise<FeedPlan> {
  const config = {
    feed: "simulator",
    symbols,
    historySessions,
    file: undefined,
    interval: undefined,
    from: undefined,
    to: undefined,
    speed: undefined,
    seed: undefined,
    calendar: undefined,
    tradingviewUrl: undefined,
    tradingviewToken: undefined,
  } as const;
  const random = seededRandom(1);
  return planFeed("simulator", config, { clock, random, live: true, once: false });
}

/** Loads the past into a lake; gives how often silver was to be built. */
async function loaded(lake: Lake, historySessions = 60): Promise<number> {
  const plan = await simulation(historySessions);
  const status = new PipelineStatus(clock);
  const options = { lake, plan, calendar, status, clock, random: seededRandom(1) };
  let builds = 0;
  const build = async (): Promise<void> => {
    builds += 1;
  };
  await loadPast({ ...options, events: () => undefined }, build, new AbortController().signal);
  return builds;
}

async function silverOf(made: TestLake): ReturnType<typeof rowsOf> {
  await made.build();
  return rowsOf(made, 'select symbol, "interval", datetime, close, final from bars order by all');
}

async function loadsOf(lake: Lake): Promise<number> {
  return (await Array.fromAsync(readLoads(lake))).length;
}

test("a simulation that is followed has a past which ends where it begins", async (t) => {
  const made = await makeLake(t);
  assert.equal(await loaded(made.lake), 2);
  await made.build();
  const bars = `from bars where symbol = 'EGX30' and "interval"`;
  assert.deepEqual(await rowsOf(made, `select min(date), max(date), count(*) ${bars} = 'Daily'`), [
    ["2025-08-28", "2025-11-23", 60],
  ]);
  // The hour that has gone by of the session that is followed, and two whole ones.
  const minutes = await rowsOf(
    made,
    `select date, count(*)::int, strftime(max(datetime), '%H:%M') ${bars} = '1 Minute' group by 1 order by 1`,
  );
  assert.deepEqual(minutes.at(-1), ["2025-11-24", 60, "08:59"]);
  assert.deepEqual([minutes.length, minutes[0]?.[0]], [3, "2025-11-20"]);
  // What is held of a session by the minute and by the day is the same session.
  const ends = await rowsOf(
    made,
    `select symbol, date, arg_max(close, datetime) filter ("interval" = '1 Minute') m,
     any_value(close) filter ("interval" = 'Daily') d from bars group by 1, 2
     having m is not null and date < '2025-11-24'`,
  );
  assert.equal(ends.length, 10);
  for (const [symbol, date, minute, day] of ends) {
    assert.equal(minute, day, JSON.stringify([symbol, date]));
  }
  assert.equal((await verified(made.lake)).findings.length, 0);
});

test("a second start loads nothing, and a longer past adds what was missing", async (t) => {
  const { lake } = await makeLake(t);
  await loaded(lake);
  const before = await loadsOf(lake);
  assert.equal(await loaded(lake), 0);
  assert.equal(await loadsOf(lake), before);
  assert.equal(await loaded(lake, 70), 1);
  assert.equal(await loaded(lake, 0), 0);
});

test("a start that died in the midst of it is made up for by the next", async (t) => {
  const whole = await makeLake(t);
  await loaded(whole.lake);
  const wanted = await silverOf(whole);
  // While the first load is written, and while the second one is.
  for (const at of [4, 9]) {
    const made = await makeLake(t);
    await assert.rejects(loaded(dyingLake(made.lake, at, "after")), Crash);
    const stored = await loadsOf(made.lake);
    assert.equal(stored, at === 4 ? 0 : 1);
    assert.equal(await loaded(made.lake), 2 - stored);
    assert.deepEqual(await silverOf(made), wanted, `killed at write ${at}`);
  }
});

test("egx up shows a living exchange, also after it was killed at its first start", async (t) => {
  const data = temporaryFolder(t);
  const start = ["up", "--feed", "simulator", "--symbols", symbols.join(","), "--data", data];
  const killed = startEgx(start);
  await killed.told(/data in /);
  killed.child.kill("SIGKILL");
  await killed.ended;
  const running = startEgx(start);
  t.after(() => running.child.kill("SIGKILL"));
  await running.told(/simulated past: [\d,]+ 1 Minute bars and [\d,]+ Daily bars/);
  running.child.kill("SIGINT");
  assert.equal((await running.ended).code, 0);
  const sql = `select symbol, count(*)::int n from bars where "interval" = 'Daily' group by 1 order by 1`;
  const { stdout } = await runEgx(["query", "--data", data, "--format", "csv", sql]);
  assert.match(stdout, /^symbol,n\nEGX30,250\nZBEB,2\d\d\nZBIM,250\n/);
  const again = await runEgx(["verify", "--data", data]);
  assert.equal(again.code, 0, again.stdout);
});
