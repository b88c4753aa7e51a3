import { consumerMetrics } from "./consumer-metrics.ts";
import { callSeconds, errorCode as code, type MetricFacts } from "./metric-facts.ts";

const stage = ["log", "lake"] as const;
const interval = "a bar's length by its code: 1m 5m 15m 30m 1h 1d 1w 1mo";
const partition = "a partition of the topic, from 0 on";

/** What is tried again when it fails, as retries name it. */
export const operations = [
  "ask for the log's end",
  "ask the log for its offsets",
  "certify",
  "claim a range",
  "commit",
  "copy dead letters",
  "find the chain's end",
  "find the topic",
  "find the topics",
  "go on",
  "join the group",
  "look at an object",
  "look at the lake",
  "look at the last entry",
  "look at the dead-letter topic",
  "look at the topic",
  "make the topics",
  "note the end",
  "open the dead-letter topic",
  "open the lake",
  "open the log",
  "publish",
  "put an object",
  "reach the topic",
  "read a claim",
  "read back the topic",
  "read the feed",
  "read the lake's kind",
  "read the log",
  "settle the lake's kind",
  "silver build",
  "try the lake",
  "other",
] as const;

const processMetrics = {
  egx_build_info: {
    type: "gauge",
    unit: "",
    labels: { version: "of egx-pipeline", node: "of Node" },
    meaning: "Always 1: which build runs.",
  },
  egx_clock_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: {},
    meaning: "This host's clock, seconds since 1970 (UTC); against the scraper's it shows skew.",
  },
  egx_ready: {
    type: "gauge",
    unit: "",
    labels: {},
    meaning: "1 while /readyz says ready, else 0.",
  },
  egx_retries_total: {
    type: "counter",
    unit: "attempts",
    labels: { operation: operations, code },
    meaning: "Failures that were tried again.",
  },
  egx_recoveries_total: {
    type: "counter",
    unit: "operations",
    labels: { operation: operations },
    meaning: "Operations that succeeded after failures.",
  },
} as const satisfies Record<string, MetricFacts>;

const marketMetrics = {
  egx_market_open: {
    type: "gauge",
    unit: "",
    labels: {},
    meaning: "1 from the opening to the close of a session by the calendar, else 0.",
  },
  egx_market_phase: {
    type: "gauge",
    unit: "",
    labels: {
      phase: ["pre-open", "continuous", "closing-auction", "trade-at-close", "closed"],
    },
    meaning: "1 for the phase that it is by the calendar, 0 for the others.",
  },
  egx_market_open_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: {},
    meaning: "How long today's session has been open; 0 while it is not.",
  },
  egx_session_open_timestamp_seconds: {
    type: "gauge",
    unit: "seconds since 1970 (UTC)",
    labels: {},
    meaning: "When the session that is on, or else the next one, opens.",
  },
  egx_session_close_timestamp_seconds: {
    type: "gauge",
    unit: "seconds since 1970 (UTC)",
    labels: {},
    meaning:
      "When it closes. What was scraped last still tells when all processes are dead: whether they " +
      "are missed.",
  },
} as const satisfies Record<string, MetricFacts>;

const feedMetrics = {
  egx_feed_state: {
    type: "gauge",
    unit: "",
    labels: { state: ["asked", "giving", "broken", "ended"] },
    meaning:
      "1 for the state that the feed is in: asked and silent, giving bars, broken off, at its end.",
  },
  egx_feed_breaks_total: {
    type: "counter",
    unit: "breaks",
    labels: {},
    meaning: "How often the feed broke off, to be asked again.",
  },
  egx_feed_connections: {
    type: "gauge",
    unit: "connections",
    labels: {},
    meaning: "Connections to the feed that are up.",
  },
  egx_feed_connects_total: {
    type: "counter",
    unit: "attempts",
    labels: { outcome: ["first", "again", "failed"] },
    meaning:
      "Attempts to connect: those that opened a connection, or one in the place of a lost one (a " +
      "reconnect), and those that failed.",
  },
  egx_feed_frames_total: {
    type: "counter",
    unit: "frames",
    labels: { kind: ["message", "heartbeat", "unreadable", "malformed"] },
    meaning:
      "Frames from the feed: messages, heartbeats, what could not be read, and those messages of " +
      "known names that were not understood (they count as messages, too).",
  },
  egx_feed_bars_total: {
    type: "counter",
    unit: "bars",
    labels: { interval, state: ["forming", "final"] },
    meaning: "Bars that the feed gave, each state of a forming bar by itself.",
  },
  egx_feed_delay_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: {},
    meaning: "By how much the feed lags the market.",
  },
  egx_feed_silence_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: {},
    meaning: "Since the feed last gave a bar of any symbol, or since the start.",
  },
  egx_feed_silence_market_seconds: {
    type: "gauge",
    unit: "market seconds",
    labels: {},
    meaning: "The same, counted only in continuous trading, as late as the feed is.",
  },
  egx_feed_rejected_total: {
    type: "counter",
    unit: "rows",
    labels: { code },
    meaning: "Rows of the feed that are no valid bars and were not seen before.",
  },
  egx_feed_symbol_failures_total: {
    type: "counter",
    unit: "symbols",
    labels: { code },
    meaning: "Symbols that the feed could not give, at each attempt.",
  },
  egx_feed_gaps_total: {
    type: "counter",
    unit: "gaps",
    labels: { interval },
    meaning: "Stretches of a symbol in which bars may be missing.",
  },
  egx_feed_gap_seconds_total: {
    type: "counter",
    unit: "seconds",
    labels: { interval },
    meaning: "The length of these stretches together.",
  },
} as const satisfies Record<string, MetricFacts>;

const logMetrics = {
  egx_published_records_total: {
    type: "counter",
    unit: "records",
    labels: {},
    meaning: "Records that the log has acknowledged.",
  },
  egx_published_bytes_total: {
    type: "counter",
    unit: "bytes",
    labels: {},
    meaning: "Bytes of their keys and values.",
  },
  egx_publish_seconds: {
    type: "histogram",
    unit: "seconds",
    labels: {},
    meaning: "From the first attempt to send a batch to its acknowledgement.",
    buckets: callSeconds,
  },
  egx_lag_records: {
    type: "gauge",
    unit: "records",
    labels: { partition },
    meaning:
      "Offsets of the log that the lake does not hold, of the partitions that this process has.",
  },
  egx_lag_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: { partition },
    meaning: "Age of the oldest record that is not stored, by its time in the log; 0 when all is.",
  },
  egx_lag_market_seconds: {
    type: "gauge",
    unit: "market seconds",
    labels: { partition },
    meaning: "The same age, counted only while a session is open.",
  },
  egx_retention_left_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: { partition },
    meaning:
      "Until the log may delete the oldest record that is not stored; absent without a limit.",
  },
} as const satisfies Record<string, MetricFacts>;

const freshnessMetrics = {
  egx_freshness_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: { stage, interval },
    meaning: "Since the end of the newest bar that has arrived there, of any symbol.",
  },
  egx_freshness_market_seconds: {
    type: "gauge",
    unit: "market seconds",
    labels: { stage, interval },
    meaning: "The same, counted only while a session is open.",
  },
  egx_symbols_known: {
    type: "gauge",
    unit: "symbols",
    labels: { stage, interval },
    meaning: "Symbols of which bars have arrived since the start.",
  },
  egx_symbols_silent: {
    type: "gauge",
    unit: "symbols",
    labels: { stage, interval },
    meaning: "Of these, how many have had no bar for 10 market minutes and the feed's delay.",
  },
  egx_bars_expected_total: {
    type: "counter",
    unit: "bars",
    labels: { stage },
    meaning:
      "Minutes of a session whose 1m bars were due: 10 s after their end and the feed's delay in " +
      "the log, one flush later in the lake. Silence counts: the calendar alone says what is due.",
  },
  egx_bars_timely_total: {
    type: "counter",
    unit: "bars",
    labels: { stage },
    meaning: "Of these, the minutes of which at least one symbol's bar was there when it was due.",
  },
} as const satisfies Record<string, MetricFacts>;

const silverMetrics = {
  egx_silver_build_seconds: {
    type: "histogram",
    unit: "seconds",
    labels: {},
    meaning: "How long a build of silver took.",
    buckets: callSeconds,
  },
  egx_silver_bars: {
    type: "gauge",
    unit: "bars",
    labels: {},
    meaning: "Bars in silver after the last build.",
  },
  egx_silver_revisions: {
    type: "gauge",
    unit: "revisions",
    labels: {},
    meaning: "Revisions of bars in silver after the last build.",
  },
} as const satisfies Record<string, MetricFacts>;

/** Every metric that this program exports: there is no other. */
export const metricTable = {
  ...processMetrics,
  ...marketMetrics,
  ...feedMetrics,
  ...logMetrics,
  ...consumerMetrics,
  ...freshnessMetrics,
  ...silverMetrics,
} as const satisfies Record<string, MetricFacts>;

type Table = typeof metricTable;
export type MetricName = keyof Table;
type NamesOfType<T> = { [N in MetricName]: Table[N]["type"] extends T ? N : never }[MetricName];
export type CounterName = NamesOfType<"counter">;
export type GaugeName = NamesOfType<"gauge">;
export type HistogramName = NamesOfType<"histogram">;

type ValueOf<V> = V extends readonly (infer Each extends string)[] ? Each : string;
/** The labels of a metric, of closed sets of values where the table has them. */
export type LabelsOf<N extends MetricName> = {
  readonly [L in keyof Table[N]["labels"]]: ValueOf<Table[N]["labels"][L]>;
};
