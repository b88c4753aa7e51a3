import type { Interval } from "../market/interval.ts";
import type { MetricsSource } from "../serve/metrics-server.ts";
import type { Monitor } from "../serve/monitor.ts";
import type { RunningStage } from "../serve/readiness.ts";
import type { EventSink } from "../telemetry/events.ts";
import type { MetricsForm } from "../telemetry/metrics.ts";
import { readCalendar } from "./calendar-source.ts";
import type { CommandContext } from "./command.ts";
import { packageVersion } from "./version.ts";
import { scratchFolder } from "./wiring.ts";

export interface MonitoringAsked {
  /** Absent when metrics get no port of their own. */
  readonly port: number | undefined;
  /** Whether somebody else serves them, too: the dashboard. */
  readonly always: boolean;
  readonly host: string;
  readonly stages: readonly RunningStage[];
  readonly followed: Interval | null;
  readonly flushIntervalMs: number;
  readonly calendarPath: string | undefined;
}

/** What watches a command while it runs. */
export interface Monitoring {
  readonly monitor: Monitor;
  /** What is served of it. */
  readonly source: MetricsSource;
  /** Stops watching and serving; before log and lake are closed. Idempotent. */
  close(): Promise<void>;
}

/**
 * Keeps metrics and health, and serves them when a port was asked for; null when nobody asks.
 * @throws E_PORT_BUSY, E_CONFIG, E_FILE_MISSING.
 */
export async function startMonitoring(
  asked: MonitoringAsked,
  { clock, logger }: CommandContext,
): Promise<Monitoring | null> {
  const { port, always, host, stages, followed, flushIntervalMs, calendarPath } = asked;
  if (port === undefined && !always) return null;
  const [{ Monitor }, { serveMetrics }] = await Promise.all([
    import("../serve/monitor.ts"),
    import("../serve/metrics-server.ts"),
  ]);
  const calendar = await readCalendar(calendarPath);
  const version = packageVersion();
  const monitor = new Monitor({
    clock,
    calendar,
    version,
    stages,
    followed,
    flushIntervalMs,
    scratchFolder: scratchFolder(),
  });
  const source = {
    text: async (form: MetricsForm) => monitor.text(form),
    reasons: () => monitor.reasons(),
  };
  const server = port === undefined ? null : await serveMetrics({ host, port }, source);
  if (server !== null) logger.info(`metrics and health at ${server.url}`);
  return {
    monitor,
    source,
    close: async () => {
      await server?.close();
      await monitor[Symbol.asyncDispose]();
    },
  };
}

/** One sink that tells several; those that are null are left out. */
export function tellAll(...sinks: readonly (EventSink | null | undefined)[]): EventSink {
  const present = sinks.filter((sink) => sink !== null && sink !== undefined);
  return (event) => {
    for (const sink of present) sink(event);
  };
}
