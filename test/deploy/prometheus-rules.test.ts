import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { suite, test } from "node:test";
import { alerts } from "../../scripts/monitoring/alert-table.ts";
import {
  alertmanagerPart,
  debianProgram,
  prometheusPart,
} from "../../scripts/services/prometheus.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { metricTable } from "../../src/telemetry/metric-table.ts";
import {
  fires,
  firing,
  judge,
  quietUntil,
  skipWithoutPrometheus as skip,
} from "../support/alerts/judge-rules.ts";
import { SimulatedPipeline, stepMs, type Series } from "../support/alerts/market-series.ts";

const calendar = egxCalendar();
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const at = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime("Africa/Cairo").epochMilliseconds;

async function seriesOf(
  from: string,
  to: string,
  outage?: readonly [from: string, to: string],
): Promise<{ readonly series: Series; readonly since: (text: string) => number }> {
  const [fromMs, toMs] = [at(from), at(to)];
  const silent = outage === undefined ? {} : { outage: [at(outage[0]), at(outage[1])] as const };
  const pipeline = new SimulatedPipeline(calendar, fromMs - hourMs);
  const series = await pipeline.series({ fromMs, toMs, ...silent });
  return { series, since: (text) => at(text) - fromMs };
}

const quiet = {
  "an open day with a thin symbol": ["2025-11-24T09:30", "2025-11-24T15:30"],
  "a Friday": ["2025-11-21T10:00", "2025-11-21T12:00"],
  "a holiday": ["2025-03-31T10:00", "2025-03-31T12:00"],
  "a day of Ramadan, its afternoon too": ["2025-03-10T09:30", "2025-03-10T15:00"],
  "the night in which clocks go forward": ["2025-04-24T20:00", "2025-04-25T04:00"],
  "the night in which clocks go back": ["2025-10-30T20:00", "2025-10-31T04:00"],
  "the opening after clocks went forward": ["2025-04-27T09:30", "2025-04-27T11:30"],
  "the opening after clocks went back": ["2025-11-02T09:30", "2025-11-02T11:30"],
} as const;

/** Faults that no feed makes, each a series of its own beside those of a pipeline that works. */
function faults(steps: number): Series {
  const held = (value: string): readonly string[] => Array.from({ length: steps }, () => value);
  const grown = (from: number, by: number): readonly string[] =>
    Array.from({ length: steps }, (_, step) => String(from + step * by));
  return new Map([
    ['up{job="egx",instance="b"}', held("0")],
    ['egx_ready{instance="c"}', held("0")],
    ['egx_clock_seconds{instance="c"}', grown(10, stepMs / 1000)],
    ['egx_lag_records{instance="c",partition="1"}', held("50")],
    ['egx_lag_market_seconds{instance="c",partition="1"}', held("2000")],
    ['egx_stored_records_total{instance="c"}', held("7")],
    ['egx_retention_left_seconds{instance="c",partition="1"}', held("86399")],
    ['egx_lake_calls_total{operation="put",outcome="E_LAKE_FORBIDDEN"}', grown(0, 1)],
    ['egx_partitions_stopped_total{code="E_LEDGER_DAMAGED"}', held("1")],
    ['egx_dead_letters_open{instance="c"}', held("3")],
    ['egx_gaps_open{instance="c"}', held("1")],
    ['egx_certificates{interval="1m",state="missing"}', held("1")],
  ]);
}

const everyAlert = alerts.map(([name]) => name).filter((name) => name !== "EgxCalendarLost");

suite("the alert rules", { skip }, () => {
  for (const [name, [from, to]] of Object.entries(quiet)) {
    test(`wake nobody on ${name}`, async () => {
      const { series, since } = await seriesOf(from, to);
      assert.equal(await judge(series, [quietUntil(since(to))]), "");
    });
  }

  for (const day of ["2025-11-24", "2025-03-10"]) {
    test(`each tells its fault on ${day}, while the market is open and no longer`, async () => {
      const [from, to] = [`${day}T11:00`, `${day}T16:00`];
      const outage = [`${day}T11:05`, `${day}T16:00`] as const;
      const { series, since } = await seriesOf(from, to, outage);
      const all = new Map([...series, ...faults(since(to) / stepMs + 1)]);
      const complaint = await judge(all, [
        fires(since(`${day}T11:05`), "EgxFeedSilent", false),
        fires(since(`${day}T11:07`), "EgxFeedSilent", true),
        firing(since(`${day}T13:00`), everyAlert.toSorted()),
        firing(since(`${day}T14:31`), []),
        firing(since(to), []),
      ]);
      assert.equal(complaint, "");
    });
  }

  for (const [from, to] of [
    ["2025-11-21T11:00", "2025-11-21T13:00"],
    ["2025-03-31T11:00", "2025-03-31T13:00"],
    ["2025-04-24T23:00", "2025-04-25T03:00"],
    ["2025-10-30T22:00", "2025-10-31T02:00"],
  ] as const) {
    test(`none of these faults wakes anybody on the closed ${from}`, async () => {
      const { series, since } = await seriesOf(from, to, [from, to]);
      const all = new Map([...series, ...faults(since(to) / stepMs + 1)]);
      assert.equal(await judge(all, [quietUntil(since(to))]), "");
    });
  }

  test("an outage ends, and so does its alert", async () => {
    const outage = ["2025-11-24T12:00", "2025-11-24T12:40"] as const;
    const { series, since } = await seriesOf("2025-11-24T11:00", "2025-11-24T13:00", outage);
    const complaint = await judge(series, [
      quietUntil(since("2025-11-24T12:00")),
      fires(since("2025-11-24T12:02"), "EgxFeedSilent", true),
      fires(since("2025-11-24T12:39"), "EgxFeedSilent", true),
      fires(since("2025-11-24T12:41"), "EgxFeedSilent", false),
    ]);
    assert.equal(complaint, "");
  });

  test("one late minute is no trend", async () => {
    const outage = ["2025-11-24T12:00", "2025-11-24T12:01"] as const;
    const { series, since } = await seriesOf("2025-11-24T11:00", "2025-11-24T13:00", outage);
    const whole = since("2025-11-24T13:00");
    assert.equal(await judge(series, [quietUntil(whole, "EgxBarsLate.*")]), "");
  });
});

suite("when everything is dead", { skip }, () => {
  /** What is scraped until a moment, and the scraper's own `up` after it. */
  async function dead(from: string, died: string, to: string): Promise<Series> {
    const { series, since } = await seriesOf(from, to);
    const alive = since(died) / stepMs;
    const cut = new Map<string, readonly string[]>();
    for (const [name, values] of series) {
      const isUp = name.startsWith("up{");
      cut.set(name, [
        ...values.slice(0, alive),
        ...values.slice(alive).map((_, step) => (isUp ? "0" : step === 0 ? "stale" : "_")),
      ]);
    }
    return cut;
  }

  test("the session that was told last is still known: its death in it is told", async () => {
    const [from, to] = ["2025-11-24T11:00", "2025-11-24T12:00"];
    const series = await dead(from, "2025-11-24T11:30", to);
    const complaint = await judge(series, [
      fires(at("2025-11-24T11:30") - at(from), "EgxProcessDown", false),
      fires(at("2025-11-24T11:32") - at(from), "EgxProcessDown", true),
    ]);
    assert.equal(complaint, "");
  });

  test("a death after the close is told at the next opening, not before", async () => {
    const [from, to] = ["2025-11-23T15:30", "2025-11-24T16:10"];
    const series = await dead(from, "2025-11-23T16:00", to);
    const before = at("2025-11-24T09:59") - at(from);
    const complaint = await judge(series, [
      fires(before, "EgxProcessDown", false),
      fires(at("2025-11-24T10:02") - at(from), "EgxProcessDown", true),
      fires(at("2025-11-24T15:59") - at(from), "EgxCalendarLost", false),
      fires(at("2025-11-24T16:01") - at(from), "EgxCalendarLost", true),
    ]);
    assert.equal(complaint, "");
  });
});

test("Prometheus and Alertmanager take their files", { skip }, () => {
  const promtool = debianProgram(prometheusPart, "promtool");
  const amtool = debianProgram(alertmanagerPart, "amtool");
  for (const [program, args] of [
    [promtool, ["check", "rules", path.resolve("deploy/prometheus/rules.yml")]],
    [promtool, ["check", "config", path.resolve("deploy/prometheus/prometheus.yml")]],
    [amtool, ["check-config", path.resolve("deploy/alertmanager/alertmanager.yml")]],
  ] as const) {
    const { status, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 60_000 });
    assert.equal(status, 0, stderr);
  }
});

test("every file is as its table has it", () => {
  const args = ["scripts/monitoring.ts", "--check"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("every alert has its entry in the runbook, and every entry an alert", () => {
  const runbook = readFileSync("docs/runbook.md", "utf8");
  const entries = Array.from(runbook.matchAll(/^## (Egx\w+)$/gm), ([, name = ""]) => name);
  assert.deepEqual(entries.toSorted(), alerts.map(([name]) => name).toSorted());
  for (const entry of runbook.split(/^## /m).slice(1)) {
    for (const item of [/^- Look at: /m, /^- Type: `/m, /^- Wake somebody: /m]) {
      assert.match(entry, item, entry.slice(0, 40));
    }
  }
});

test("rules speak of metrics that there are, and silence alerts that there are", () => {
  const names = new Set<string>(alerts.map(([name]) => name));
  for (const [name, { silences = [] }] of alerts) {
    for (const silenced of silences) assert.ok(names.has(silenced), `${name} silences ${silenced}`);
  }
  const text = readFileSync("deploy/prometheus/rules.yml", "utf8");
  for (const [metric] of text.matchAll(/\begx_\w+/g)) {
    assert.ok(metric in metricTable, `${metric} is in no table`);
  }
});
