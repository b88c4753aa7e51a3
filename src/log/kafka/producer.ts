import { EgxError } from "../../base/errors.ts";
import { randomInt } from "../../base/random.ts";
import type { LogProducer, NewRecord, RecordPosition } from "../log.ts";
import { partitionOf } from "../murmur2.ts";
import type { ProducedPartition } from "./answers.ts";
import { unknownTopic, type Cluster, type Lane } from "./cluster.ts";
import { isPassing, kafkaErrors, refusal } from "./errors.ts";
import { requests, type PartitionBatch } from "./protocol.ts";
import {
  batchHeadBytes,
  encodeBatch,
  recordBytesMax,
  type BatchIdentity,
  type Compression,
} from "./record-batch.ts";

/** A batch grows no larger than this, so that memory and a broker's turn stay short. */
const batchBytesMax = 524_288;
/** A round is held in memory as it is sent, and is one request at the most. */
const roundChunksMax = 32;
/** Room for what compression adds to bytes that cannot be compressed. */
const compressionSlackBytes = 1_024;
/** Sequence numbers begin again at 0 behind it. */
const sequenceCount = 2 ** 31;

/** A call's records of one partition that go in one batch, with their places in the call. */
interface Chunk {
  readonly partition: number;
  readonly records: NewRecord[];
  readonly places: number[];
  bytes: number;
}

/** A chunk as it is sent, the same bytes however often. */
interface Sealed extends PartitionBatch {
  readonly chunk: Chunk;
}

export interface ProducerSettings {
  readonly compression: Compression;
  /** The largest batch that the topic takes. */
  readonly messageBytesMax: number;
  /** Makes lanes distinct among the producers of a process. */
  readonly number: number;
}

/**
 * Publishes to one topic. The broker drops what it gets twice (idempotence), so a batch whose
 * answer was lost is sent again as it was. When a batch fails for good nobody knows whether it was
 * stored: the next call begins with a new producer id, or its first batch could be taken for that
 * one. Calls are sent one after the other; nothing is copied before its turn.
 */
export class KafkaProducer implements LogProducer {
  readonly #topic: string;
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #lane: Lane;
  readonly #sequences = new Map<number, number>();
  #identity: { producerId: bigint; producerEpoch: number } | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(topic: string, cluster: Cluster, settings: ProducerSettings) {
    this.#topic = topic;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#lane = { name: `produce ${settings.number}`, waitMs: 0 };
  }

  async send(records: readonly NewRecord[]): Promise<readonly RecordPosition[]> {
    if (this.#isClosed) throw new EgxError("E_ABORTED", "the producer was closed");
    for (const record of records) this.#mustFit(record);
    const turn = this.#turn.then(async () => this.#send(records));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
    await this.#cluster.dropLane(this.#lane);
  }

  async #send(records: readonly NewRecord[]): Promise<readonly RecordPosition[]> {
    const positions: RecordPosition[] = [];
    if (records.length === 0) return positions;
    const rounds = this.#rounds(records, await this.#partitionCount());
    try {
      for (const round of rounds) {
        const offsets = await this.#sendRound(round);
        for (const { partition, places } of round) {
          const base = offsets.get(partition) ?? -1;
          places.forEach((place, index) => {
            positions[place] = { partition, offset: base + index };
          });
        }
      }
    } catch (error) {
      this.#identity = null;
      throw error;
    }
    return positions;
  }

  /**
   * Cuts a call into chunks, and these into rounds of one chunk a partition: what goes to a
   * partition goes in its order.
   */
  #rounds(records: readonly NewRecord[], partitions: number): readonly (readonly Chunk[])[] {
    // Records without a key stay together in one partition a call, and calls spread.
    const sticky = randomInt(this.#cluster.options.random, partitions);
    const chunks = new Map<number, Chunk[]>();
    for (const [place, record] of records.entries()) {
      const keyed = record.key === null ? sticky : partitionOf(record.key, partitions);
      const partition = record.partition ?? keyed;
      if (partition < 0 || partition >= partitions) {
        throw unknownTopic(`${this.#topic}/${partition}`);
      }
      const bytes = recordBytesMax(record);
      const line = chunks.getOrInsertComputed(partition, () => []);
      let chunk = line.at(-1);
      if (chunk === undefined || chunk.bytes + bytes > this.#chunkBytesMax()) {
        chunk = { partition, records: [], places: [], bytes: 0 };
        line.push(chunk);
      }
      chunk.records.push(record);
      chunk.places.push(place);
      chunk.bytes += bytes;
    }
    const lines = [...chunks.values()];
    const rounds: Chunk[][] = [];
    for (let round = 0; lines.some((line) => line.length > round); round += 1) {
      const all = lines.flatMap((line) => line[round] ?? []);
      for (let at = 0; at < all.length; at += roundChunksMax) {
        rounds.push(all.slice(at, at + roundChunksMax));
      }
    }
    return rounds;
  }

  /** Stores one chunk a partition and gives the offset of each one's first record. */
  async #sendRound(chunks: readonly Chunk[]): Promise<ReadonlyMap<number, number>> {
    const identity = await this.#identify();
    const timestampMs = Math.floor(this.#cluster.options.clock.nowMs());
    const offsets = new Map<number, number>();
    let left: readonly Sealed[] = chunks.map((chunk) => ({
      chunk,
      partition: chunk.partition,
      batch: this.#seal(chunk, timestampMs, {
        ...identity,
        sequence: this.#sequences.get(chunk.partition) ?? 0,
      }),
    }));
    await this.#cluster.retrying(`publishing to ${this.#topic}`, async () => {
      const answers = await this.#sendToLeaders(left);
      let refused: ProducedPartition | undefined;
      for (const answer of answers) {
        if (isStored(answer.errorCode)) offsets.set(answer.partition, answer.baseOffset);
        else if (refused === undefined || isPassing(refused.errorCode)) refused = answer;
      }
      left = left.filter(({ partition }) => !offsets.has(partition));
      if (refused === undefined && left.length === 0) return;
      throw await this.#failure(refused);
    });
    for (const { partition, records } of chunks) {
      const sequence = (this.#sequences.get(partition) ?? 0) + records.length;
      this.#sequences.set(partition, sequence % sequenceCount);
    }
    return offsets;
  }

  /**
   * Sends each leader its batches. What some leaders stored is not lost on the others' failure:
   * it is given back, and the failure shows by what is missing.
   */
  async #sendToLeaders(sealed: readonly Sealed[]): Promise<readonly ProducedPartition[]> {
    const { leaders } = await this.#cluster.topic(this.#topic);
    const byLeader = Map.groupBy(sealed, ({ partition }) => leaders.get(partition) ?? -1);
    const outcomes = await Promise.allSettled(
      [...byLeader].map(async ([leader, batches]) => {
        if (leader < 0) throw refusal(kafkaErrors.leaderNotAvailable, this.#topic);
        const connection = await this.#cluster.broker(leader, this.#lane);
        const { answerTimeoutMs } = this.#cluster.options;
        return requests.produce(connection, this.#topic, answerTimeoutMs, batches);
      }),
    );
    const answers = outcomes.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
    const failed = outcomes.find((each) => each.status === "rejected");
    if (failed !== undefined && answers.every(({ errorCode }) => !isStored(errorCode))) {
      this.#cluster.forget(this.#topic);
      throw failed.reason;
    }
    return answers;
  }

  async #failure(refused: ProducedPartition | undefined): Promise<EgxError> {
    const what = `publishing to ${this.#topic}/${refused?.partition ?? "?"}`;
    const code = refused?.errorCode ?? kafkaErrors.leaderNotAvailable;
    const isOutOfStep =
      code === kafkaErrors.outOfOrderSequenceNumber ||
      code === kafkaErrors.unknownProducerId ||
      code === kafkaErrors.invalidProducerEpoch;
    if (!isOutOfStep) return this.#cluster.refusalFor(this.#topic, code, what);
    // The broker forgot this producer, or lost what it had stored of it: a new id mends that.
    return new EgxError("E_LOG_UNREACHABLE", `${what}: the broker lost track of this producer`, {
      details: { kafkaCode: code },
      hint: "It is tried again under a new producer id.",
    });
  }

  async #identify(): Promise<{ producerId: bigint; producerEpoch: number }> {
    if (this.#identity !== null) return this.#identity;
    const { producerId, producerEpoch } = await this.#cluster.onAny(
      `publishing to ${this.#topic}`,
      async (connection) => requests.initProducerId(connection, null, 0, -1n, -1),
    );
    this.#sequences.clear();
    this.#identity = { producerId, producerEpoch };
    return this.#identity;
  }

  async #partitionCount(): Promise<number> {
    return this.#cluster.retrying(`publishing to ${this.#topic}`, async () => {
      const topic = await this.#cluster.topic(this.#topic);
      return topic.leaders.size;
    });
  }

  #seal(chunk: Chunk, timestampMs: number, identity: BatchIdentity): Buffer {
    // A record that just fits must not grow by what compression adds.
    const isTight = chunk.bytes > this.#chunkBytesMax();
    const compression = isTight ? "none" : this.#settings.compression;
    return encodeBatch(chunk.records, timestampMs, identity, compression);
  }

  #chunkBytesMax(): number {
    return Math.min(batchBytesMax, this.#settings.messageBytesMax) - compressionSlackBytes;
  }

  #mustFit(record: NewRecord): void {
    const bytes = recordBytesMax(record) + batchHeadBytes;
    const bytesMax = this.#settings.messageBytesMax;
    if (bytes <= bytesMax) return;
    throw new EgxError(
      "E_LOG_RECORD_TOO_LARGE",
      `a record of ${bytes} bytes is larger than ${bytesMax}, which is what ${this.#topic} takes`,
      { details: { bytes, recordBytesMax: bytesMax } },
    );
  }
}

/** A batch that came twice was stored once, which is what was wanted. */
function isStored(code: number): boolean {
  return code === kafkaErrors.none || code === kafkaErrors.duplicateSequenceNumber;
}
