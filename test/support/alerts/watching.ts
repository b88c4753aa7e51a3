import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { alertmanagerFile, rulesFile } from "../../../scripts/monitoring/prometheus-files.ts";
import { freePort } from "../../../scripts/services/ports.ts";
import {
  alertmanagerCommand,
  debianProgram,
  prometheusPart,
} from "../../../scripts/services/prometheus.ts";
import { answersAt, startServer } from "../../../scripts/services/server.ts";
import { z } from "../../../src/base/schema.ts";
import type { Cleanup } from "./cleanup.ts";

interface Received {
  readonly status: "firing" | "resolved";
  readonly name: string;
}

const webhookSchema = z.object({
  alerts: z.array(
    z.object({
      status: z.enum(["firing", "resolved"]),
      labels: z.object({ alertname: z.string() }),
    }),
  ),
});

const inhibitedSchema = z.array(z.object({ labels: z.object({ alertname: z.string() }) }));
const answerSchema = z.object({ data: z.object({ result: z.array(z.unknown()) }) });

/** Real Prometheus and Alertmanager, and the webhook receiver that they tell. */
export interface Watching {
  /** Address of Prometheus. */
  readonly prometheus: string;
  /** All that the receiver was told, in order. */
  readonly received: readonly Received[];
  /** How many series a query gives. */
  count(query: string): Promise<number>;
  /** Names of the alerts that fire and are held back by another one. */
  inhibited(): Promise<readonly string[]>;
  /** Whether the receiver has been told this. */
  told(name: string, status: Received["status"]): boolean;
}

/**
 * Starts them on the shipped rules and configuration, looking every second; `scale` shrinks the
 * rules' durations. Targets are addresses that serve `/metrics`.
 */
export async function watch(
  t: Cleanup,
  { targets, scale }: { readonly targets: readonly string[]; readonly scale: number },
): Promise<Watching> {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-alerts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const hook = await receiver(t);
  const [port, alertPort] = [await freePort(), await freePort()];
  const hosts = targets.map((target) => new URL(target).host);
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertPort}`] }] }] },
    scrape_configs: [{ job_name: "egx", static_configs: [{ targets: hosts }] }],
  };
  const put = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
  // JSON is YAML.
  put("prometheus.yml", JSON.stringify(config));
  put("rules.yml", rulesFile({ scale, interval: "1s" }));
  put(
    "alertmanager.yml",
    alertmanagerFile()
      .replace(/group_wait: 15s/, "group_wait: 1s")
      .replace(/group_interval: 2m/, "group_interval: 1s")
      .replace("127.0.0.1:9095", `127.0.0.1:${hook.port}`),
  );
  const started = async (
    name: string,
    at: number,
    { command, args }: { readonly command: string; readonly args: readonly string[] },
  ): Promise<void> => {
    const server = await startServer({
      name,
      command,
      args: [...args, `--web.listen-address=127.0.0.1:${at}`],
      cwd: folder,
      logFile: path.join(folder, `${name}.log`),
      ready: answersAt(`http://127.0.0.1:${at}/-/ready`),
    });
    t.after(() => server.stop());
  };
  const own = alertmanagerCommand();
  await started("alertmanager", alertPort, {
    command: own.command,
    args: [
      ...own.args,
      "--config.file=alertmanager.yml",
      "--storage.path=alerts",
      "--cluster.listen-address=",
    ],
  });
  await started("prometheus", port, {
    command: debianProgram(prometheusPart, "prometheus"),
    args: ["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb"],
  });
  const { received } = hook;
  const prometheus = `http://127.0.0.1:${port}`;
  return {
    prometheus,
    received,
    count: async (query) => (await answerOf(prometheus, query)).length,
    inhibited: async () => {
      const filter = "active=false&silenced=false&inhibited=true";
      const response = await fetch(`http://127.0.0.1:${alertPort}/api/v2/alerts?${filter}`);
      const held = inhibitedSchema.parse(await response.json());
      return held.map(({ labels }) => labels.alertname);
    },
    told: (name, status) => received.some((each) => each.name === name && each.status === status),
  };
}

/** The series that a query gives now. */
export async function answerOf(prometheus: string, query: string): Promise<readonly unknown[]> {
  const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
  return answerSchema.parse(await response.json()).data.result;
}

async function receiver(t: Cleanup): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      for (const { status, labels } of webhookSchema.parse(JSON.parse(body)).alerts) {
        received.push({ status, name: labels.alertname });
      }
      response.end();
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { port, received };
}
