import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { isInstalled } from "../../scripts/services/cache.ts";
import {
  alertmanagerPart,
  debianProgram,
  prometheusPart,
} from "../../scripts/services/prometheus.ts";
import { systemClock } from "../../src/base/clock.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { continuousMsBetween } from "../../src/market/market-time.ts";
import { Monitor } from "../../src/serve/monitor.ts";
import type { BarTally } from "../../src/telemetry/events.ts";
import { mustRunServices } from "../support/services-kafka.ts";

const rules = path.resolve("deploy/prometheus/rules.yml");
const skip =
  (isInstalled(prometheusPart.name, prometheusPart.version) &&
    isInstalled(alertmanagerPart.name, alertmanagerPart.version)) ||
  mustRunServices()
    ? false
    : "Prometheus is not installed: node scripts/services.ts install prometheus alertmanager";

const calendar = egxCalendar();
const minuteMs = 60_000;
const stepMs = 30_000;
const dayMs = 24 * 60 * minuteMs;
const delaySeconds = 900;
const delayMs = delaySeconds * 1000;
const flushIntervalMs = 20_000;
/** What rules look at, of all that a monitor exports. */
const seen =
  /^egx_(market_open|feed_silence_market_seconds|feed_delay_seconds|freshness_market_seconds|bars_\w+_total)\b/;

const at = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime("Africa/Cairo").epochMilliseconds;

interface Day {
  readonly date: string;
  /** The feed gives nothing in [from, to), Cairo wall times. */
  readonly outage?: readonly [from: string, to: string];
}

/** What a monitor exports over 24 hours from a Cairo midnight on, of a pipeline that works. */
async function seriesOf({ date, outage }: Day): Promise<ReadonlyMap<string, readonly string[]>> {
  const startMs = at(`${date}T00:00`);
  const silentMs = outage?.map((wall) => at(`${date}T${wall}`)) ?? [];
  const isSilent = (ms: number): boolean =>
    (silentMs[0] ?? Infinity) <= ms && ms < (silentMs[1] ?? -Infinity);
  let nowMs = startMs;
  const monitor = new Monitor({
    clock: { ...systemClock, nowMs: () => nowMs },
    calendar,
    version: "0",
    stages: ["producer", "consumer"],
    followed: parseInterval("1m"),
    flushIntervalMs,
    scratchFolder: tmpdir(),
  });
  monitor.sink({ kind: "feed", state: "asked", delaySeconds });
  const series = new Map<string, string[]>();
  for (let step = 0; nowMs <= startMs + dayMs; step += 1) {
    const endMs = nowMs - delayMs;
    const traded = continuousMsBetween(calendar, endMs - minuteMs, endMs) === minuteMs;
    if (nowMs % minuteMs === 0 && traded && !isSilent(nowMs)) arrive(monitor, endMs - minuteMs);
    const { text } = await monitor.text("prometheus");
    for (const line of text.split("\n").filter((each) => seen.test(each))) {
      const name = line.replace(/ \S+$/, "");
      const values = series.get(name) ?? Array.from({ length: step }, () => "_");
      values.push(line.slice(name.length + 1));
      series.set(name, values);
    }
    nowMs += stepMs;
  }
  return series;
}

/** COMI trades in every minute, THIN once in the morning. */
function arrive(monitor: Monitor, startMs: number): void {
  const thin = startMs % (120 * minuteMs) === 0 ? (["THIN"] as const) : [];
  const newest = new Map(["COMI", ...thin].map((symbol) => [symbol, startMs]));
  const bars: BarTally = new Map([["1m", { newest, starts: new Set([startMs]) }]]);
  monitor.sink({ kind: "read", interval: "1m", bars: 1, final: 1, delaySeconds });
  monitor.sink({ kind: "published", records: 1, bytes: 100, seconds: 0.01, bars });
  monitor.sink({
    kind: "flushed",
    partition: 0,
    reason: "interval",
    start: 0,
    end: 1,
    records: 1,
    objects: 1,
    objectSizes: [],
    bars,
    bytes: 100,
    deadLetters: new Map(),
    seconds: 0.1,
  });
}

interface Expected {
  readonly atMs: number;
  readonly expr: string;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

/** Runs the rules over series with promtool; its complaint, or nothing. */
function judge(
  t: TestContext,
  { date, series }: { date: string; series: ReadonlyMap<string, readonly string[]> },
  expected: readonly Expected[],
): string {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-rules-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const startMs = at(`${date}T00:00`);
  const file = path.join(folder, "test.yml");
  const content = {
    rule_files: [rules],
    evaluation_interval: "30s",
    tests: [
      {
        interval: "30s",
        input_series: Array.from(series, ([name, values]) => ({
          series: name,
          values: values.join(" "),
        })),
        promql_expr_test: expected.map(({ atMs, expr, samples }) => ({
          expr,
          eval_time: `${(atMs - startMs) / 1000}s`,
          exp_samples: samples,
        })),
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(content));
  const promtool = debianProgram(prometheusPart, "promtool");
  const { status, stdout, stderr } = spawnSync(promtool, ["test", "rules", file], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return status === 0 ? "" : `${stdout}${stderr}`;
}

const quietDays = {
  "an open day with a thin symbol": "2025-11-24",
  "a Friday": "2025-11-21",
  "a holiday": "2025-03-31",
  "a day of Ramadan": "2025-03-10",
  "the night in which clocks go forward": "2025-04-24",
  "the day after it": "2025-04-27",
  "the night in which clocks go back": "2025-10-30",
  "the day after that": "2025-11-02",
} as const;

const firing = 'ALERTS{alertstate="firing"}';

suite("the alert rules", { skip }, () => {
  for (const [name, date] of Object.entries(quietDays)) {
    test(`wake nobody on ${name}`, async (t) => {
      const series = await seriesOf({ date });
      const expr = `count_over_time(${firing}[25h])`;
      const whole = { atMs: at(`${date}T00:00`) + dayMs, expr, samples: [] };
      assert.equal(judge(t, { date, series }, [whole]), "");
    });
  }

  for (const date of ["2025-11-24", "2025-03-10"]) {
    test(`find an outage of ${date} within two minutes, and its end`, async (t) => {
      const series = await seriesOf({ date, outage: ["12:00", "12:40"] });
      const silent = 'ALERTS{alertname="EgxFeedSilent",alertstate="firing"}';
      const labels = `ALERTS{alertname="EgxFeedSilent",alertstate="firing",severity="page"}`;
      const fires = [{ labels, value: 1 }];
      const complaint = judge(t, { date, series }, [
        { atMs: at(`${date}T12:00`), expr: silent, samples: [] },
        { atMs: at(`${date}T12:02`), expr: silent, samples: fires },
        { atMs: at(`${date}T12:39`), expr: silent, samples: fires },
        { atMs: at(`${date}T12:41`), expr: silent, samples: [] },
      ]);
      assert.equal(complaint, "");
      const expr = `count_over_time(${firing}[25h])`;
      const whole = { atMs: at(`${date}T00:00`) + dayMs, expr, samples: [] };
      assert.match(judge(t, { date, series }, [whole]), /EgxFeedSilent/, "a day's alarms are seen");
    });
  }

  test("the same silence is nothing on a Friday or a holiday", async (t) => {
    for (const date of ["2025-11-21", "2025-03-31"]) {
      const series = await seriesOf({ date, outage: ["00:00", "23:59"] });
      const whole = { atMs: at(`${date}T00:00`) + dayMs, expr: firing, samples: [] };
      assert.equal(judge(t, { date, series }, [whole]), "");
    }
  });

  test("are rules that Prometheus takes, and Alertmanager takes its configuration", () => {
    for (const [program, args] of [
      [debianProgram(prometheusPart, "promtool"), ["check", "rules", rules]],
      [
        debianProgram(prometheusPart, "promtool"),
        ["check", "config", path.resolve("deploy/prometheus/prometheus.yml")],
      ],
      [
        debianProgram(alertmanagerPart, "amtool"),
        ["check-config", path.resolve("deploy/alertmanager/alertmanager.yml")],
      ],
    ] as const) {
      const { status, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 60_000 });
      assert.equal(status, 0, stderr);
    }
  });
});

test("every alert asks the calendar and has its entry in the runbook", () => {
  const text = readFileSync(rules, "utf8");
  const runbook = readFileSync("docs/runbook.md", "utf8");
  const alerts = text.split("- alert: ").slice(1);
  assert.ok(alerts.length >= 12);
  for (const alert of alerts) {
    const [name = ""] = alert.split("\n");
    assert.match(alert, /and on\(\) \(max\(egx_market_open\) == 1\)/, name);
    assert.match(alert, new RegExp(`runbook: "docs/runbook.md#${name.toLowerCase()}"`), name);
    assert.match(runbook, new RegExp(`^## ${name}$`, "m"));
  }
});
