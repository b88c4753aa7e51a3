import { alerts, type CloudWatchAlarm } from "./alert-table.ts";

const namespace = "EGX";
const note =
  "# Made by `npm run monitoring` from scripts/monitoring/alert-table.ts: edit that, not this file.";

/** Samples of a metric that count, where labels decide it: label names, and a pattern of their values. */
const chosen: Readonly<Record<string, readonly [labels: string, pattern: string]>> = {
  egx_lake_calls_total: ["outcome", "^E_.*$"],
  egx_certificates: ["state", "^(degraded|missing)$"],
  egx_freshness_market_seconds: ["stage;interval", "^lake;1m$"],
};

const alarms = alerts.flatMap(([name, { cloudwatch, severity, summary }]) =>
  cloudwatch === undefined ? [] : [{ name, severity, summary, ...cloudwatch }],
);

/** How the CloudWatch agent scrapes `/metrics`. */
export function cloudwatchScrapeFile(): string {
  return [
    note,
    "# The agent's prometheus_config_path. Its host runs `egx ... --metrics-port 9464`.",
    "global:",
    "  scrape_interval: 15s",
    "scrape_configs:",
    "  - job_name: egx",
    "    static_configs:",
    '      - targets: ["127.0.0.1:9464"]',
    "",
  ].join("\n");
}

/** The CloudWatch agent's own configuration: which metrics become CloudWatch's, by EMF. */
export function cloudwatchAgentFile(): string {
  const names = [...new Set(["egx_market_open", ...alarms.map(({ metric }) => metric)])];
  const declarations = names.map((name) => {
    const [labels = "job", pattern = "^egx$"] = chosen[name] ?? [];
    return {
      source_labels: labels.split(";"),
      label_matcher: pattern,
      dimensions: [["job"]],
      metric_selectors: [`^${name}$`],
    };
  });
  const document = {
    logs: {
      metrics_collected: {
        prometheus: {
          log_group_name: "/egx/metrics",
          prometheus_config_path: "/opt/aws/amazon-cloudwatch-agent/etc/egx-scrape.yml",
          emf_processor: {
            metric_namespace: namespace,
            metric_declaration: declarations,
          },
        },
      },
      force_flush_interval: 15,
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The CloudFormation template of the alarms; each counts only while the exchange is open. */
export function cloudwatchAlarmsFile(): string {
  const resources = Object.fromEntries(
    alarms.map((alarm) => [
      alarm.name,
      { Type: "AWS::CloudWatch::Alarm", Properties: properties(alarm) },
    ]),
  );
  const document = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "Alarms of egx-pipeline over the metrics that the CloudWatch agent scrapes.",
    Parameters: {
      PageTopicArn: { Type: "String", Description: "SNS topic for what wakes somebody" },
      TicketTopicArn: { Type: "String", Description: "SNS topic for what waits until tomorrow" },
    },
    Resources: resources,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

interface NamedAlarm extends CloudWatchAlarm {
  readonly name: string;
  readonly severity: "page" | "ticket";
  readonly summary: string;
}

function properties(alarm: NamedAlarm): object {
  const { name, severity, metric, statistic, comparison, threshold, minutes } = alarm;
  const dimensions = [{ Name: "job", Value: "egx" }];
  const stat = (id: string, of: string, how: string): object => ({
    Id: id,
    ReturnData: false,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: of, Dimensions: dimensions },
      Period: 60,
      Stat: how,
    },
  });
  // On a closed day the value is one that never alarms.
  const harmless = comparison === "GreaterThanThreshold" ? threshold : threshold + 1;
  const topic = severity === "page" ? "PageTopicArn" : "TicketTopicArn";
  return {
    AlarmName: name,
    AlarmDescription: `docs/runbook.md#${name.toLowerCase()}`,
    Metrics: [
      stat("value", metric, statistic),
      stat("open", "egx_market_open", "Maximum"),
      {
        Id: "insession",
        Expression: `IF(open > 0, value, ${harmless})`,
        Label: name,
        ReturnData: true,
      },
    ],
    ComparisonOperator: comparison,
    Threshold: threshold,
    EvaluationPeriods: minutes,
    DatapointsToAlarm: minutes,
    TreatMissingData: "notBreaching",
    AlarmActions: [{ Ref: topic }],
    OKActions: [{ Ref: topic }],
  };
}
