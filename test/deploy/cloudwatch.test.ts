import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { alerts } from "../../scripts/monitoring/alert-table.ts";
import { z } from "../../src/base/schema.ts";
import { metricTable } from "../../src/telemetry/metric-table.ts";

const read = (name: string): unknown =>
  JSON.parse(readFileSync(`deploy/cloudwatch/${name}`, "utf8"));

const dimensions = z.tuple([z.strictObject({ Name: z.literal("job"), Value: z.literal("egx") })]);
const statistic = z.strictObject({
  Id: z.string().regex(/^[a-z]\w*$/),
  ReturnData: z.literal(false),
  MetricStat: z.strictObject({
    Metric: z.strictObject({
      Namespace: z.literal("EGX"),
      MetricName: z.string(),
      Dimensions: dimensions,
    }),
    Period: z.literal(60),
    Stat: z.enum(["Maximum", "Minimum", "Sum"]),
  }),
});
const action = z.tuple([z.strictObject({ Ref: z.enum(["PageTopicArn", "TicketTopicArn"]) })]);
/** The properties of AWS::CloudWatch::Alarm that ours have, as CloudFormation documents them. */
const alarm = z.strictObject({
  Type: z.literal("AWS::CloudWatch::Alarm"),
  Properties: z.strictObject({
    AlarmName: z.string(),
    AlarmDescription: z.string(),
    Metrics: z.tuple([
      statistic,
      statistic,
      z.strictObject({
        Id: z.literal("insession"),
        Expression: z.string(),
        Label: z.string(),
        ReturnData: z.literal(true),
      }),
    ]),
    ComparisonOperator: z.enum(["GreaterThanThreshold", "LessThanThreshold"]),
    Threshold: z.number(),
    EvaluationPeriods: z.number().int().min(1).max(1_440),
    DatapointsToAlarm: z.number().int().min(1),
    TreatMissingData: z.literal("notBreaching"),
    AlarmActions: action,
    OKActions: action,
  }),
});
const parameter = z.strictObject({ Type: z.literal("String"), Description: z.string() });
const template = z.strictObject({
  AWSTemplateFormatVersion: z.literal("2010-09-09"),
  Description: z.string(),
  Parameters: z.strictObject({ PageTopicArn: parameter, TicketTopicArn: parameter }),
  Resources: z.record(z.string().regex(/^[A-Za-z0-9]+$/), alarm),
});
const agent = z.strictObject({
  logs: z.strictObject({
    metrics_collected: z.strictObject({
      prometheus: z.strictObject({
        log_group_name: z.string(),
        prometheus_config_path: z.string().endsWith(".yml"),
        emf_processor: z.strictObject({
          metric_namespace: z.literal("EGX"),
          metric_declaration: z.array(
            z.strictObject({
              source_labels: z.array(z.string()).min(1),
              label_matcher: z.string(),
              dimensions: z.tuple([z.tuple([z.literal("job")])]),
              metric_selectors: z.tuple([z.string()]),
            }),
          ),
        }),
      }),
    }),
    force_flush_interval: z.number().int().positive(),
  }),
});

const alarms = Object.entries(template.parse(read("alarms.json")).Resources);
const { emf_processor: emf } = agent.parse(read("agent.json")).logs.metrics_collected.prometheus;
const sent = emf.metric_declaration.map(({ metric_selectors: [name] }) => name.slice(1, -1));

test("each alarm is an alert of the table, over metrics that the agent sends", () => {
  const known = new Set(alerts.map(([name]) => name));
  assert.ok(alarms.length >= 9);
  for (const [name, { Properties: its }] of alarms) {
    assert.ok(known.has(name), name);
    assert.equal(its.AlarmName, name);
    const [value, open] = its.Metrics;
    for (const { MetricStat } of [value, open]) {
      assert.ok(sent.includes(MetricStat.Metric.MetricName), MetricStat.Metric.MetricName);
    }
  }
  for (const name of sent) assert.ok(name in metricTable, name);
});

test("on a closed day the value is one that does not alarm", () => {
  for (const [name, { Properties: its }] of alarms) {
    const [, open, decision] = its.Metrics;
    assert.equal(open.MetricStat.Metric.MetricName, "egx_market_open");
    const [, closed] = /^IF\(open > 0, value, ([\d.]+)\)$/.exec(decision.Expression) ?? [];
    assert.ok(closed !== undefined, name);
    const alarms =
      its.ComparisonOperator === "GreaterThanThreshold"
        ? Number(closed) > its.Threshold
        : Number(closed) < its.Threshold;
    assert.equal(alarms, false, name);
  }
});

test("labels choose what a metric of CloudWatch is made of", () => {
  for (const {
    source_labels: labels,
    label_matcher: pattern,
    metric_selectors,
  } of emf.metric_declaration) {
    const name = metric_selectors[0].slice(1, -1);
    const facts = Object.entries(metricTable).find(([known]) => known === name)?.[1];
    const own = Object.keys(facts?.labels ?? {});
    for (const label of labels)
      assert.ok(label === "job" || own.includes(label), `${name}: ${label}`);
    assert.ok(new RegExp(pattern).source.startsWith("^"), name);
  }
});
