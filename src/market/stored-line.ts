import { decodeText, type DecodedBar, type Refused } from "./codec.ts";

/** The record that a stored line came from. */
export interface Origin {
  /** The topic's own id, shortened: 8 lower-case hexadecimal digits. */
  readonly logId: string;
  readonly partition: number;
  readonly offset: number;
}

export interface StoredBar extends DecodedBar {
  readonly origin: Origin;
}

const marker = `"log_id":"`;
const originPattern =
  /^"log_id":"([0-9a-f]{8})","log_partition":(\d{1,10}),"log_offset":(\d{1,16})}$/;

/**
 * A message's line as the lake stores it: with its origin as the object's last three fields.
 * `line` is one that was decoded, so it is an object without whitespace.
 */
export function storedLine(line: string, origin: Origin): string {
  const separator = line === "{}" ? "" : ",";
  return (
    `${line.slice(0, -1)}${separator}"log_id":"${origin.logId}",` +
    `"log_partition":${origin.partition},"log_offset":${origin.offset}}`
  );
}

/**
 * Reads what {@link storedLine} wrote (without the line's end): the bar, its origin, and the
 * message's own line. Never throws; a line without an origin is refused with E_MESSAGE_FIELD.
 */
export function parseStoredLine(text: string): StoredBar | Refused {
  // The last one is ours: inside a later string its quotes would be escaped.
  const at = text.lastIndexOf(marker);
  const match = at === -1 ? null : originPattern.exec(text.slice(at));
  const [, logId, partition, offset] = match ?? [];
  if (logId === undefined || partition === undefined || offset === undefined) {
    return {
      ok: false,
      code: "E_MESSAGE_FIELD",
      reason: "the stored line does not end in log_id, log_partition and log_offset",
    };
  }
  const decoded = decodeText(`${text.slice(0, text[at - 1] === "," ? at - 1 : at)}}`);
  if (!decoded.ok) return decoded;
  const origin = { logId, partition: Number(partition), offset: Number(offset) };
  return { ok: true, bar: decoded.bar, date: decoded.date, line: decoded.line, origin };
}
