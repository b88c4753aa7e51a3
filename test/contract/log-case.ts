import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { textOf, utf8 } from "../../src/base/bytes.ts";
import type { ErrorCode } from "../../src/base/error-codes.ts";
import { hasCode } from "../../src/base/errors.ts";
import type { Log, LogRecord, NewRecord, TopicInfo, TopicSpec } from "../../src/log/log.ts";

/** What a case works with. */
export interface LogBench {
  /** Opens a client of the log, as another process would; it is closed when the test ends. */
  readonly open: () => Promise<Log>;
  /** The largest record that the log takes, in bytes of key, value and headers. */
  readonly recordBytesMax: number;
}

export interface LogCase {
  /** Stable: adapters name what they skip by it. */
  readonly name: string;
  readonly run: (bench: LogBench) => Promise<void>;
}

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

/** Makes a topic of a name of its own; one partition and no retention unless `spec` says more. */
export async function makeTopic(log: Log, spec: Partial<TopicSpec> = {}): Promise<TopicInfo> {
  const name = spec.name ?? uniqueName("topic");
  await log.createTopic({
    name,
    partitions: spec.partitions ?? 1,
    retentionMs: spec.retentionMs ?? null,
    retentionBytes: spec.retentionBytes ?? null,
  });
  const info = await log.describeTopic(name);
  assert.ok(info !== null);
  return info;
}

/** A record of texts. */
export function textRecord(key: string | null, value: string | null): NewRecord {
  return {
    key: key === null ? null : utf8(key),
    value: value === null ? null : utf8(value),
  };
}

/** A record's value as text. */
export function valueOf(record: LogRecord): string | null {
  return record.value === null ? null : textOf(record.value);
}

/** Publishes `records` with a producer of their own. */
export async function publish(
  log: Log,
  topic: TopicInfo,
  records: readonly NewRecord[],
): Promise<number[]> {
  const producer = await log.producer(topic.name);
  const positions = await producer.send(records);
  await producer.close();
  return positions.map((position) => position.offset);
}

/** Everything that a partition holds, read slice by slice. */
export async function readAll(
  log: Log,
  topic: TopicInfo,
  partition = 0,
  maxBytes?: number,
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const found = (await log.offsets(topic.name))[partition];
  assert.ok(found !== undefined);
  let offset = found.start;
  while (offset < found.end) {
    const slice = await log.read({
      topic: topic.name,
      topicId: topic.id,
      partition,
      offset,
      maxWaitMs: 10_000,
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    assert.equal(slice.from, offset);
    assert.ok(slice.next > offset, "a slice below the end must get on");
    records.push(...slice.records);
    offset = slice.next;
  }
  return records;
}

/** Checks that `work` fails with `code`. */
export async function rejectsWith(code: ErrorCode, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(hasCode(error, code), `expected ${code}, got ${String(error)}`);
    return true;
  });
}
