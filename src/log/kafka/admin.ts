import { EgxError } from "../../base/errors.ts";
import type { CommittedOffset, PartitionOffsets, TopicInfo, TopicSpec } from "../log.ts";
import type { TopicMetadata } from "./answers.ts";
import { mainLane, unknownTopic, type Cluster } from "./cluster.ts";
import { kafkaCodeOf, kafkaErrors } from "./errors.ts";
import { requests, type Connection } from "./protocol.ts";

const topicResource = 2 as const;
const readCommitted = 1;
const noReplica = -1;
const earliest = -2n;
const latest = -1n;
/** What Kafka takes when it does not say. */
const messageBytesMaxDefault = 1_048_588;
/** How often is looked whether a change of topics has come to the brokers. */
const lookMs = 20;

/** What the port promises of topics, offsets and commits. */
export class Admin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async createTopic(spec: TopicSpec): Promise<"created" | "exists"> {
    const config = (name: string, limit: number | null): { name: string; value: string } => ({
      name,
      value: String(limit ?? -1),
    });
    const topic = {
      name: spec.name,
      numPartitions: spec.partitions,
      replicationFactor: -1, // as the brokers are set
      assignments: [],
      configs: [
        config("retention.ms", spec.retentionMs),
        config("retention.bytes", spec.retentionBytes),
        { name: "cleanup.policy", value: "delete" },
      ],
    };
    const { callTimeoutMs } = this.#cluster.options;
    const what = `creating topic ${spec.name}`;
    let outcome: "created" | "exists" = "created";
    try {
      await this.#cluster.onAny(what, async (connection) =>
        requests.createTopics(connection, [topic], callTimeoutMs, false),
      );
    } catch (error) {
      if (kafkaCodeOf(error) !== kafkaErrors.topicAlreadyExists) throw error;
      outcome = "exists";
    }
    await this.#until(what, async () => {
      const found = await this.#cluster.findTopic(spec.name, true);
      return found !== null && [...found.leaders.values()].every((leader) => leader >= 0);
    });
    return outcome;
  }

  async describeTopic(name: string): Promise<TopicInfo | null> {
    return this.#cluster.retrying(`topic ${name}`, async () => {
      const topic = await this.#cluster.findTopic(name, true);
      if (topic === null) return null;
      const [info] = await this.#describe([topic]);
      return info ?? null;
    });
  }

  async listTopics(): Promise<readonly TopicInfo[]> {
    return this.#cluster.retrying("the topics", async () => {
      const { topics } = await this.#cluster.metadata(null);
      const ours = topics.filter(
        (topic) => !topic.internal && topic.errorCode === kafkaErrors.none,
      );
      return this.#describe(ours.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    });
  }

  async deleteTopic(name: string): Promise<void> {
    const { callTimeoutMs } = this.#cluster.options;
    const what = `deleting topic ${name}`;
    try {
      await this.#cluster.onAny(what, async (connection) =>
        requests.deleteTopics(connection, [{ name }], callTimeoutMs),
      );
    } catch (error) {
      if (kafkaCodeOf(error) !== kafkaErrors.unknownTopicOrPartition) throw error;
    }
    this.#cluster.forget(name);
    await this.#until(what, async () => (await this.#cluster.findTopic(name, true)) === null);
  }

  /** The largest batch that the topic takes, in bytes. */
  async messageBytesMax(name: string): Promise<number> {
    await this.#cluster.topic(name, true);
    const settings = await this.#settings([name], ["max.message.bytes"]);
    return Number(settings.get(name)?.get("max.message.bytes") ?? messageBytesMaxDefault);
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return this.#cluster.retrying(`offsets of ${topic}`, async () => {
      const { leaders } = await this.#cluster.topic(topic, true);
      const partitions = [...leaders.keys()].toSorted((a, b) => a - b);
      const starts = await this.#offsetsAt(topic, partitions, earliest);
      const ends = await this.#offsetsAt(topic, partitions, latest);
      return partitions.map((partition) => ({
        partition,
        start: starts.get(partition) ?? 0,
        end: ends.get(partition) ?? 0,
      }));
    });
  }

  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    return this.#cluster.retrying(`offset of ${topic}/${partition} by time`, async () => {
      const at = await this.#offsetsAt(topic, [partition], BigInt(Math.max(0, timestampMs)));
      const offset = at.get(partition) ?? -1;
      if (offset >= 0) return offset;
      const ends = await this.#offsetsAt(topic, [partition], latest);
      return ends.get(partition) ?? 0;
    });
  }

  async committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    const { leaders } = await this.#cluster.topic(topic, true);
    const partitionIndexes = [...leaders.keys()].toSorted((a, b) => a - b);
    const wanted = {
      groupId: group,
      memberEpoch: -1,
      topics: [{ name: topic, partitionIndexes }],
    };
    const answer = await onCoordinator(this.#cluster, group, async (connection) =>
      requests.offsetFetch(connection, [wanted], false),
    );
    return answer.groups
      .flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions))
      .filter(({ committedOffset }) => committedOffset >= 0n)
      .map(({ partitionIndex, committedOffset, metadata }) => ({
        partition: partitionIndex,
        offset: Number(committedOffset),
        metadata: metadata ?? "",
      }))
      .toSorted((a, b) => a.partition - b.partition);
  }

  async deleteCommits(group: string, topic: string): Promise<void> {
    const { leaders } = await this.#cluster.topic(topic, true);
    const partitions = [...leaders.keys()].map((partitionIndex) => ({ partitionIndex }));
    try {
      await onCoordinator(this.#cluster, group, async (connection) =>
        requests.offsetDelete(connection, group, [{ name: topic, partitions }]),
      );
    } catch (error) {
      if (kafkaCodeOf(error) !== kafkaErrors.groupIdNotFound) throw error;
    }
  }

  /** Offsets of partitions at a time or a limit; -1 where there is none. */
  async #offsetsAt(
    topic: string,
    partitions: readonly number[],
    timestamp: bigint,
  ): Promise<ReadonlyMap<number, number>> {
    const offsets = new Map<number, number>();
    try {
      for (const [leader, led] of await this.#byLeader(topic, partitions)) {
        const connection = await this.#cluster.broker(leader, mainLane);
        const wanted = led.map((partitionIndex) => ({
          partitionIndex,
          currentLeaderEpoch: -1,
          timestamp,
        }));
        const answer = await requests.listOffsets(connection, noReplica, readCommitted, [
          { name: topic, partitions: wanted },
        ]);
        for (const found of answer.topics.flatMap((each) => each.partitions)) {
          offsets.set(found.partitionIndex, Number(found.offset));
        }
      }
    } catch (error) {
      this.#cluster.forget(topic);
      const code = kafkaCodeOf(error);
      if (code === undefined) throw error;
      throw await this.#cluster.refusalFor(topic, code, `offsets of ${topic}`);
    }
    return offsets;
  }

  async #byLeader(
    topic: string,
    partitions: readonly number[],
  ): Promise<ReadonlyMap<number, number[]>> {
    const { leaders } = await this.#cluster.topic(topic);
    for (const partition of partitions) {
      if (!leaders.has(partition)) throw unknownTopic(`${topic}/${partition}`);
    }
    return Map.groupBy(partitions, (partition) => leaders.get(partition) ?? -1);
  }

  async #describe(topics: readonly TopicMetadata[]): Promise<readonly TopicInfo[]> {
    if (topics.length === 0) return [];
    const settings = await this.#settings(
      topics.map(({ name }) => name),
      ["retention.ms", "retention.bytes", "cleanup.policy"],
    );
    return topics.map(({ name, id, leaders }) => ({
      name,
      id,
      partitions: leaders.size,
      retentionMs: limitOf(settings.get(name)?.get("retention.ms")),
      retentionBytes: limitOf(settings.get(name)?.get("retention.bytes")),
      compacted: (settings.get(name)?.get("cleanup.policy") ?? "").includes("compact"),
    }));
  }

  /** Settings of topics, by topic and by name. */
  async #settings(
    topics: readonly string[],
    configurationKeys: string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
    const wanted = topics.map((resourceName) => ({
      resourceType: topicResource,
      resourceName,
      configurationKeys,
    }));
    const { results } = await this.#cluster.onAny("the topics' settings", async (connection) =>
      requests.describeConfigs(connection, wanted, false, false),
    );
    return new Map(
      results.map(({ resourceName, configs }) => [
        resourceName,
        new Map(configs.map(({ name, value }) => [name, value ?? ""])),
      ]),
    );
  }

  /** A change is answered before every broker knows of it: waits until it shows. */
  async #until(what: string, shows: () => Promise<boolean>): Promise<void> {
    const { clock, callTimeoutMs } = this.#cluster.options;
    const deadlineMs = clock.monotonicMs() + callTimeoutMs;
    while (!(await shows())) {
      if (clock.monotonicMs() >= deadlineMs) {
        throw new EgxError("E_LOG_UNREACHABLE", `${what}: the brokers do not show it yet`);
      }
      await clock.sleep(lookMs);
    }
  }
}

const groupKey = 0;

/** Runs a request on the broker that coordinates a group, through elections and restarts. */
export async function onCoordinator<T>(
  cluster: Cluster,
  group: string,
  request: (connection: Connection) => Promise<T>,
): Promise<T> {
  return cluster.retrying(`group ${group}`, async () => {
    const id = await coordinatorOf(cluster, group);
    return request(await cluster.broker(id, mainLane));
  });
}

/** The number of the broker that coordinates a group. */
export async function coordinatorOf(cluster: Cluster, group: string): Promise<number> {
  const { coordinators } = await cluster.onAny(`group ${group}`, async (connection) =>
    requests.findCoordinator(connection, groupKey, [group]),
  );
  const [coordinator] = coordinators;
  if (coordinator === undefined) throw new EgxError("E_LOG_UNREACHABLE", `group ${group}: nobody`);
  return coordinator.nodeId;
}

function limitOf(value: string | undefined): number | null {
  const limit = Number(value ?? -1);
  return limit < 0 ? null : limit;
}
