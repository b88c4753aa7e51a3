import { callSeconds, errorCode as code, type MetricFacts } from "./metric-facts.ts";

const lakeOperations = [
  "put",
  "create",
  "replace",
  "head",
  "get",
  "get-range",
  "list",
  "delete",
] as const;

/** Of the way from the log into the lake: the consumer, and the lake itself. */
export const consumerMetrics = {
  egx_partitions: {
    type: "gauge",
    unit: "partitions",
    labels: {},
    meaning: "Partitions that this process reads.",
  },
  egx_partitions_stopped_total: {
    type: "counter",
    unit: "partitions",
    labels: { code },
    meaning: "Partitions that were given up with an error.",
  },
  egx_takeovers_total: {
    type: "counter",
    unit: "takeovers",
    labels: {},
    meaning: "How often a partition's chain was taken over.",
  },
  egx_rewritten_objects_total: {
    type: "counter",
    unit: "objects",
    labels: {},
    meaning: "Objects that the writer before had left unfinished.",
  },
  egx_ledger_conflicts_total: {
    type: "counter",
    unit: "claims",
    labels: {},
    meaning: "Claims that were refused because somebody else held the range.",
  },
  egx_stored_records_total: {
    type: "counter",
    unit: "records",
    labels: {},
    meaning: "Records that are stored in streaming objects.",
  },
  egx_stored_bytes_total: {
    type: "counter",
    unit: "bytes",
    labels: {},
    meaning: "Bytes of the lines of these and of dead letters, before compression.",
  },
  egx_dead_letters_total: {
    type: "counter",
    unit: "records",
    labels: { code },
    meaning: "Records that were stored as dead letters.",
  },
  egx_flushes_total: {
    type: "counter",
    unit: "flushes",
    labels: {
      reason: ["records", "bytes", "objects", "interval", "budget", "revoked", "end", "gone"],
    },
    meaning: "Batches that were stored, by what made them due.",
  },
  egx_flush_seconds: {
    type: "histogram",
    unit: "seconds",
    labels: {},
    meaning: "From the seal of a batch until all of it is stored.",
    buckets: callSeconds,
  },
  egx_object_records: {
    type: "histogram",
    unit: "records",
    labels: {},
    meaning: "Records of a streaming object; its count is the number of objects.",
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 10_000, 100_000],
  },
  egx_object_bytes: {
    type: "histogram",
    unit: "bytes",
    labels: {},
    meaning: "Bytes of a streaming object before compression.",
    buckets: [300, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
  },
  egx_held_bytes: {
    type: "gauge",
    unit: "bytes",
    labels: {},
    meaning: "Bytes of lines that all partitions of this process hold together.",
  },
  egx_held_limit_bytes: {
    type: "gauge",
    unit: "bytes",
    labels: {},
    meaning: "The budget of these; reading waits while it is used up.",
  },
  egx_lake_calls_total: {
    type: "counter",
    unit: "calls",
    labels: {
      operation: lakeOperations,
      outcome: "ok, exists, changed, absent, or an error code of docs/errors.md",
    },
    meaning: "Calls to the lake, by how they ended.",
  },
  egx_lake_call_seconds: {
    type: "histogram",
    unit: "seconds",
    labels: {
      operation: lakeOperations,
    },
    meaning: "How long these calls took, failed ones too.",
    buckets: callSeconds,
  },
  egx_dead_letters_open: {
    type: "gauge",
    unit: "records",
    labels: {},
    meaning: "Dead letters of the lake that are neither replayed nor waived.",
  },
  egx_dead_letters_oldest_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: {},
    meaning: "Age of the oldest of these, by its time in the log; 0 when there is none.",
  },
  egx_gaps_open: {
    type: "gauge",
    unit: "gaps",
    labels: {},
    meaning: "Holes in the lake's bars that are written down and not closed.",
  },
  egx_gap_open_seconds: {
    type: "gauge",
    unit: "seconds",
    labels: {},
    meaning: "Age of the oldest of these, since it was opened; 0 when there is none.",
  },
  egx_certificates: {
    type: "gauge",
    unit: "certificates",
    labels: {
      interval: "a bar's length by its code: 1m 5m 15m 30m 1h 1d 1w 1mo",
      state: ["complete", "degraded", "pending", "missing"],
    },
    meaning: "Certificates of the newest session (week, month) that has ended, one a symbol.",
  },
} as const satisfies Record<string, MetricFacts>;
