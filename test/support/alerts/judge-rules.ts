import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isInstalled } from "../../../scripts/services/cache.ts";
import {
  alertmanagerPart,
  debianProgram,
  prometheusPart,
} from "../../../scripts/services/prometheus.ts";
import { mustRunServices } from "../services-kafka.ts";
import { stepMs, type Series } from "./market-series.ts";

/** Why tests with Prometheus and Alertmanager do not run here, or false when they do. */
export const skipWithoutPrometheus: string | false =
  (isInstalled(prometheusPart.name, prometheusPart.version) &&
    isInstalled(alertmanagerPart.name, alertmanagerPart.version)) ||
  mustRunServices()
    ? false
    : "Prometheus is not installed: npm run services -- install prometheus alertmanager";

const rules = path.resolve("deploy/prometheus/rules.yml");

export interface Expected {
  /** Since the series' start. */
  readonly afterMs: number;
  readonly expr: string;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

/** The alerts that fire at a moment, by name; `[]` for none. */
export function firing(afterMs: number, names: readonly string[]): Expected {
  const expr = 'max by (alertname) (ALERTS{alertstate="firing"})';
  return { afterMs, expr, samples: names.map((name) => oneOf(name)) };
}

/** Whether one alert fires at a moment. */
export function fires(afterMs: number, name: string, does: boolean): Expected {
  const expr = `max by (alertname) (ALERTS{alertstate="firing",alertname="${name}"})`;
  return { afterMs, expr, samples: does ? [oneOf(name)] : [] };
}

/** That no alert (of these names, a regular expression) has fired from the start to a moment. */
export function quietUntil(afterMs: number, names = ".*"): Expected {
  const expr = `count_over_time(ALERTS{alertstate="firing",alertname=~"${names}"}[25h])`;
  return { afterMs, expr, samples: [] };
}

function oneOf(name: string): { readonly labels: string; readonly value: number } {
  return { labels: `{alertname="${name}"}`, value: 1 };
}

/** Runs the shipped rules over series with promtool; its complaint, or nothing. */
export async function judge(series: Series, expected: readonly Expected[]): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-rules-"));
  const interval = `${stepMs / 1000}s`;
  const file = path.join(folder, "test.yml");
  const content = {
    rule_files: [rules],
    evaluation_interval: interval,
    tests: [
      {
        interval,
        input_series: Array.from(series, ([name, values]) => ({
          series: name,
          values: values.join(" "),
        })),
        promql_expr_test: expected.map(({ afterMs, expr, samples }) => ({
          expr,
          eval_time: `${afterMs / 1000}s`,
          exp_samples: samples,
        })),
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(content));
  try {
    return await run(debianProgram(prometheusPart, "promtool"), ["test", "rules", file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program complains of; nothing when it ends well. */
async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return status === 0 ? "" : said || `${command} ended with ${status}`;
}
