import type { Interval } from "../market/interval.ts";
import { serveMetrics } from "../serve/metrics-server.ts";
import { Monitor } from "../serve/monitor.ts";
import type { RunningStage } from "../serve/readiness.ts";
import type { EventSink } from "../telemetry/events.ts";
import type { MetricsForm } from "../telemetry/metrics.ts";
import { readCalendar } from "./calendar-source.ts";
import type { CommandContext } from "./command.ts";
import { packageVersion } from "./version.ts";
import { scratchFolder } from "./wiring.ts";

export interface MonitoringAsked {
  /** Absent when nothing is to be served. */
  readonly port: number | undefined;
  readonly host: string;
  readonly stages: readonly RunningStage[];
  readonly followed: Interval | null;
  readonly flushIntervalMs: number;
  readonly calendarPath: string | undefined;
}

/** What watches a command while it runs. */
export interface Monitoring {
  readonly monitor: Monitor;
  /** Stops watching and serving; before log and lake are closed. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves metrics and health when a port was asked for, and says where; null when none was.
 * @throws E_PORT_BUSY, E_CONFIG, E_FILE_MISSING.
 */
export async function startMonitoring(
  asked: MonitoringAsked,
  { clock, logger }: CommandContext,
): Promise<Monitoring | null> {
  const { port, host, stages, followed, flushIntervalMs, calendarPath } = asked;
  if (port === undefined) return null;
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
  const server = await serveMetrics({ host, port }, source);
  logger.info(`metrics and health at ${server.url}`);
  return {
    monitor,
    close: async () => {
      await server.close();
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
