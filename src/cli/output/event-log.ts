import {
  isMeasurement,
  type EventSink,
  type News,
  type PipelineEvent,
} from "../../telemetry/events.ts";
import type { Logger, LogFields } from "../../telemetry/logger.ts";
import { byCode, count } from "./summary.ts";

type Level = "error" | "warn" | "info" | "debug";
type StorageEvent = Extract<
  News,
  { kind: "takeover" | "flushed" | "claim-refused" | "partition-stopped" | "assigned" | "revoked" }
>;
type OtherEvent = Exclude<News, StorageEvent>;

const levels: Readonly<Record<News["kind"], Level>> = {
  retry: "warn",
  recovered: "info",
  takeover: "debug",
  flushed: "info",
  "claim-refused": "warn",
  "partition-stopped": "error",
  assigned: "debug",
  revoked: "debug",
  learned: "info",
  published: "debug",
  rejected: "debug",
  "symbol-failed": "debug",
  gap: "warn",
  notice: "info",
};

/**
 * Tells a stage's events in the log, each at the level that it deserves. A symbol that cannot be
 * had is named by the summary of who ends by itself; who goes on (`endless`) warns of it once.
 */
export function logEvents(logger: Logger, { endless = false } = {}): EventSink {
  const warned = new Set<string>();
  const levelOf = (event: News): Level => {
    if (isOldNews(event)) return "debug";
    if (!endless || event.kind !== "symbol-failed") return levels[event.kind];
    const what = `${event.symbol} ${event.error.code}`;
    if (warned.has(what)) return "debug";
    warned.add(what);
    return "warn";
  };
  return (event) => {
    if (isMeasurement(event)) return;
    logger[levelOf(event)](told(event), fieldsOf(event));
  };
}

/** The first failures of a kind are news; those of a long outage are so now and then. */
function isOldNews(event: News): boolean {
  return event.kind === "retry" && event.attempt > 3 && event.attempt % 10 !== 0;
}

function fieldsOf(event: News): LogFields {
  if (event.kind === "retry") {
    return { error: event.error, attempt: event.attempt, waitMs: event.waitMs };
  }
  if (event.kind === "gap") {
    const [from, to] = [event.fromMs, event.toMs].map((ms) => new Date(ms).toISOString());
    return { from, to };
  }
  return "error" in event ? { error: event.error } : {};
}

/** An event in one line for people; a measurement says no more than what it is. */
export function told(event: PipelineEvent): string {
  if (isMeasurement(event)) return event.kind;
  switch (event.kind) {
    case "takeover": {
      const again = event.rewritten > 0 ? `, ${event.rewritten} objects written again` : "";
      return `partition ${event.partition}: reading from offset ${event.offset}${again}`;
    }
    case "flushed":
      return (
        `partition ${event.partition}: stored ${count(event.records)} records in ` +
        `${count(event.objects)} objects (${event.reason}), ` +
        `dead letters ${byCode(event.deadLetters)}`
      );
    case "claim-refused":
      return `partition ${event.partition}: somebody else holds offset ${event.start}`;
    case "partition-stopped":
      return `partition ${event.partition} stops: ${event.error.message}`;
    case "assigned":
      return `partition ${event.partition} is ours`;
    case "revoked":
      return `partition ${event.partition} is given back`;
    default:
      return toldOfOthers(event);
  }
}

function toldOfOthers(event: OtherEvent): string {
  switch (event.kind) {
    case "retry": {
      const { operation, error, attempt } = event;
      // Feeds name themselves in their errors.
      const what = error.message.startsWith(operation) ? "" : `${operation}: `;
      return `${what}${error.message}; tried again (attempt ${attempt})`;
    }
    case "recovered":
      return `${event.operation}: works again after ${event.attempts} attempts`;
    case "learned":
      return `the log's end holds ${count(event.bars)} bars in ${count(event.records)} records`;
    case "published":
      return `published ${count(event.records)} records`;
    case "rejected":
      return `${event.symbol ?? "a row"}: no valid bar (${event.error.code})`;
    case "symbol-failed":
      return `${event.symbol}: could not be had (${event.error.code})`;
    case "gap":
      return `${event.symbol}: ${event.interval} bars may be missing`;
    default:
      return event.text;
  }
}
