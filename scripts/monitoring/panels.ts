import type { MetricFacts } from "../../src/telemetry/metric-facts.ts";
import { metricTable, type MetricName } from "../../src/telemetry/metric-table.ts";

/** The dashboards: each metric is on one of them. */
export const boards = {
  overview: "Overview",
  pipeline: "Pipeline",
  feed: "Feed",
  quality: "Quality",
} as const;

export type Board = keyof typeof boards;

/** A query and how its series are called. */
export interface PanelQuery {
  readonly expr: string;
  readonly legend: string;
}

/** A panel, before it is Grafana's. */
export interface PanelFacts {
  readonly title: string;
  readonly description: string;
  readonly kind: "stat" | "timeseries";
  /** As Grafana names units. */
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
  /** Values from which on a figure is bad. */
  readonly badFrom?: number;
}

/** Where each metric is shown. */
const placeOf = {
  egx_build_info: "overview",
  egx_clock_seconds: "overview",
  egx_ready: "overview",
  egx_retries_total: "overview",
  egx_recoveries_total: "overview",
  egx_market_open: "overview",
  egx_market_phase: "overview",
  egx_market_open_seconds: "overview",
  egx_session_open_timestamp_seconds: "overview",
  egx_session_close_timestamp_seconds: "overview",
  egx_feed_state: "feed",
  egx_feed_breaks_total: "feed",
  egx_feed_connections: "feed",
  egx_feed_connects_total: "feed",
  egx_feed_frames_total: "feed",
  egx_feed_bars_total: "feed",
  egx_feed_delay_seconds: "feed",
  egx_feed_silence_seconds: "feed",
  egx_feed_silence_market_seconds: "feed",
  egx_feed_rejected_total: "feed",
  egx_feed_symbol_failures_total: "feed",
  egx_feed_gaps_total: "feed",
  egx_feed_gap_seconds_total: "feed",
  egx_published_records_total: "pipeline",
  egx_published_bytes_total: "pipeline",
  egx_publish_seconds: "pipeline",
  egx_lag_records: "pipeline",
  egx_lag_seconds: "pipeline",
  egx_lag_market_seconds: "pipeline",
  egx_retention_left_seconds: "pipeline",
  egx_partitions: "pipeline",
  egx_partitions_stopped_total: "pipeline",
  egx_takeovers_total: "pipeline",
  egx_rewritten_objects_total: "pipeline",
  egx_ledger_conflicts_total: "pipeline",
  egx_stored_records_total: "pipeline",
  egx_stored_bytes_total: "pipeline",
  egx_dead_letters_total: "quality",
  egx_flushes_total: "pipeline",
  egx_flush_seconds: "pipeline",
  egx_object_records: "pipeline",
  egx_object_bytes: "pipeline",
  egx_held_bytes: "pipeline",
  egx_held_limit_bytes: "pipeline",
  egx_lake_calls_total: "pipeline",
  egx_lake_call_seconds: "pipeline",
  egx_dead_letters_open: "quality",
  egx_dead_letters_oldest_seconds: "quality",
  egx_gaps_open: "quality",
  egx_gap_open_seconds: "quality",
  egx_certificates: "quality",
  egx_freshness_seconds: "quality",
  egx_freshness_market_seconds: "quality",
  egx_symbols_known: "quality",
  egx_symbols_silent: "quality",
  egx_bars_expected_total: "quality",
  egx_bars_timely_total: "quality",
  egx_silver_build_seconds: "quality",
  egx_silver_bars: "quality",
  egx_silver_revisions: "quality",
} as const satisfies Record<MetricName, Board>;

/** Gauges that add up over processes; of the others the highest counts. */
const summed: ReadonlySet<string> = new Set<MetricName>([
  "egx_feed_connections",
  "egx_lag_records",
  "egx_partitions",
  "egx_held_bytes",
  "egx_held_limit_bytes",
]);

/** What is worth a figure of its own, above everything. */
const figures: readonly PanelFacts[] = [
  figure("Market open", "bool_yes_no", "max(egx_market_open)"),
  figure("Alerts that fire", "none", 'count(ALERTS{alertstate="firing"}) or vector(0)', 1),
  figure("Processes that do not answer", "none", 'count(up{job="egx"} == 0) or vector(0)', 1),
  figure("Feed silent, market time", "s", "max(egx_feed_silence_market_seconds)", 75),
  figure("Oldest record not stored, market time", "s", "max(egx_lag_market_seconds)", 900),
  figure("Newest bar in the lake, market time", "s", freshness("lake"), 2_700),
  figure("Dead letters open", "none", "max(egx_dead_letters_open)", 1),
  figure("Gaps open", "none", "max(egx_gaps_open)", 1),
];

function freshness(stage: string): string {
  return `min(egx_freshness_market_seconds{stage="${stage}"})`;
}

function figure(title: string, unit: string, expr: string, badFrom?: number): PanelFacts {
  const queries = [{ expr, legend: title }];
  const description = metricsOf(expr)
    .map((name) => metricTable[name].meaning)
    .join(" ");
  const bad = badFrom === undefined ? {} : { badFrom };
  return { title, description, kind: "stat", unit, queries, ...bad };
}

/** The metrics of the table that a query asks. */
export function metricsOf(expr: string): readonly MetricName[] {
  const names: readonly MetricName[] = Object.keys(placeOf).filter(isMetric);
  return names.filter((name) => new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b`).test(expr));
}

function isMetric(name: string): name is MetricName {
  return name in metricTable;
}

/** The panels of a board: the figures on the overview, then one a metric, as the table has them. */
export function panelsOf(board: Board): readonly PanelFacts[] {
  const own = Object.entries<MetricFacts>(metricTable)
    .filter(([name]) => isMetric(name) && placeOf[name] === board)
    .map(([name, facts]) => metricPanel(name, facts));
  return board === "overview" ? [...figures, ...own] : own;
}

function metricPanel(name: string, facts: MetricFacts): PanelFacts {
  const { type, labels, meaning } = facts;
  const words = name.replace(/^egx_/, "").replace(/_(total|timestamp_seconds)$/, "");
  const title = words.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
  const by = Object.keys(labels);
  const legend = by.length === 0 ? title : by.map((label) => `{{${label}}}`).join(" ");
  const description = meaning;
  const kind = "timeseries";
  if (type === "counter") {
    const expr = `${grouped("sum", by)}(rate(${name}[$__rate_interval]))`;
    return {
      title: `${title} a second`,
      description,
      kind,
      unit: rateUnit(facts),
      queries: [{ expr, legend }],
    };
  }
  const unit = unitOf(facts);
  if (type === "histogram") {
    const rate = `${grouped("sum", ["le", ...by])}(rate(${name}_bucket[$__rate_interval]))`;
    const queries = [0.5, 0.99].map((share) => ({
      expr: `histogram_quantile(${share}, ${rate})`,
      legend: `p${share * 100} ${by.length === 0 ? "" : legend}`.trim(),
    }));
    return { title, description, kind, unit, queries };
  }
  const ms = name.endsWith("_timestamp_seconds") || name === "egx_clock_seconds" ? " * 1000" : "";
  const expr = `${grouped(summed.has(name) ? "sum" : "max", by)}(${name})${ms}`;
  return {
    title,
    description,
    kind,
    unit: ms === "" ? unit : "dateTimeAsIso",
    queries: [{ expr, legend }],
  };
}

function grouped(how: string, by: readonly string[]): string {
  return by.length === 0 ? how : `${how} by (${by.join(", ")}) `;
}

function unitOf({ unit }: MetricFacts): string {
  if (unit === "seconds" || unit === "market seconds") return "s";
  return unit === "bytes" ? "bytes" : "short";
}

function rateUnit({ unit }: MetricFacts): string {
  if (unit === "bytes") return "Bps";
  return unit === "seconds" ? "s" : "cps";
}
