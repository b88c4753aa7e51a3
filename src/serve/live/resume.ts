import type { ReadRequest } from "../../log/log.ts";
import type { BarRing, LiveBar } from "./bar-ring.ts";
import { liveBarOf } from "./live-bar.ts";
import type { LiveTail } from "./live-tail.ts";
import type { LogPosition } from "./position.ts";

/** Why a reader cannot go on where it stood. */
export type ResetReason = "expired" | "another-log" | "too-far" | "unreadable";

/** Where a reader begins, and what it has missed for good. */
export interface Begin {
  /** The next offset of every partition. */
  readonly next: number[];
  readonly reset: ResetReason | null;
}

/** More records than these are not read again for one reader. */
const resumeRecordsMax = 200_000;
const sliceBytes = 262_144;

/** Where a reader that stood at `asked` begins; one that stood nowhere begins now. */
export async function beginAt(
  tail: LiveTail,
  ring: BarRing,
  asked: LogPosition | null,
): Promise<Begin> {
  const now = [...ring.next];
  if (asked === null) return { next: now, reset: null };
  const another = { next: now, reset: "another-log" } as const;
  if (asked.logId !== ring.logId) return another;
  let reset: ResetReason | null = null;
  let records = 0;
  const next: number[] = [];
  for (const { partition, start, end } of await tail.offsets()) {
    const offset = asked.next[partition] ?? 0;
    if (offset > end) return another;
    if (offset < start && asked.next[partition] !== undefined && offset > 0) reset = "expired";
    const from = Math.max(offset, start);
    records += end - from;
    next.push(from);
  }
  return records > resumeRecordsMax ? { next: now, reset: "too-far" } : { next, reset };
}

/** Bars from a place of the log on, and the place behind them. */
export interface Missed {
  readonly bars: readonly LiveBar[];
  readonly partition: number;
  readonly next: number;
}

/**
 * What the ring no longer holds of the bars from `next` on, slice by slice; `next` moves along.
 * @throws as the log does.
 */
export async function* missedBars(
  tail: LiveTail,
  ring: BarRing,
  next: number[],
): AsyncGenerator<Missed> {
  const { log, info } = tail;
  if (info === null) return;
  for (;;) {
    const partition = next.findIndex((offset, at) => offset < (ring.heldFrom[at] ?? 0));
    if (partition === -1) return;
    const at: ReadRequest = {
      topic: info.name,
      topicId: info.id,
      partition,
      offset: next[partition] ?? 0,
      maxBytes: sliceBytes,
    };
    const slice = await log.read(at);
    const bars = slice.records.flatMap((record) => {
      return liveBarOf(record, { logId: ring.logId, partition }) ?? [];
    });
    next[partition] = slice.next;
    yield { bars, partition, next: slice.next };
    // Nothing is there though it was: what has been read is all that there is.
    if (slice.next === at.offset) return;
  }
}
