import type { PrettyLine } from "../../telemetry/logger.ts";
import type { Channel, Style } from "./console.ts";

const styles: Readonly<Record<PrettyLine["level"], Style>> = {
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "gray",
};

/** A log line for people: Cairo's wall clock, level, text, facts. */
export function prettyLine(line: PrettyLine, channel: Channel): string {
  const cairo = Temporal.Instant.fromEpochMilliseconds(line.timeMs).toZonedDateTimeISO(
    "Africa/Cairo",
  );
  const time = cairo.toPlainTime().toString({ smallestUnit: "second" });
  const level = channel.paint(styles[line.level], line.level.padEnd(5));
  const facts = line.facts === "" ? "" : ` ${channel.paint("gray", line.facts)}`;
  return `${channel.paint("gray", time)} ${level} ${line.text}${facts}`;
}
