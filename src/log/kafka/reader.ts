import { EgxError } from "../../base/errors.ts";
import type { PartitionOffsets, ReadRequest, Slice } from "../log.ts";
import type { FetchedPartition } from "./answers.ts";
import { uuidOf } from "./answers.ts";
import type { Cluster, Lane } from "./cluster.ts";
import { kafkaErrors, refusal } from "./errors.ts";
import { Fetched } from "./fetched.ts";
import { requests } from "./protocol.ts";

const bytesMaxDefault = 1_048_576;
/** A longer wait is made of several fetches, each of which sees a topic that is gone. */
const fetchWaitMsMax = 2_500;
const readCommitted = 1;
/** A fetch that keeps no session at the broker. */
const noSession = { id: 0, epoch: -1 };

/** Asks for a partition's start and end, to say where an offset lies outside. */
export type FindOffsets = (topic: string) => Promise<readonly PartitionOffsets[]>;

/**
 * Reads one partition of one topic. It has a connection of its own, since a broker answers the
 * requests of a connection in turn and a fetch waits for records. What an answer held beyond a
 * read is kept for the next one, if that goes on where this one ended.
 */
export class PartitionReader {
  readonly #cluster: Cluster;
  readonly #findOffsets: FindOffsets;
  readonly #lane: Lane;
  #kept: { topicId: string; fetched: Fetched } | null = null;
  /** Reads of one partition wait for each other, as they would at the broker. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(cluster: Cluster, findOffsets: FindOffsets, name: string) {
    this.#cluster = cluster;
    this.#findOffsets = findOffsets;
    this.#lane = { name: `fetch ${name}`, waitMs: fetchWaitMsMax };
  }

  async read(request: ReadRequest): Promise<Slice> {
    const turn = this.#turn.then(async () => this.#read(request));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #read(request: ReadRequest): Promise<Slice> {
    request.signal?.throwIfAborted();
    const fetched = this.#keptFor(request) ?? (await this.#fetch(request));
    const from = request.offset;
    const { records, next } = fetched.take(request.maxBytes ?? bytesMaxDefault);
    this.#kept = fetched.isSpent ? null : { topicId: request.topicId, fetched };
    return { records, from, next, end: Math.max(fetched.end, next) };
  }

  #keptFor({ topicId, offset }: ReadRequest): Fetched | null {
    const kept = this.#kept;
    this.#kept = null;
    return kept?.topicId === topicId && kept.fetched.next === offset ? kept.fetched : null;
  }

  /** Fetches until there is something, or the request's time is over. */
  async #fetch(request: ReadRequest): Promise<Fetched> {
    const { clock } = this.#cluster.options;
    const deadlineMs = clock.monotonicMs() + (request.maxWaitMs ?? 0);
    const { topic, partition, signal } = request;
    for (;;) {
      const leftMs = Math.max(0, Math.ceil(deadlineMs - clock.monotonicMs()));
      const answer = await this.#abortable(
        signal,
        this.#cluster.retrying(`reading ${topic}/${partition}`, async () => {
          signal?.throwIfAborted();
          return this.#fetchOnce(request, Math.min(leftMs, fetchWaitMsMax));
        }),
      );
      const fetched = new Fetched(request.offset, answer);
      if (!fetched.isSpent || leftMs === 0) return fetched;
    }
  }

  async #fetchOnce(request: ReadRequest, waitMs: number): Promise<FetchedPartition> {
    const { topic, topicId, partition, offset } = request;
    const known = await this.#cluster.topic(topic);
    if (known.id !== topicId) await this.#topicMustBe(topic, topicId);
    const connection = await this.#cluster.leader(topic, partition, this.#lane);
    const bytesMax = request.maxBytes ?? bytesMaxDefault;
    const wanted = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: bytesMax,
    };
    const answer = await requests.fetch(
      connection,
      waitMs,
      1,
      bytesMax,
      readCommitted,
      noSession.id,
      noSession.epoch,
      [{ topicId: uuidOf(topicId), partitions: [wanted] }],
      [],
      "",
    );
    const [found] = answer.partitions;
    const code = answer.errorCode === kafkaErrors.none ? found?.errorCode : answer.errorCode;
    if (found === undefined || code !== kafkaErrors.none) {
      return this.#refused(request, code ?? kafkaErrors.unknownTopicOrPartition);
    }
    return found;
  }

  async #refused(request: ReadRequest, code: number): Promise<never> {
    const { topic, topicId, partition, offset } = request;
    this.#cluster.forget(topic);
    if (code === kafkaErrors.offsetOutOfRange) {
      const offsets = await this.#findOffsets(topic);
      const { start = 0, end = 0 } = offsets.find((each) => each.partition === partition) ?? {};
      throw new EgxError(
        "E_LOG_OFFSET_GONE",
        `${topic}/${partition} holds [${start}, ${end}), not ${offset}`,
        { details: { topic, partition, offset, start, end } },
      );
    }
    await this.#topicMustBe(topic, topicId);
    // The topic is there: this broker does not know of it, or does not lead it any more.
    const isUnknownHere =
      code === kafkaErrors.topicIdUnknown ||
      code === kafkaErrors.inconsistentTopicId ||
      code === kafkaErrors.unknownTopicOrPartition;
    throw refusal(isUnknownHere ? kafkaErrors.notLeaderOrFollower : code, `${topic}/${partition}`);
  }

  async #topicMustBe(name: string, topicId: string): Promise<void> {
    const topic = await this.#cluster.topic(name, true);
    if (topic.id === topicId) return;
    throw new EgxError("E_LOG_TOPIC_CHANGED", `topic ${name} was made again`, {
      details: { topic: name, expected: topicId, found: topic.id },
    });
  }

  /** Gives up waiting when the signal aborts; the broker's late answer is dropped unread. */
  async #abortable<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
    if (signal === undefined) return work;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => {
      aborted.reject(signal.reason);
      this.#cluster.dropLane(this.#lane).catch(() => undefined);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
