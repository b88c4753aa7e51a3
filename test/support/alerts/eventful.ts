import type { TestContext } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import { egxCalendar } from "../../../src/market/calendar.ts";
import { serveMetrics } from "../../../src/serve/metrics-server.ts";
import { Monitor } from "../../../src/serve/monitor.ts";
import { noTraffic } from "../../../src/telemetry/feed-traffic.ts";
import { everyEvent } from "../../telemetry/every-event.ts";
import { certifiedLake } from "../certified-lake.ts";

/** Serves a monitor that has been told one event of each kind: what a healthy pipeline lacks. */
export async function eventful(t: TestContext): Promise<string> {
  const { lake, scratchFolder } = await certifiedLake(t);
  const monitor = new Monitor({
    clock: systemClock,
    calendar: egxCalendar(),
    version: "0",
    stages: ["producer", "consumer"],
    followed: null,
    flushIntervalMs: 20_000,
    scratchFolder,
  });
  monitor.watchLake(lake, monitor.sink);
  monitor.watchFeed({ traffic: () => noTraffic });
  for (const event of everyEvent) monitor.sink(event);
  const source = {
    text: async (form: "prometheus" | "openmetrics") => monitor.text(form),
    reasons: () => monitor.reasons(),
  };
  const server = await serveMetrics({ host: "127.0.0.1", port: 0 }, source);
  t.after(async () => {
    await server.close();
    await monitor[Symbol.asyncDispose]();
  });
  const timer = setInterval(() => {
    // Quantiles are of what has come lately.
    for (const event of everyEvent) if (event.kind !== "revoked") monitor.sink(event);
  }, 500);
  t.after(() => clearInterval(timer));
  return server.url;
}
