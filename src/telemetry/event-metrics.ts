import type { EventSink, Measurement, News } from "./events.ts";
import { isMeasurement } from "./events.ts";
import { metricTable, operations } from "./metric-table.ts";
import type { Metrics } from "./metrics.ts";

type Operation = (typeof operations)[number];
type ConsumerNews = Extract<
  News,
  { kind: "takeover" | "flushed" | "claim-refused" | "partition-stopped" | "assigned" | "revoked" }
>;

/** Turns the events of stages into metrics. */
export function eventMetrics(metrics: Metrics): EventSink {
  const partitions = new Set<number>();
  return (event) => {
    if (isMeasurement(event)) measure(metrics, event, partitions);
    else if (isOfConsumer(event)) countConsumer(metrics, event, partitions);
    else countOther(metrics, event);
  };
}

function isOfConsumer(event: News): event is ConsumerNews {
  return "partition" in event;
}

function measure(metrics: Metrics, event: Measurement, partitions: ReadonlySet<number>): void {
  switch (event.kind) {
    case "feed":
      setFeedState(metrics, event.state);
      metrics.set("egx_feed_delay_seconds", event.delaySeconds, {});
      if (event.state === "broken") metrics.add("egx_feed_breaks_total", 1, {});
      return;
    case "read":
      countRead(metrics, event);
      return;
    case "held":
      metrics.set("egx_held_bytes", event.bytes, {});
      metrics.set("egx_held_limit_bytes", event.limitBytes, {});
      return;
    case "joined":
      metrics.set("egx_partitions", partitions.size, {});
      return;
    case "lake-call": {
      const { operation, outcome, seconds } = event;
      metrics.add("egx_lake_calls_total", 1, { operation, outcome });
      metrics.observe("egx_lake_call_seconds", seconds, { operation });
      return;
    }
    case "built":
      metrics.observe("egx_silver_build_seconds", event.seconds, {});
      metrics.set("egx_silver_bars", event.bars, {});
      metrics.set("egx_silver_revisions", event.revisions, {});
      return;
  }
}

function countRead(metrics: Metrics, event: Extract<Measurement, { kind: "read" }>): void {
  const { interval, bars, final, delaySeconds } = event;
  setFeedState(metrics, "giving");
  metrics.add("egx_feed_bars_total", final, { interval, state: "final" });
  metrics.add("egx_feed_bars_total", bars - final, { interval, state: "forming" });
  metrics.set("egx_feed_delay_seconds", delaySeconds, {});
}

function setFeedState(metrics: Metrics, now: "asked" | "giving" | "broken" | "ended"): void {
  for (const state of metricTable.egx_feed_state.labels.state) {
    metrics.set("egx_feed_state", state === now ? 1 : 0, { state });
  }
}

function countConsumer(metrics: Metrics, event: ConsumerNews, partitions: Set<number>): void {
  switch (event.kind) {
    case "assigned":
    case "revoked":
      if (event.kind === "assigned") partitions.add(event.partition);
      else partitions.delete(event.partition);
      metrics.set("egx_partitions", partitions.size, {});
      return;
    case "takeover":
      metrics.add("egx_takeovers_total", 1, {});
      metrics.add("egx_rewritten_objects_total", event.rewritten, {});
      return;
    case "claim-refused":
      metrics.add("egx_ledger_conflicts_total", 1, {});
      return;
    case "partition-stopped":
      metrics.add("egx_partitions_stopped_total", 1, { code: event.error.code });
      return;
    case "flushed":
      countFlush(metrics, event);
      return;
  }
}

function countFlush(metrics: Metrics, event: Extract<News, { kind: "flushed" }>): void {
  metrics.add("egx_flushes_total", 1, { reason: event.reason });
  metrics.observe("egx_flush_seconds", event.seconds, {});
  metrics.add("egx_stored_records_total", event.records, {});
  metrics.add("egx_stored_bytes_total", event.bytes, {});
  for (const { records, bytes } of event.objectSizes) {
    metrics.observe("egx_object_records", records, {});
    metrics.observe("egx_object_bytes", bytes, {});
  }
  for (const [code, n] of event.deadLetters) metrics.add("egx_dead_letters_total", n, { code });
}

function countOther(metrics: Metrics, event: Exclude<News, ConsumerNews>): void {
  switch (event.kind) {
    case "retry": {
      const operation = operationOf(event.operation);
      metrics.add("egx_retries_total", 1, { operation, code: event.error.code });
      return;
    }
    case "recovered":
      metrics.add("egx_recoveries_total", 1, { operation: operationOf(event.operation) });
      return;
    case "published":
      metrics.add("egx_published_records_total", event.records, {});
      metrics.add("egx_published_bytes_total", event.bytes, {});
      metrics.observe("egx_publish_seconds", event.seconds, {});
      return;
    case "rejected":
      metrics.add("egx_feed_rejected_total", 1, { code: event.error.code });
      return;
    case "symbol-failed":
      metrics.add("egx_feed_symbol_failures_total", 1, { code: event.error.code });
      return;
    case "gap": {
      const { interval, fromMs, toMs } = event;
      metrics.add("egx_feed_gaps_total", 1, { interval });
      metrics.add("egx_feed_gap_seconds_total", Math.max(0, toMs - fromMs) / 1000, { interval });
      return;
    }
    case "learned":
    case "notice":
  }
}

/** A closed set, so that a metric's series are, too. */
function operationOf(operation: string): Operation {
  return operations.find((known) => known === operation) ?? "other";
}
