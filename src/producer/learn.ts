import { hasCode } from "../base/errors.ts";
import type { Log, PartitionOffsets, TopicInfo } from "../log/log.ts";
import { decodeMessage } from "../market/codec.ts";
import type { PublishedBars } from "./published-bars.ts";

const sliceBytes = 4 * 1024 * 1024;

export interface LearnOptions {
  readonly log: Log;
  readonly topic: TopicInfo;
  /** Records to read back over all partitions: the newest ones. */
  readonly recordsMax: number;
  readonly published: PublishedBars;
  readonly signal: AbortSignal;
  /** Runs one call to the log until it succeeds. */
  readonly tried: <T>(operation: () => Promise<T>) => Promise<T>;
}

/** Reads the end of a topic into `published`; says how many records it read. */
export async function learnPublished(options: LearnOptions): Promise<number> {
  const { log, topic, recordsMax, tried } = options;
  const partitions = await tried(async () => log.offsets(topic.name));
  const share = shareOf(partitions, recordsMax);
  let records = 0;
  for (const { partition, start, end } of partitions) {
    records += await learnPartition(options, {
      partition,
      start: Math.max(start, end - share),
      end,
    });
  }
  return records;
}

/**
 * How many offsets may be read back in each partition so that all together are at most
 * `recordsMax`: what small partitions leave over is shared by the larger ones.
 */
export function shareOf(partitions: readonly PartitionOffsets[], recordsMax: number): number {
  const sizes = partitions.map(({ start, end }) => end - start).toSorted((a, b) => a - b);
  let left = recordsMax;
  for (const [index, size] of sizes.entries()) {
    const share = Math.floor(left / (sizes.length - index));
    if (size > share) return share;
    left -= size;
  }
  return sizes.at(-1) ?? 0;
}

async function learnPartition(options: LearnOptions, range: PartitionOffsets): Promise<number> {
  let records = 0;
  let offset = range.start;
  while (offset < range.end) {
    const slice = await options.tried(async () => readSlice(options, range.partition, offset));
    for (const { value } of slice.records) learnRecord(options.published, value);
    records += slice.records.length;
    offset = slice.next;
    // A log that lost its end has no more.
    if (offset >= slice.end) break;
  }
  return records;
}

async function readSlice(
  options: LearnOptions,
  partition: number,
  offset: number,
): ReturnType<Log["read"]> {
  const { log, topic, signal } = options;
  const request = {
    topic: topic.name,
    topicId: topic.id,
    partition,
    maxBytes: sliceBytes,
    // Waiting is for logs that answer empty-handed while a leader moves.
    maxWaitMs: 500,
    signal,
  };
  try {
    return await log.read({ ...request, offset });
  } catch (error) {
    if (!hasCode(error, "E_LOG_OFFSET_GONE")) throw error;
  }
  // Retention has passed the offset since the offsets were asked for.
  const start = (await log.offsets(topic.name))[partition]?.start ?? offset;
  return log.read({ ...request, offset: Math.max(start, offset) });
}

function learnRecord(published: PublishedBars, value: Uint8Array | null): void {
  const decoded = decodeMessage(value);
  if (decoded.ok) published.add(decoded.bar);
  else if (value !== null) published.addReject(value);
}
