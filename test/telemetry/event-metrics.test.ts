import assert from "node:assert/strict";
import { test } from "node:test";
import { EgxError } from "../../src/base/errors.ts";
import { eventMetrics } from "../../src/telemetry/event-metrics.ts";
import type { PipelineEvent } from "../../src/telemetry/events.ts";
import { metricTable } from "../../src/telemetry/metric-table.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { everyEvent } from "./every-event.ts";

async function linesAfter(events: readonly PipelineEvent[]): Promise<readonly string[]> {
  const metrics = new Metrics();
  const sink = eventMetrics(metrics);
  for (const event of events) sink(event);
  const { text } = await metrics.text("prometheus");
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("a flush counts records, objects, bytes and dead letters", async () => {
  const lines = await linesAfter(everyEvent.filter(({ kind }) => kind === "flushed"));
  for (const line of [
    'egx_flushes_total{reason="interval"} 1',
    "egx_stored_records_total 5",
    "egx_stored_bytes_total 700",
    'egx_object_records_bucket{le="3"} 2',
    "egx_object_records_sum 5",
    "egx_object_bytes_count 2",
    'egx_dead_letters_total{code="E_BAR_PRICE"} 2',
  ]) {
    assert.ok(lines.includes(line), `${line} is not in\n${lines.join("\n")}`);
  }
});

test("the feed is in one state at a time", async () => {
  const asked: PipelineEvent = { kind: "feed", state: "asked", delaySeconds: 900 };
  const read: PipelineEvent = {
    kind: "read",
    interval: "1m",
    bars: 3,
    final: 1,
    delaySeconds: 900,
    heard: true,
  };
  const broken: PipelineEvent = { kind: "feed", state: "broken", delaySeconds: 900 };
  const stateAfter = async (events: readonly PipelineEvent[]): Promise<readonly string[]> =>
    (await linesAfter(events)).filter((line) => /^egx_feed_state.* 1$/.test(line));
  assert.deepEqual(await stateAfter([asked]), ['egx_feed_state{state="asked"} 1']);
  assert.deepEqual(await stateAfter([asked, read]), ['egx_feed_state{state="giving"} 1']);
  assert.deepEqual(await stateAfter([asked, read, broken]), ['egx_feed_state{state="broken"} 1']);
  const lines = await linesAfter([asked, read, broken]);
  assert.ok(lines.includes("egx_feed_breaks_total 1"));
  assert.ok(lines.includes('egx_feed_bars_total{interval="1m",state="forming"} 2'));
});

test("an operation that the table does not know is counted as other", async () => {
  const error = new EgxError("E_LOG_BUSY", "held");
  const retry = { kind: "retry", error, attempt: 1, waitMs: 5 } as const;
  const lines = await linesAfter([
    { ...retry, operation: "publish" },
    { ...retry, operation: `publish ${Math.PI}` },
  ]);
  const retries = lines.filter((line) => line.startsWith("egx_retries_total"));
  assert.deepEqual(retries, [
    'egx_retries_total{operation="publish",code="E_LOG_BUSY"} 1',
    'egx_retries_total{operation="other",code="E_LOG_BUSY"} 1',
  ]);
});

test("both forms have the same metrics, each with its help", async () => {
  const metrics = new Metrics();
  const sink = eventMetrics(metrics);
  for (const event of everyEvent) sink(event);
  const first = await metrics.text("openmetrics");
  const [plain, open] = [await metrics.text("prometheus"), await metrics.text("openmetrics")];
  assert.deepEqual(open, first, "one form leaves the other as it was");
  assert.match(plain.contentType, /^text\/plain; version=0\.0\.4/);
  assert.match(open.contentType, /^application\/openmetrics-text; version=1\.0\.0/);
  assert.ok(open.text.endsWith("# EOF\n"));
  const samples = (text: string): readonly string[] =>
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(samples(open.text), samples(plain.text));
  for (const [name, { type }] of Object.entries(metricTable)) {
    assert.match(plain.text, new RegExp(`# HELP ${name} .`));
    const family = type === "counter" ? name.replace(/_total$/, "") : name;
    assert.match(open.text, new RegExp(`# HELP ${family} .`));
  }
});

test("a gauge that was forgotten shows nothing, not 0", async () => {
  const metrics = new Metrics();
  metrics.set("egx_held_bytes", 5, {});
  metrics.set("egx_lag_records", 7, { partition: "3" });
  metrics.forget("egx_held_bytes");
  metrics.forget("egx_lag_records");
  const { text } = await metrics.text("prometheus");
  assert.doesNotMatch(text, /^egx_(held_bytes|lag_records)/m);
});
