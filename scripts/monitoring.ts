/**
 * Writes what watches the pipeline: `npm run monitoring [-- --check]`.
 *
 * Prometheus' rules, Alertmanager's configuration, Grafana's dashboards and CloudWatch's alarms,
 * made from the tables of alerts and metrics. `--check` writes nothing and fails when a file is not
 * as the tables have it.
 */
import {
  cloudwatchAgentFile,
  cloudwatchAlarmsFile,
  cloudwatchScrapeFile,
} from "./monitoring/cloudwatch-files.ts";
import { writeGenerated } from "./generated-files.ts";
import { dashboardFiles } from "./monitoring/grafana-files.ts";
import { alertmanagerFile, rulesFile, shippedRules } from "./monitoring/prometheus-files.ts";

const dashboards = Object.entries(dashboardFiles()).map(([name, text]) => {
  return [`deploy/grafana/dashboards/${name}`, text] as const;
});
const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries(dashboards),
  "deploy/prometheus/rules.yml": rulesFile(shippedRules),
  "deploy/cloudwatch/agent.json": cloudwatchAgentFile(),
  "deploy/cloudwatch/scrape.yml": cloudwatchScrapeFile(),
  "deploy/cloudwatch/alarms.json": cloudwatchAlarmsFile(),
  "deploy/alertmanager/alertmanager.yml": alertmanagerFile(),
};

writeGenerated(files, "is not as its table has it: npm run monitoring");
