import type { EgxError } from "../base/errors.ts";

/**
 * The log: topics of ordered, durable records. It carries bytes and knows nothing of bars.
 *
 * All adapters answer alike (`test/contract/log.ts` is run against each):
 * - Offsets are whole numbers from 0, ascending in a partition; some may carry no record.
 * - Failures that may pass are `retryable` {@link EgxError}s (E_LOG_UNREACHABLE, E_LOG_BUSY,
 *   E_LOG_FULL); adapters do not retry for longer than one call's natural time-out: the caller
 *   decides.
 * - A topic that does not exist is E_LOG_TOPIC_UNKNOWN, except where null is promised.
 */
export interface Log {
  /** The address for people, without secrets: `sqlite:./data/log` or `kafka://host:port`. */
  readonly url: string;

  /** Creates a topic; "exists" when there is one of that name, whatever its settings. */
  createTopic(spec: TopicSpec): Promise<"created" | "exists">;
  /** The topic's facts, or null when there is none. */
  describeTopic(name: string): Promise<TopicInfo | null>;
  listTopics(): Promise<readonly TopicInfo[]>;
  /** Deletes a topic and its records; does nothing when there is none. */
  deleteTopic(name: string): Promise<void>;

  /** Start and end of every partition, in partition order. */
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /**
   * The first offset whose record was published at or after `timestampMs`; the partition's end
   * when there is none.
   */
  offsetAt(topic: string, partition: number, timestampMs: number): Promise<number>;

  /** A producer for one topic, which must exist. */
  producer(topic: string): Promise<LogProducer>;
  /**
   * Reads from one partition, independent of any group. See {@link Slice}. Waits up to
   * `maxWaitMs` when there is nothing yet, then answers an empty slice.
   * @throws E_LOG_OFFSET_GONE when `offset` is before the log's start or after its end;
   *   E_LOG_TOPIC_CHANGED when `topicId` is no longer the id of the topic of that name.
   */
  read(request: ReadRequest): Promise<Slice>;

  /** Joins a consumer group. See {@link Membership}. */
  join(request: JoinRequest): Promise<Membership>;
  /** The group's committed offsets; partitions without one are absent. */
  committed(group: string, topic: string): Promise<readonly CommittedOffset[]>;
  /** Forgets the group's commits for a topic; refused with E_LOG_BUSY while it has members. */
  deleteCommits(group: string, topic: string): Promise<void>;

  /** Releases everything; idempotent. Producers and memberships are to be closed before. */
  close(): Promise<void>;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Records older than this may be deleted; null keeps them for ever. */
  readonly retentionMs: number | null;
  /** Oldest records may be deleted while a partition is larger; null sets no limit. */
  readonly retentionBytes: number | null;
}

export interface TopicInfo extends TopicSpec {
  /** The topic's own id: another one after the topic was deleted and made again. */
  readonly id: string;
  /** Whether records of a key may vanish when a newer one exists. */
  readonly compacted: boolean;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** The first offset still held. */
  readonly start: number;
  /** One more than the last offset that readers may see. */
  readonly end: number;
}

export interface LogHeader {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A record to publish. */
export interface NewRecord {
  /** Decides the partition (murmur2, as Kafka's own clients do); null spreads records. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly LogHeader[];
  /** Overrides the partition that the key would give. */
  readonly partition?: number;
}

/** A record as it was read. */
export interface LogRecord {
  readonly offset: number;
  /** When it was published, epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly LogHeader[];
}

export interface LogProducer {
  /**
   * Publishes a batch; when it returns, every record is durable. Records of one key keep their
   * order, also between calls that do not overlap. After a failure any part of the batch may be
   * in the log: sending it again adds records, and loses none.
   * @throws E_LOG_RECORD_TOO_LARGE before anything is sent.
   */
  send(records: readonly NewRecord[]): Promise<readonly RecordPosition[]>;
  /** Waits for what is under way; idempotent. */
  close(): Promise<void>;
}

export interface RecordPosition {
  readonly partition: number;
  readonly offset: number;
}

export interface ReadRequest {
  readonly topic: string;
  /** The topic's id as {@link TopicInfo} gave it. */
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  /** At most about this many bytes of records; one record is always given. Default 1 MiB. */
  readonly maxBytes?: number;
  /** How long to wait for a first record. Default 0. */
  readonly maxWaitMs?: number;
  /** Ends a wait: the read rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The records of the offsets [from, next), ascending. Offsets in between that no record of
 * `records` has carry none and never will: transaction markers, aborted or expired records.
 */
export interface Slice {
  readonly records: readonly LogRecord[];
  readonly from: number;
  readonly next: number;
  /** The partition's end as it was at this read. */
  readonly end: number;
}

export interface JoinRequest {
  readonly group: string;
  readonly topic: string;
  /** A member that is silent for longer loses its partitions. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** Called when a partition becomes this member's; must not throw. */
  readonly onAssigned: (assigned: AssignedPartition) => void;
  /**
   * Called before a partition is given away in an orderly rebalance and awaited up to
   * `sessionTimeoutMs`; during it the member may still commit. `lost` aborts afterwards. When
   * the membership is lost without notice, only `lost` aborts.
   */
  readonly onRevoked: (assigned: AssignedPartition) => Promise<void>;
  /**
   * Called once, after every `lost` has aborted, when the membership is over by a failure that no
   * further try can mend: no partition comes any more, and {@link Membership.leave} throws it too.
   */
  readonly onFailed: (failure: EgxError) => void;
}

/** A partition while it belongs to this member. */
export interface AssignedPartition {
  readonly partition: number;
  /** Grows with every rebalance of the group. */
  readonly generation: number;
  /** Aborts when the partition no longer belongs to this member. */
  readonly lost: AbortSignal;
}

export interface Membership {
  /**
   * Stores the group's position for lag tools: the next offset to read.
   * @throws E_LOG_FENCED when the partition is no longer this member's in that generation.
   */
  commit(assigned: AssignedPartition, offset: number, metadata?: string): Promise<void>;
  /**
   * Gives up all partitions (onRevoked runs for each) and leaves; idempotent. A group that cannot
   * be told finds out by itself.
   * @throws what an onRevoked threw, all partitions given up all the same; or with what the
   *   membership was over before.
   */
  leave(): Promise<void>;
}

export interface CommittedOffset {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}
