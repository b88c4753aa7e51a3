import type { TestContext } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { Feed } from "../../src/feeds/feed.ts";
import type { Log, LogRecord } from "../../src/log/log.ts";
import { decodeMessage } from "../../src/market/codec.ts";
import type { Bar } from "../../src/market/bar.ts";
import { runProducer } from "../../src/producer/producer.ts";
import type { ProducerOptions, ProducerSummary } from "../../src/producer/options.ts";
import { isMeasurement, type PipelineEvent } from "../../src/telemetry/events.ts";
import { makeLogFolder, openLog } from "../support/log-folder.ts";
import { oneMinute } from "./bars.ts";

export const topic = "egx_market_data";

/** A log of the test's own with the topic in it. */
export async function topicLog(t: TestContext, partitions = 3): Promise<Log> {
  const log = await openLog(t, await makeLogFolder(t));
  await makeTopic(log, partitions);
  return log;
}

export async function makeTopic(log: Log, partitions: number): Promise<void> {
  await log.createTopic({ name: topic, partitions, retentionMs: null, retentionBytes: null });
}

export interface Run {
  readonly events: PipelineEvent[];
  readonly stop: AbortController;
  readonly summary: Promise<ProducerSummary>;
}

/** Starts a producer; `history` with the host's clock unless `changes` say else. */
export function start(log: Log, feed: Feed, changes: Partial<ProducerOptions> = {}): Run {
  const events: PipelineEvent[] = [];
  const stop = new AbortController();
  const summary = runProducer({
    feed,
    mode: "history",
    request: { symbols: "all", interval: oneMinute },
    log,
    topic,
    publishIntervalMs: 1000,
    clock: systemClock,
    random: seededRandom(1),
    signal: stop.signal,
    events: (event) => events.push(event),
    ...changes,
  });
  // Its failure is the test's to see, and may come before the test looks.
  summary.catch(() => undefined);
  return { events, stop, summary };
}

/** The kinds of the events that people may want to read, in order. */
export function newsOf(events: readonly PipelineEvent[]): readonly string[] {
  return events.filter((event) => !isMeasurement(event)).map(({ kind }) => kind);
}

/** All records of the topic, partition by partition. */
export async function recordsOf(log: Log): Promise<readonly LogRecord[]> {
  const info = await log.describeTopic(topic);
  const records: LogRecord[] = [];
  for (const { partition, start: first, end } of await log.offsets(topic)) {
    for (let offset = first; offset < end;) {
      const slice = await log.read({ topic, topicId: info?.id ?? "", partition, offset });
      records.push(...slice.records);
      offset = slice.next;
    }
  }
  return records;
}

/** The bars of the topic, in the order of publication for each symbol. */
export async function barsOf(log: Log): Promise<readonly Bar[]> {
  return (await recordsOf(log)).flatMap(({ value }) => {
    const decoded = decodeMessage(value);
    return decoded.ok ? [decoded.bar] : [];
  });
}
