import type {
  CommittedOffset,
  JoinRequest,
  Log,
  LogProducer,
  Membership,
  PartitionOffsets,
  ReadRequest,
  Slice,
  TopicInfo,
  TopicSpec,
} from "../log.ts";
import { Admin } from "./admin.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";
import { KafkaMembership } from "./membership.ts";
import { KafkaProducer } from "./producer.ts";
import { PartitionReader } from "./reader.ts";
import type { Compression } from "./record-batch.ts";

export interface KafkaLogOptions extends Partial<ClusterOptions> {
  readonly brokers: ClusterOptions["brokers"];
  readonly clock: ClusterOptions["clock"];
  readonly random: ClusterOptions["random"];
  /** How batches are compressed. Default lz4. */
  readonly compression?: Compression;
}

const callTimeoutMsDefault = 20_000;
const answerTimeoutMsDefault = 10_000;

/**
 * A log on Apache Kafka 3.1 or newer.
 * @throws E_LOG_UNREACHABLE, E_LOG_FORBIDDEN, E_CONFIG when no broker can be used
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const cluster = new Cluster({
    clientId: "egx-pipeline",
    callTimeoutMs: callTimeoutMsDefault,
    answerTimeoutMs: answerTimeoutMsDefault,
    ...options,
  });
  try {
    await cluster.open();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return new KafkaLog(cluster, options.compression ?? "lz4");
}

class KafkaLog implements Log {
  readonly url: string;
  readonly #cluster: Cluster;
  readonly #admin: Admin;
  readonly #compression: Compression;
  readonly #readers = new Map<string, PartitionReader>();
  readonly #memberships = new Set<KafkaMembership>();
  #producers = 0;

  constructor(cluster: Cluster, compression: Compression) {
    this.url = `kafka://${cluster.options.brokers.join(",")}`;
    this.#cluster = cluster;
    this.#admin = new Admin(cluster);
    this.#compression = compression;
  }

  async createTopic(spec: TopicSpec): Promise<"created" | "exists"> {
    return this.#admin.createTopic(spec);
  }

  async describeTopic(name: string): Promise<TopicInfo | null> {
    return this.#admin.describeTopic(name);
  }

  async listTopics(): Promise<readonly TopicInfo[]> {
    return this.#admin.listTopics();
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#admin.deleteTopic(name);
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return this.#admin.offsets(topic);
  }

  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    return this.#admin.offsetAt(topic, partition, timestampMs);
  }

  async producer(topic: string): Promise<LogProducer> {
    const messageBytesMax = await this.#admin.messageBytesMax(topic);
    this.#producers += 1;
    return new KafkaProducer(topic, this.#cluster, {
      compression: this.#compression,
      messageBytesMax,
      number: this.#producers,
    });
  }

  async read(request: ReadRequest): Promise<Slice> {
    const name = `${request.topic}/${request.partition}`;
    const reader = this.#readers.getOrInsertComputed(
      name,
      () => new PartitionReader(this.#cluster, async (topic) => this.offsets(topic), name),
    );
    return reader.read(request);
  }

  async join(request: JoinRequest): Promise<Membership> {
    const membership = await KafkaMembership.join(this.#cluster, request);
    this.#memberships.add(membership);
    void membership.ended.then(() => this.#memberships.delete(membership));
    return membership;
  }

  async committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    return this.#admin.committed(group, topic);
  }

  async deleteCommits(group: string, topic: string): Promise<void> {
    await this.#admin.deleteCommits(group, topic);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#memberships].map(async (each) => each.abandon()));
    await this.#cluster.close();
  }
}
