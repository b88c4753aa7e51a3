/** What is read of the client library's decoder; its own class fits. */
export interface WireReader {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readBoolean(): boolean;
  readString(): string;
  readNullableString(): string | null | undefined;
  readUUID(): string;
  readNullableBytes(): Buffer | null;
  readArray<T>(read: (reader: WireReader) => T, compact: true, skipTags: boolean): T[];
  readTaggedFields(): void;
}

export interface MetadataAnswer {
  readonly brokers: readonly BrokerAddress[];
  readonly topics: readonly TopicMetadata[];
}

export interface BrokerAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly name: string;
  /** In base64url, as Kafka's own tools print it. */
  readonly id: string;
  readonly internal: boolean;
  /** By partition number. */
  readonly leaders: ReadonlyMap<number, number>;
}

/** Metadata, version 12; errors stay with their topics. */
export function parseMetadata(reader: WireReader): MetadataAnswer {
  reader.readInt32(); // throttle time
  const brokers = list(reader, (broker) => {
    const address = { id: broker.readInt32(), host: broker.readString(), port: broker.readInt32() };
    broker.readNullableString(); // rack
    return address;
  });
  reader.readNullableString(); // cluster id
  reader.readInt32(); // controller
  const topics = list(reader, parseTopicMetadata);
  reader.readTaggedFields();
  return { brokers, topics };
}

function parseTopicMetadata(reader: WireReader): TopicMetadata {
  const topic = {
    errorCode: reader.readInt16(),
    name: reader.readNullableString() ?? "",
    id: topicIdOf(reader.readUUID()),
    internal: reader.readBoolean(),
  };
  const leaders = list(reader, (partition): [number, number] => {
    partition.readInt16(); // a partition without a leader shows by the leader -1
    const number = partition.readInt32();
    const leader = partition.readInt32();
    partition.readInt32(); // leader epoch
    for (let copies = 0; copies < 3; copies += 1)
      list(partition, (node) => node.readInt32(), false);
    return [number, leader];
  });
  reader.readInt32(); // authorized operations
  return { ...topic, leaders: new Map(leaders) };
}

export interface ProducedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: number;
}

/** Produce, version 9, for one topic; errors stay with their partitions. */
export function parseProduce(reader: WireReader): readonly ProducedPartition[] {
  const topics = list(reader, (topic) => {
    topic.readString();
    return list(topic, (each) => {
      const partition = each.readInt32();
      const errorCode = each.readInt16();
      const baseOffset = Number(each.readInt64());
      each.readInt64(); // log append time
      each.readInt64(); // log start
      list(each, (record) => [record.readInt32(), record.readNullableString()]);
      each.readNullableString();
      return { partition, errorCode, baseOffset };
    });
  });
  reader.readInt32(); // throttle time
  reader.readTaggedFields();
  return topics.flat();
}

export interface FetchAnswer {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  /** The end for readers of committed records. */
  readonly lastStableOffset: number;
  readonly logStart: number;
  /** Transactions that ended in an abort and reach into what was fetched. */
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches as they are stored; the last one may be cut. */
  readonly batches: Buffer | null;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** Fetch, version 13. */
export function parseFetch(reader: WireReader): FetchAnswer {
  reader.readInt32(); // throttle time
  const errorCode = reader.readInt16();
  reader.readInt32(); // session
  const topics = list(reader, (topic) => {
    topic.readUUID();
    return list(topic, (each) => {
      const partition = each.readInt32();
      const partitionError = each.readInt16();
      each.readInt64(); // high watermark
      const lastStableOffset = Number(each.readInt64());
      const logStart = Number(each.readInt64());
      const aborted = list(each, (transaction) => ({
        producerId: transaction.readInt64(),
        firstOffset: Number(transaction.readInt64()),
      }));
      each.readInt32(); // preferred replica
      const batches = each.readNullableBytes();
      return { partition, errorCode: partitionError, lastStableOffset, logStart, aborted, batches };
    });
  });
  reader.readTaggedFields();
  return { errorCode, partitions: topics.flat() };
}

/** A topic's id in Kafka's canonical form (base64url of its 16 bytes) from a hyphenated one. */
export function topicIdOf(uuid: string): string {
  return Buffer.from(uuid.replaceAll("-", ""), "hex").toString("base64url");
}

/** The hyphenated form, which the client library writes. */
export function uuidOf(topicId: string): string {
  const hex = Buffer.from(topicId, "base64url").toString("hex");
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([a, b]) => hex.slice(a, b))
    .join("-");
}

function list<T>(reader: WireReader, read: (reader: WireReader) => T, structs = true): T[] {
  return reader.readArray(read, true, structs);
}
