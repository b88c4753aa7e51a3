import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { isInstalled } from "../../scripts/services/cache.ts";
import { freePort } from "../../scripts/services/ports.ts";
import {
  alertmanagerCommand,
  alertmanagerPart,
  debianProgram,
  prometheusPart,
} from "../../scripts/services/prometheus.ts";
import { answersAt, startServer } from "../../scripts/services/server.ts";
import { systemClock } from "../../src/base/clock.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { serveMetrics } from "../../src/serve/metrics-server.ts";
import { Monitor } from "../../src/serve/monitor.ts";
import { mustRunServices } from "../support/services-kafka.ts";
import { until } from "../support/log-until.ts";

const skip =
  (isInstalled(prometheusPart.name, prometheusPart.version) &&
    isInstalled(alertmanagerPart.name, alertmanagerPart.version)) ||
  mustRunServices()
    ? false
    : "Prometheus is not installed: node scripts/services.ts install prometheus alertmanager";

/** Market seconds a second: outages of minutes are seen in seconds. */
const speed = 20;
const minuteMs = 60_000;

interface Feeding {
  readonly url: string;
  silent: boolean;
}

/** A pipeline's monitor, served, whose feed gives a bar a market minute unless it is silent. */
async function feed(t: TestContext, from: string): Promise<Feeding> {
  const startMs = Temporal.ZonedDateTime.from(`${from}[Africa/Cairo]`).epochMilliseconds;
  const beganMs = systemClock.monotonicMs();
  const nowMs = (): number => startMs + (systemClock.monotonicMs() - beganMs) * speed;
  const monitor = new Monitor({
    clock: { ...systemClock, nowMs },
    calendar: egxCalendar(),
    version: "0",
    stages: ["producer"],
    followed: parseInterval("1m"),
    flushIntervalMs: 0,
    scratchFolder: tmpdir(),
  });
  const server = await serveMetrics(
    { host: "127.0.0.1", port: 0 },
    {
      text: async (form) => monitor.text(form),
      reasons: () => monitor.reasons(),
    },
  );
  const state = { url: server.url, silent: false };
  const give = (): void => {
    if (state.silent) return;
    const barMs = (Math.floor(nowMs() / minuteMs) - 1) * minuteMs;
    const span = { newest: new Map([["COMI", barMs]]), starts: new Set([barMs]) };
    const bars = new Map([["1m", span]]);
    monitor.sink({ kind: "read", interval: "1m", bars: 1, final: 1, delaySeconds: 0 });
    monitor.sink({ kind: "published", records: 1, bytes: 100, seconds: 0.01, bars });
  };
  const timer = setInterval(give, 100);
  t.after(async () => {
    clearInterval(timer);
    await server.close();
  });
  return state;
}

interface Received {
  readonly status: string;
  readonly name: string;
}

/** A webhook receiver, and all that it was told. */
async function receiver(t: TestContext): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const port = await freePort();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      for (const [, status = "", name = ""] of body.matchAll(
        /\{"status":"(\w+)","labels":\{"alertname":"(\w+)"/g,
      )) {
        received.push({ status, name });
      }
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { port, received };
}

/** Addresses of the two servers. */
interface Watching {
  readonly prometheus: string;
  readonly alertmanager: string;
}

/** The project's own rules and configuration, with times of a test, on real servers. */
async function watch(t: TestContext, target: string, hookPort: number): Promise<Watching> {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-alerts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [port, alertPort] = [await freePort(), await freePort()];
  const quick = (file: string): string =>
    readFileSync(file, "utf8").replaceAll(/interval: (15s|2m)|group_wait: 15s/g, (found) =>
      found.replace(/(15s|2m)/, "1s"),
    );
  writeFileSync(path.join(folder, "rules.yml"), quick("deploy/prometheus/rules.yml"));
  writeFileSync(
    path.join(folder, "prometheus.yml"),
    quick("deploy/prometheus/prometheus.yml")
      .replace("127.0.0.1:9093", `127.0.0.1:${alertPort}`)
      .replace("127.0.0.1:9464", new URL(target).host),
  );
  writeFileSync(
    path.join(folder, "alertmanager.yml"),
    quick("deploy/alertmanager/alertmanager.yml").replace(
      "127.0.0.1:9095",
      `127.0.0.1:${hookPort}`,
    ),
  );
  const start = async (name: "prometheus" | "prometheus-alertmanager", at: number) => {
    const isPrometheus = name === "prometheus";
    const program = isPrometheus
      ? { command: debianProgram(prometheusPart, "prometheus"), args: [] }
      : alertmanagerCommand();
    const server = await startServer({
      name,
      command: program.command,
      args: [
        ...program.args,
        `--config.file=${isPrometheus ? "prometheus" : "alertmanager"}.yml`,
        `--web.listen-address=127.0.0.1:${at}`,
        ...(isPrometheus
          ? ["--storage.tsdb.path=tsdb"]
          : ["--storage.path=alerts", "--cluster.listen-address="]),
      ],
      cwd: folder,
      logFile: path.join(folder, `${name}.log`),
      ready: answersAt(`http://127.0.0.1:${at}/-/ready`),
    });
    t.after(() => server.stop());
  };
  await start("prometheus-alertmanager", alertPort);
  await start("prometheus", port);
  return { prometheus: `http://127.0.0.1:${port}`, alertmanager: `http://127.0.0.1:${alertPort}` };
}

async function answerOf(prometheus: string, query: string): Promise<string> {
  const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
  return response.text();
}

suite("real Prometheus and Alertmanager", { skip }, () => {
  test("a feed that falls silent is told, its consequences are not, and its end is", async (t) => {
    const { port, received } = await receiver(t);
    const state = await feed(t, "2025-11-24T11:00:00");
    const { prometheus, alertmanager } = await watch(t, state.url, port);
    await until("minutes are counted as timely", async () => {
      const answer = await answerOf(prometheus, 'egx_bars_timely_total{stage="log"} > 3');
      return answer.includes('"value"');
    });
    assert.deepEqual(received, []);
    state.silent = true;
    await until("the receiver hears of it", () => received.length > 0);
    await until("its consequence has come, and is held back", async () => {
      const response = await fetch(`${alertmanager}/api/v2/alerts?active=false&inhibited=true`);
      return /"alertname":"EgxBarsLateFast"/.test(await response.text());
    });
    for (const each of received) {
      assert.deepEqual(each, { status: "firing", name: "EgxFeedSilent" });
    }
    state.silent = false;
    await until("the receiver hears of its end", () =>
      received.some(({ name, status }) => name === "EgxFeedSilent" && status === "resolved"),
    );
  });

  test("on a Friday the same silence is nothing", async (t) => {
    const { port, received } = await receiver(t);
    const state = await feed(t, "2025-11-21T11:00:00");
    state.silent = true;
    const { prometheus } = await watch(t, state.url, port);
    await until("the feed has long been silent", async () => {
      const answer = await answerOf(prometheus, "egx_feed_silence_seconds > 200");
      return answer.includes('"value"');
    });
    assert.match(await answerOf(prometheus, "ALERTS"), /"result":\[\]/);
    assert.deepEqual(received, []);
  });
});
