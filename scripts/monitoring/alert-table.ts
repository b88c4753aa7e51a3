import type { MetricName } from "../../src/telemetry/metric-table.ts";
import type { Times } from "./times.ts";

/** An alarm of CloudWatch over one metric, as its agent scrapes it. */
export interface CloudWatchAlarm {
  readonly metric: MetricName;
  readonly statistic: "Maximum" | "Minimum" | "Sum";
  readonly comparison: "GreaterThanThreshold" | "LessThanThreshold";
  readonly threshold: number;
  /** Minutes in a row for which it must hold. */
  readonly minutes: number;
}

export interface AlertFacts {
  readonly severity: "page" | "ticket";
  /** What must hold; that the exchange is open is added to it. */
  readonly expr: (times: Times) => string;
  readonly forSeconds: number;
  readonly summary: string;
  /** Alerts that are its consequences: they are held back while it fires. */
  readonly silences?: readonly string[];
  /** Labels that cause and consequence must share. */
  readonly equal?: readonly string[];
  /** Says when it may fire instead of "while the exchange is open". */
  readonly when?: (times: Times) => string;
  readonly cloudwatch?: CloudWatchAlarm;
}

/** Of the minutes that are due, as many come in time. */
export const objective = 0.995;
const budget = 1 - objective;

/** What fails is tried again within this time. */
const retrySecondsMax = 35;

export const isOpen = "max(egx_market_open) == 1";
/** When nobody tells whether it is open, what was told last of the session's ends. */
const wasToBeOpen =
  "absent(egx_market_open)" +
  " and on() max(last_over_time(egx_session_open_timestamp_seconds[14d])) <= time()" +
  " and on() max(last_over_time(egx_session_close_timestamp_seconds[14d])) > time()";

const late = (window: string, times: number): string =>
  `max by (stage) (egx:bars_late:ratio${window}) > ${times} * ${budget.toFixed(3)}`;
/** One late minute of few is no trend. */
const lateEnough = (window: string): string =>
  `max by (stage) (egx:bars_late:minutes${window}) > 2.5`;

const byInstance = "by (instance)";

/** Every alert, by its name. `docs/runbook.md` has an entry for each. */
const alertTable = {
  EgxFeedSilent: {
    severity: "page",
    expr: (t) => `max(egx_feed_silence_market_seconds) > ${t.seconds(75)}`,
    forSeconds: 0,
    summary:
      "The feed has given no bar of any symbol for {{ $value | humanizeDuration }} of continuous trading.",
    silences: ["EgxDataStale", "EgxBarsLateFast", "EgxBarsLateSlow", "EgxNotReady"],
    cloudwatch: {
      metric: "egx_feed_silence_market_seconds",
      statistic: "Maximum",
      comparison: "GreaterThanThreshold",
      threshold: 75,
      minutes: 1,
    },
  },
  EgxProcessDown: {
    severity: "page",
    expr: () => `up{job="egx"} == 0`,
    forSeconds: 60,
    summary: "{{ $labels.instance }} does not answer.",
    when: () => `${isOpen} or (${wasToBeOpen})`,
    silences: ["EgxLagGrowing", "EgxDataStale", "EgxBarsLateFast", "EgxBarsLateSlow"],
  },
  EgxCalendarLost: {
    severity: "ticket",
    expr: (t) => `absent_over_time(egx_market_open[${t.range(86_400)}])`,
    forSeconds: 0,
    summary: "For a day nothing has told whether the exchange is open: no alert can fire.",
    when: () => "vector(1)",
  },
  EgxLagGrowing: {
    severity: "page",
    expr: (t) =>
      `max(egx_lag_market_seconds > ${t.seconds(900)}` +
      ` and egx_lag_market_seconds >= egx_lag_market_seconds offset ${t.range(300)})`,
    forSeconds: 120,
    summary:
      "The oldest record that is not in the lake has waited {{ $value | humanizeDuration }} of market time, and the lake does not catch up.",
    cloudwatch: {
      metric: "egx_lag_market_seconds",
      statistic: "Maximum",
      comparison: "GreaterThanThreshold",
      threshold: 900,
      minutes: 3,
    },
  },
  EgxConsumerStuck: {
    severity: "page",
    expr: (t) =>
      `sum ${byInstance} (egx_lag_records) > 0` +
      ` and max ${byInstance} (egx_lag_market_seconds) > ${t.seconds(600)}` +
      ` and sum ${byInstance} (increase(egx_stored_records_total[${t.range(600)}])) == 0`,
    forSeconds: 120,
    summary:
      "{{ $value }} records wait at {{ $labels.instance }}, and for ten minutes none was stored.",
    silences: ["EgxLagGrowing"],
  },
  EgxDataStale: {
    severity: "ticket",
    expr: (t) =>
      `max by (stage, interval) (egx_freshness_market_seconds{interval=~"1m|5m|15m"})` +
      ` - on() group_left() (max(egx_feed_delay_seconds) or on() vector(900)) > ${t.seconds(1_800)}`,
    forSeconds: 120,
    summary:
      "The newest {{ $labels.interval }} bar in the {{ $labels.stage }} is {{ $value | humanizeDuration }} of market time older than the feed's delay explains.",
    cloudwatch: {
      metric: "egx_freshness_market_seconds",
      statistic: "Minimum",
      comparison: "GreaterThanThreshold",
      threshold: 2_700,
      minutes: 3,
    },
  },
  EgxLakeRefusesWrites: {
    severity: "page",
    // Whatever is called: a consumer looks before it writes. A failure that passes is over in a minute.
    expr: (t) =>
      `sum(increase(egx_lake_calls_total{outcome=~"E_.*"}[${t.range(60, retrySecondsMax)}])) > 0`,
    forSeconds: 120,
    summary: "Calls to the lake fail, again and again: nothing is stored.",
    silences: [
      "EgxLagGrowing",
      "EgxConsumerStuck",
      "EgxDataStale",
      "EgxBarsLateFast",
      "EgxBarsLateSlow",
      "EgxNotReady",
    ],
    cloudwatch: {
      metric: "egx_lake_calls_total",
      statistic: "Sum",
      comparison: "GreaterThanThreshold",
      threshold: 0,
      minutes: 3,
    },
  },
  EgxDeadLettersWaiting: {
    severity: "ticket",
    expr: () => "max(egx_dead_letters_open) > 0",
    forSeconds: 900,
    summary: "{{ $value }} dead letters wait to be replayed or waived.",
    cloudwatch: {
      metric: "egx_dead_letters_open",
      statistic: "Maximum",
      comparison: "GreaterThanThreshold",
      threshold: 0,
      minutes: 15,
    },
  },
  EgxGapsOpen: {
    severity: "ticket",
    expr: () => "max(egx_gaps_open) > 0",
    forSeconds: 1_800,
    summary: "{{ $value }} holes in the bars are open.",
    cloudwatch: {
      metric: "egx_gaps_open",
      statistic: "Maximum",
      comparison: "GreaterThanThreshold",
      threshold: 0,
      minutes: 30,
    },
  },
  EgxRetentionNear: {
    severity: "page",
    expr: (t) => `min(egx_retention_left_seconds) < ${t.seconds(86_400)}`,
    forSeconds: 120,
    summary: "The log deletes records that are not stored in {{ $value | humanizeDuration }}.",
    cloudwatch: {
      metric: "egx_retention_left_seconds",
      statistic: "Minimum",
      comparison: "LessThanThreshold",
      threshold: 86_400,
      minutes: 3,
    },
  },
  EgxPartitionStopped: {
    severity: "page",
    // Until its process begins anew: a partition that was given up stays so. CloudWatch is told of a
    // counter's growth alone, from its second sample on, and this one begins with the one that counts.
    expr: () => "sum by (code) (egx_partitions_stopped_total) > 0",
    forSeconds: 0,
    summary: "A partition was given up with {{ $labels.code }}.",
    silences: ["EgxLagGrowing", "EgxConsumerStuck", "EgxNotReady"],
  },
  EgxCertificateDegraded: {
    severity: "ticket",
    expr: () => `max by (interval, state) (egx_certificates{state=~"degraded|missing"}) > 0`,
    forSeconds: 600,
    summary:
      "{{ $value }} symbols are {{ $labels.state }} in {{ $labels.interval }} bars of the newest session that has ended.",
    cloudwatch: {
      metric: "egx_certificates",
      statistic: "Maximum",
      comparison: "GreaterThanThreshold",
      threshold: 0,
      minutes: 10,
    },
  },
  EgxClockSkew: {
    severity: "ticket",
    expr: () => "max(abs(egx_clock_seconds - timestamp(egx_clock_seconds))) > 5",
    forSeconds: 120,
    summary: "A host's clock is {{ $value | humanizeDuration }} off.",
  },
  EgxNotReady: {
    severity: "ticket",
    expr: () => `max ${byInstance} (egx_ready) == 0`,
    forSeconds: 600,
    summary: "{{ $labels.instance }} has not been ready for ten minutes; its /readyz says why.",
    cloudwatch: {
      metric: "egx_ready",
      statistic: "Minimum",
      comparison: "LessThanThreshold",
      threshold: 1,
      minutes: 10,
    },
  },
  EgxBarsLateFast: {
    severity: "page",
    expr: () => `${late("5m", 14.4)} and ${late("1h", 14.4)} and ${lateEnough("1h")}`,
    forSeconds: 0,
    summary:
      "{{ $value | humanizePercentage }} of the minutes due in the {{ $labels.stage }} came late or not at all.",
    silences: ["EgxBarsLateSlow"],
    equal: ["stage"],
  },
  EgxBarsLateSlow: {
    severity: "ticket",
    expr: () => `${late("30m", 6)} and ${late("6h", 6)} and ${lateEnough("6h")}`,
    forSeconds: 0,
    summary:
      "{{ $value | humanizePercentage }} of the minutes due in the {{ $labels.stage }} came late or not at all over half an hour.",
  },
} as const satisfies Record<string, AlertFacts>;

/** The table as it is gone through. */
export const alerts: readonly (readonly [string, AlertFacts])[] = Object.entries(alertTable);
