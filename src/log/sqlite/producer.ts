import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import { randomInt, type Random } from "../../base/random.ts";
import type { LogProducer, NewRecord, RecordPosition } from "../log.ts";
import type { LogDatabase } from "./database.ts";
import { recordBytes, type RecordStore } from "./records.ts";
import type { Retention } from "./retention.ts";
import type { TopicStore } from "./topics.ts";
import type { Wakeup } from "./wakeup.ts";

export interface ProducerContext {
  readonly database: LogDatabase;
  readonly topics: TopicStore;
  readonly records: RecordStore;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly random: Random;
  readonly recordBytesMax: number;
  /** Woken after each append. */
  readonly appended: Wakeup;
}

/** A transaction holds the file and the event loop: a larger batch is written in several. */
const transactionRecordsMax = 10_000;
const transactionBytesMax = 8 * 1_048_576;

/** Publishes to the topic of a name, whichever topic has that name at the time. */
export class SqliteProducer implements LogProducer {
  readonly #topic: string;
  readonly #context: ProducerContext;
  readonly #underWay = new Set<Promise<readonly RecordPosition[]>>();
  #isClosed = false;

  constructor(topic: string, context: ProducerContext) {
    this.#topic = topic;
    this.#context = context;
  }

  async send(records: readonly NewRecord[]): Promise<readonly RecordPosition[]> {
    if (this.#isClosed) throw new EgxError("E_ABORTED", "the producer was closed");
    const parts = split(records, this.#context.recordBytesMax);
    const sent = this.#send(parts);
    this.#underWay.add(sent);
    try {
      return await sent;
    } finally {
      this.#underWay.delete(sent);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
  }

  async #send(parts: readonly (readonly NewRecord[])[]): Promise<readonly RecordPosition[]> {
    const positions: RecordPosition[] = [];
    for (const part of parts) {
      for (const position of await this.#append(part)) positions.push(position);
    }
    return positions;
  }

  async #append(records: readonly NewRecord[]): Promise<readonly RecordPosition[]> {
    const { database, topics, clock, random, retention, appended } = this.#context;
    const store = this.#context.records;
    const { topic, result } = await database.write(() => {
      const topic = topics.get(this.#topic);
      // Records without a key stay together in one partition a batch, and batches spread.
      const sticky = randomInt(random, topic.info.partitions);
      return { topic, result: store.append(records, { topic, nowMs: clock.nowMs(), sticky }) };
    });
    result.committed();
    appended.wake();
    retention.appended(topic, result.partitionBytesMax);
    return result.positions;
  }
}

/** Cuts a batch into transactions; E_LOG_RECORD_TOO_LARGE before anything is sent. */
function split(records: readonly NewRecord[], recordBytesMax: number): NewRecord[][] {
  const parts: NewRecord[][] = [];
  let part: NewRecord[] = [];
  let partBytes = 0;
  for (const record of records) {
    const bytes = recordBytes(record);
    if (bytes > recordBytesMax) throw tooLarge(bytes, recordBytesMax);
    if (part.length >= transactionRecordsMax || partBytes + bytes > transactionBytesMax) {
      parts.push(part);
      part = [];
      partBytes = 0;
    }
    part.push(record);
    partBytes += bytes;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function tooLarge(bytes: number, recordBytesMax: number): EgxError {
  return new EgxError(
    "E_LOG_RECORD_TOO_LARGE",
    `a record of ${bytes} bytes is larger than ${recordBytesMax}`,
    { details: { bytes, recordBytesMax } },
  );
}
