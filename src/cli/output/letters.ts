import { EgxError } from "../../base/errors.ts";
import type { KeptDeadLetter } from "../../ledger/dead-letters.ts";

/** A dead letter in one line of a list. */
export interface LetterJson {
  readonly position: string;
  readonly topic: string;
  readonly log: string;
  readonly published: string;
  readonly key: string | null;
  readonly code: string;
  readonly reason: string;
}

export function letterJson({ chain, letter }: KeptDeadLetter): LetterJson {
  return {
    position: `${chain.partition}:${letter.offset}`,
    topic: chain.topic,
    log: chain.logId,
    published: new Date(letter.timestampMs).toISOString(),
    key: textOrNull(letter.key),
    code: letter.code,
    reason: letter.reason,
  };
}

/** Bytes as text; what is not UTF-8 is shown as such. */
export function textOrNull(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("utf8");
}

/** Which record; of each log that has one there, unless the log is named. */
export interface LetterPosition {
  readonly partition: number;
  readonly offset: number;
  readonly logId?: string;
}

/**
 * A position as `egx dlq list` shows it, `3:1042`, also with its log, `9f3c21ab/3:1042`.
 * @throws E_USAGE
 */
export function parsePosition(given: string): LetterPosition {
  const match = /^(?:([0-9a-f]{8})\/)?(\d{1,9}):(\d{1,15})$/.exec(given);
  if (match === null) {
    throw new EgxError(
      "E_USAGE",
      `${JSON.stringify(given)} is not PARTITION:OFFSET, such as 3:1042`,
      { hint: "egx dlq list shows the positions." },
    );
  }
  const [, logId, partition, offset] = match;
  const position = { partition: Number(partition), offset: Number(offset) };
  return logId === undefined ? position : { ...position, logId };
}
