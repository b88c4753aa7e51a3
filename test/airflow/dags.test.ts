import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, suite, test } from "node:test";
import { isInstalled } from "../../scripts/services/cache.ts";
import { dbtProject, pythonProjectVersion } from "../../scripts/services/python.ts";
import { systemClock } from "../../src/base/clock.ts";
import { z } from "../../src/base/schema.ts";
import { egxCalendar, sessionOf, tradingDaysBetween } from "../../src/market/calendar.ts";
import { releasedSymbols } from "../../src/market/known-universe.ts";
import { jobNames, newestRun, nextRun, runsBetween } from "../../src/market/schedule.ts";
import { runEgx } from "../cli/run-egx.ts";
import {
  Airflow,
  realDbt,
  skipWithoutAirflow,
  type DagRun,
  type Timetable,
} from "../support/airflow.ts";
import { kafkaForFile, skipWithoutKafka } from "../support/services-kafka.ts";
import { minioForFile, newBucket, skipWithoutMinio } from "../support/services-minio.ts";
import { StandIn } from "../support/tradingview/server.ts";

const calendar = egxCalendar();
const date = "2025-11-24";
const symbols = "ZBIM,ZBEB,ZBOB";
const noDbt = { EGX_DBT_COMMAND: "echo dbt" };
/** Looks at the feed's symbols: it has to do with neither log nor lake, and takes its time. */
const monthly: DagRun = { dag: "egx_monthly", date };
/** The DAGs of log, lake and marts. */
const flow = (dbt: Readonly<Record<string, string>>): readonly DagRun[] => [
  { dag: "egx_intraday", date },
  { dag: "egx_daily", date, env: dbt },
  { dag: "egx_weekly", date: "2025-11-27", env: noDbt },
  { dag: "egx_warehouse", date },
];
/** A date that was done before, asked for on another one. */
const again: DagRun = { dag: "egx_daily", date: "2026-01-05", conf: { date } };
const thisYear = (): number => new Date(systemClock.nowMs()).getUTCFullYear();
const iso = (epochMs: number): string => new Date(epochMs).toISOString();
const countsSchema = z.array(z.object({ interval: z.string(), bars: z.number() }));

suite("Airflow", { skip: skipWithoutAirflow }, () => {
  const broker = skipWithoutMinio === false ? kafkaForFile() : Promise.resolve(null);
  const store = skipWithoutKafka === false ? minioForFile() : Promise.resolve(null);
  const folder = mkdtempSync(path.join(tmpdir(), "egx-airflow-"));
  let airflow: Airflow;
  let standIn: StandIn;

  before(async () => {
    const scanner = releasedSymbols().map(({ symbol, isin, name, currency }) => ({
      s: `EGX:${symbol}`,
      values: { name: symbol, description: name, type: "stock", currency, isin },
    }));
    standIn = await StandIn.start({ listings: [], scanner });
    airflow = await Airflow.create(path.join(folder, "airflow"), {
      EGX_TRADINGVIEW_SCANNER_URL: standIn.scannerUrl,
      EGX_FEED: "simulator",
      EGX_SEED: "7",
      EGX_SYMBOLS: symbols,
      EGX_RETRIES: "1",
      EGX_RETRY_SECONDS: "0.5",
    });
  });
  after(async () => {
    await standIn.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Bars of each interval in silver, and all their revisions. */
  async function stored(env: Readonly<Record<string, string>>): Promise<Record<string, number>> {
    const sql =
      "select interval, count(*)::int bars from bars group by 1 union all " +
      "select 'revisions', count(*)::int from bar_revisions order by 1";
    const { stdout, stderr } = await runEgx(["query", "--json", sql], { env });
    assert.ok(stdout.startsWith("["), stderr);
    const rows = countsSchema.parse(JSON.parse(stdout));
    return Object.fromEntries(rows.map(({ interval, bars }) => [interval, bars]));
  }

  function isWhole(bars: Readonly<Record<string, number>>): void {
    assert.ok((bars["1 Minute"] ?? 0) > 300, JSON.stringify(bars));
    assert.ok((bars["Daily"] ?? 0) >= 3 * 6, JSON.stringify(bars));
  }

  test("DAGs import without error or warning; their timetables give the calendar's sessions", async () => {
    const runsFile = path.join(folder, "runs.json");
    const dates = ["--from", "2015-01-01", "--to", `${thisYear() + 1}-12-31`];
    const said = await runEgx(["calendar", "--runs", "all", "--json", ...dates]);
    writeFileSync(runsFile, said.stdout);
    const { inspected } = await airflow.drive({ inspect: jobNames, runsFile });
    assert.ok(inspected !== null);
    assert.deepEqual(inspected.errors, {});
    assert.deepEqual(inspected.warnings, []);
    assert.deepEqual(inspected.judged, {
      done: "success",
      partly: "success",
      failed: "tried again",
      damaged: "tried again",
      usage: "failed at once",
      "set-up": "failed at once",
      killed: "tried again",
      "dbt failed": "tried again",
      "dbt usage": "failed at once",
    });
    assert.equal(inspected.told, "success");
    assert.ok(inspected.fromFile);
    assert.deepEqual(Object.keys(inspected.dags).toSorted(), [
      "egx_daily",
      "egx_intraday",
      "egx_monthly",
      "egx_warehouse",
      "egx_weekly",
    ]);
    const { egx_daily: daily } = inspected.dags;
    assert.equal(daily?.summary, "EGX daily");
    assert.equal(daily.description, "20 minutes after the exchange's close");
    assert.deepEqual(daily.tasks, {
      final_bars: "egx_feed",
      corrections: "egx_feed",
      store: "default_pool",
      silver: "egx_lake",
      certify: "egx_lake",
      marts: "egx_warehouse",
    });

    const from = Temporal.PlainDate.from("2024-01-01");
    const to = Temporal.PlainDate.from("2026-12-31");
    const sessions = tradingDaysBetween(calendar, from, to).map((day) => {
      const session = sessionOf(calendar, day);
      assert.ok(session !== null);
      const { openMs, closeMs } = session;
      return [iso(openMs), iso(closeMs), iso(closeMs + 20 * 60_000)];
    });
    assert.ok(sessions.length > 700);
    assert.deepEqual(inspected.timetables["daily"]?.runs, sessions);
    for (const job of jobNames) {
      const timetable: Timetable | undefined = inspected.timetables[job];
      // What began before the first date is not asked for: a week that began in 2023.
      const expected = runsBetween(calendar, job, { from, to }).filter(
        ({ startMs }) => iso(startMs) >= "2024-01-01",
      );
      assert.deepEqual(
        timetable?.runs,
        expected.map(({ startMs, endMs, atMs }) => [iso(startMs), iso(endMs), iso(atMs)]),
      );
      const nowMs = systemClock.nowMs();
      assert.equal(timetable.missed, iso(newestRun(calendar, job, nowMs)?.atMs ?? 0));
      assert.equal(timetable.next, iso(nextRun(calendar, job, nowMs).atMs));
    }
    assert.deepEqual(inspected.timetables["intraday"]?.manual, [
      "2025-11-24T08:00:00.000Z",
      "2025-11-24T10:00:00.000Z",
      // A Friday stands for the session before.
      "2025-11-20T11:00:00.000Z",
    ]);
  });

  test("each DAG runs end to end on folders; a rerun of any date adds nothing", async () => {
    const places = { EGX_LOG: path.join(folder, "log"), EGX_LAKE: path.join(folder, "lake") };
    const warehouse = path.join(folder, "warehouse");
    const dbt = { EGX_DBT_COMMAND: realDbt, EGX_WAREHOUSE: warehouse };
    const hasDbt = isInstalled(dbtProject.name, pythonProjectVersion(dbtProject));
    await airflow.drive({ runs: [monthly, ...flow(hasDbt ? dbt : noDbt)] }, places);
    const first = await stored(places);
    isWhole(first);
    await airflow.drive({ runs: [again] }, places);
    assert.deepEqual(await stored(places), first);
  });

  test(
    "each DAG runs end to end on Kafka and MinIO",
    { skip: skipWithoutKafka === false ? skipWithoutMinio : skipWithoutKafka },
    async () => {
      const [kafka, minio] = await Promise.all([broker, store]);
      assert.ok(kafka !== null && minio !== null);
      const places = {
        KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
        EGX_LAKE: `s3://${newBucket()}`,
        MINIO_ENDPOINT: minio.endpoint,
        AWS_ACCESS_KEY_ID: minio.user,
        AWS_SECRET_ACCESS_KEY: minio.password,
      };
      await airflow.drive({ runs: flow(noDbt) }, places);
      isWhole(await stored(places));
    },
  );
});
