import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { utf8 } from "../../../src/base/bytes.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { type JobOptions, qualityJob, scheduledJobs } from "../../../src/cli/up/jobs.ts";
import type { Bar } from "../../../src/market/bar.ts";
import { egxCalendar } from "../../../src/market/calendar.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { type JobName, newestRun, type ScheduledRun } from "../../../src/market/schedule.ts";
import { clockAt } from "../../support/certify-at.ts";
import { dailyTruth } from "../../support/daily-truth.ts";
import { historyFeed } from "../../support/history-feed.ts";
import { packedLake } from "../../support/packed-lake.ts";
import { rowsOf, type TestLake } from "../../support/silver-lake.ts";

const calendar = egxCalendar();
const daily = parseInterval("1d");
const clock = clockAt("2025-11-27T18:00:00Z");

/** Eight symbols on every session from August to 27 November 2025, a Thursday. */
const truth = dailyTruth({
  symbols: 8,
  from: "2025-08-01",
  to: "2025-11-27",
  source: "tradingview",
});
const dateOf = ({ startMs }: Bar): string => new Date(startMs).toISOString().slice(0, 10);
const today = "2025-11-27";

function optionsOn(made: TestLake, source = "tradingview"): JobOptions {
  return {
    lake: made.lake,
    plan: {
      feed: historyFeed(source, truth),
      kind: "real",
      request: { symbols: "all", interval: daily },
    },
    calendar,
    clock,
    random: seededRandom(1),
    events: () => undefined,
    build: async () => {
      await made.build();
    },
    reviewUniverse: null,
  };
}

function runOf(job: JobName): ScheduledRun {
  const run = newestRun(calendar, job, clock.nowMs());
  assert.ok(run !== null);
  return run;
}

const signal = new AbortController().signal;

async function does(options: JobOptions, name: JobName): Promise<string> {
  const job = scheduledJobs(options).find((each) => each.name === name);
  assert.ok(job !== undefined);
  return job.work(runOf(name), signal);
}

async function barsIn(made: TestLake): Promise<number> {
  return Number((await rowsOf(made, "select count(*) from bars"))[0]?.[0]);
}

const damage = "select count(*) from certificates where state in ('missing', 'degraded')";

/** A lake that lacks three bars of the last sessions, and one that is older than what is healed. */
async function holedLake(t: TestContext): Promise<TestLake> {
  const lost = new Set([
    "SYM1 2025-11-10",
    "SYM2 2025-11-18",
    "SYM3 2025-11-18",
    "SYM4 2025-09-03",
  ]);
  return packedLake(
    t,
    truth.filter((bar) => !lost.has(`${bar.symbol} ${dateOf(bar)}`)),
  );
}

suite("the jobs of egx up", () => {
  test("after the close recent holes are healed by the feed, older ones stay for egx quality --heal", async (t) => {
    const made = await holedLake(t);
    const before = await barsIn(made);
    const job = qualityJob(optionsOn(made));
    assert.equal(job.atStart, true);
    const outcome = await job.work(runOf("daily"), signal);
    assert.match(outcome, /; 3 holes healed, 0 need nothing, 0 stay open$/);
    assert.equal(await barsIn(made), before + 3);
    assert.deepEqual(await rowsOf(made, damage), [[1]]);
    assert.match(await job.work(runOf("daily"), signal), /; 0 holes healed, 0 need/);
  });

  test("a feed without a past is not asked: the holes are certified", async (t) => {
    const made = await holedLake(t);
    const outcome = await does(optionsOn(made, "csv:bars.csv"), "daily");
    assert.match(outcome, /^[\d,]+ certificates in \d+ partitions$/);
    assert.deepEqual(await rowsOf(made, damage), [[4]]);
  });

  test("the schedule's daily job loads the final bars of the day", async (t) => {
    const made = await packedLake(
      t,
      truth.filter((bar) => dateOf(bar) !== today),
    );
    const outcome = await does(optionsOn(made), "daily");
    // Eight symbols on the six sessions of a week: loads are held against loads alone.
    assert.match(outcome, /^48 daily bars loaded; /);
    assert.equal(await barsIn(made), truth.length);
    assert.deepEqual(await rowsOf(made, damage), [[0]]);
    assert.match(await does(optionsOn(made), "daily"), /^0 daily bars loaded; /);
  });

  test("the hourly job certifies, and the monthly one looks at the universe", async (t) => {
    const made = await packedLake(t, truth);
    const options = optionsOn(made);
    assert.match(await does(options, "intraday"), /certificates in \d+ partitions$/);
    assert.deepEqual(await rowsOf(made, damage), [[0]]);
    assert.equal(await does(options, "monthly"), "this feed has no list of symbols");
    const reviewUniverse = async (): Promise<string> => "2 new";
    assert.equal(await does({ ...options, reviewUniverse }, "monthly"), "2 new");
  });

  test("the weekly job loads a month again and fails when the lake is not as its ledger says", async (t) => {
    const made = await holedLake(t);
    assert.match(
      await does(optionsOn(made), "weekly"),
      /^184 daily bars loaded; 1 ledger entries verified$/,
    );
    assert.equal(await barsIn(made), truth.length - 1);
    assert.match(await does(optionsOn(made), "weekly"), /^0 daily bars loaded; /);
    await made.lake.put("streaming/date=2025-11-24/symbol=SYM0/other.json", utf8("{}\n"));
    await assert.rejects(does(optionsOn(made), "weekly"), {
      code: "E_LEDGER_DAMAGED",
      message: "verify finds stray streaming/date=2025-11-24/symbol=SYM0/other.json",
    });
  });
});
