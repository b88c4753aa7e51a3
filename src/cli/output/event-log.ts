import type { EventSink, PipelineEvent } from "../../telemetry/events.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { byCode, count } from "./summary.ts";

/** Tells a stage's events in the log, each at the level that it deserves. */
export function logEvents(logger: Logger): EventSink {
  return (event) => {
    switch (event.kind) {
      case "retry": {
        const { operation, error, attempt, waitMs } = event;
        // The first failures of a kind are news; the rest of an outage is not, until it is long.
        const tell = attempt <= 3 || attempt % 10 === 0 ? logger.warn : logger.debug;
        tell(`${operation}: failed, trying again`, { error, attempt, waitMs });
        return;
      }
      case "partition-stopped": {
        const { partition, error } = event;
        logger.error(`partition ${partition} stops`, { error });
        return;
      }
      case "claim-refused":
        logger.warn(told(event), { partition: event.partition });
        return;
      case "flushed":
      case "recovered":
        logger.info(told(event));
        return;
      case "takeover":
      case "assigned":
      case "revoked":
        logger.debug(told(event));
        return;
      default:
        logger.debug("event", { event });
    }
  };
}

/** An event in one line for people. */
export function told(event: PipelineEvent): string {
  switch (event.kind) {
    case "retry":
      return `${event.operation}: failed (${event.error.code}), attempt ${event.attempt}`;
    case "recovered":
      return `${event.operation}: works again after ${event.attempts} attempts`;
    case "takeover":
      return (
        `partition ${event.partition}: reading from offset ${event.offset}` +
        (event.rewritten > 0 ? `, ${event.rewritten} objects written again` : "")
      );
    case "flushed":
      return (
        `partition ${event.partition}: stored ${count(event.records)} records in ` +
        `${count(event.objects)} objects (${event.reason}), dead letters ${byCode(event.deadLetters)}`
      );
    case "claim-refused":
      return `partition ${event.partition}: somebody else holds offset ${event.start}`;
    case "partition-stopped":
      return `partition ${event.partition} stops: ${event.error.code}`;
    case "assigned":
      return `partition ${event.partition} is ours`;
    case "revoked":
      return `partition ${event.partition} is given back`;
    default:
      return "event";
  }
}
