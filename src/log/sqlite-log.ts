import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
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
} from "./log.ts";
import { LogDatabase } from "./sqlite/database.ts";
import { GroupStore } from "./sqlite/groups.ts";
import { SqliteMembership } from "./sqlite/membership.ts";
import { SqliteProducer } from "./sqlite/producer.ts";
import { RecordStore } from "./sqlite/records.ts";
import { Retention } from "./sqlite/retention.ts";
import { type StoredTopic, TopicStore } from "./sqlite/topics.ts";
import { Wakeup } from "./sqlite/wakeup.ts";

export interface SqliteLogOptions {
  /** Holds `log.sqlite`; made when it is missing. On a disk of this machine, not a network's. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The largest record: key, value and headers. Default 1 MiB. */
  readonly recordBytesMax?: number;
  /** How long a call waits for other processes before E_LOG_BUSY. Default 5,000. */
  readonly busyWaitMs?: number;
  /** How often records that are too old are looked for. Default 60,000. */
  readonly sweepEveryMs?: number;
}

const recordBytesMaxDefault = 1_048_576;
const busyWaitMsDefault = 5000;
const sweepEveryMsDefault = 60_000;
const partitionsMax = 10_000;
/** How soon a waiting reader sees what another process appended. */
const pollMs = 20;

/**
 * The log in one SQLite file, shared by all processes of a machine that open its folder. What an
 * append acknowledged is on the disk (WAL, synchronous=FULL).
 *
 * Of clocks it is assumed that they tell about the time of day: timestamps of a partition never go
 * back, so after a clock that was ahead they stand still until the others have caught up. Members of
 * groups rely on no clock that is shared (see `Liveness`).
 * @throws E_LOG_FOLDER, E_LOG_DAMAGED, E_LOG_FULL, E_LOG_BUSY; E_CONFIG when a later release wrote
 *   the file
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
  const { folder, clock, random, busyWaitMs = busyWaitMsDefault } = options;
  return new SqliteLog(await LogDatabase.open({ folder, clock, random, busyWaitMs }), options);
}

class SqliteLog implements Log {
  readonly url: string;
  readonly #options: SqliteLogOptions;
  readonly #database: LogDatabase;
  readonly #topics: TopicStore;
  readonly #records: RecordStore;
  readonly #groups: GroupStore;
  readonly #retention: Retention;
  readonly #appended: Wakeup;
  readonly #groupsChanged: Wakeup;
  readonly #memberships = new Set<SqliteMembership>();
  readonly #closed = new AbortController();

  constructor(database: LogDatabase, options: SqliteLogOptions) {
    const { clock } = options;
    this.url = `sqlite:${options.folder}`;
    this.#options = options;
    this.#database = database;
    this.#topics = new TopicStore(database);
    this.#records = new RecordStore(database, this.#topics);
    this.#groups = new GroupStore(database);
    this.#retention = new Retention({
      database,
      topics: this.#topics,
      records: this.#records,
      clock,
      sweepEveryMs: options.sweepEveryMs ?? sweepEveryMsDefault,
    });
    this.#appended = new Wakeup(clock);
    this.#groupsChanged = new Wakeup(clock);
  }

  async createTopic(spec: TopicSpec): Promise<"created" | "exists"> {
    if (!Number.isInteger(spec.partitions) || spec.partitions < 1) throw badPartitions(spec);
    if (spec.partitions > partitionsMax) throw badPartitions(spec);
    return this.#database.write(() => {
      if (this.#topics.find(spec.name) !== null) return "exists";
      this.#topics.insert(spec);
      return "created";
    });
  }

  async describeTopic(name: string): Promise<TopicInfo | null> {
    return this.#database.read(() => this.#topics.find(name)?.info ?? null);
  }

  async listTopics(): Promise<readonly TopicInfo[]> {
    return this.#database.read(() => this.#topics.list().map((topic) => topic.info));
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#database.write(() => {
      const topic = this.#topics.find(name);
      if (topic === null) return;
      this.#groups.removeAll(topic);
      this.#topics.remove(topic);
    });
    this.#appended.wake();
    this.#retention.wake();
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return this.#withTopic(topic, (found) =>
      this.#topics
        .partitions(found)
        .map(({ partition, start, end }) => ({ partition, start, end })),
    );
  }

  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    return this.#withTopic(topic, (found) =>
      this.#records.offsetAt(this.#topics.partition(found, partition), timestampMs),
    );
  }

  async producer(topic: string): Promise<LogProducer> {
    await this.#withTopic(topic, () => undefined);
    return new SqliteProducer(topic, {
      database: this.#database,
      topics: this.#topics,
      records: this.#records,
      retention: this.#retention,
      clock: this.#options.clock,
      random: this.#options.random,
      appended: this.#appended,
      recordBytesMax: this.#options.recordBytesMax ?? recordBytesMaxDefault,
    });
  }

  async read(request: ReadRequest): Promise<Slice> {
    const { clock } = this.#options;
    const signals = [
      this.#closed.signal,
      ...(request.signal === undefined ? [] : [request.signal]),
    ];
    const giveUpMs = clock.monotonicMs() + (request.maxWaitMs ?? 0);
    for (;;) {
      request.signal?.throwIfAborted();
      const slice = await this.#database.read(() => this.#records.slice(request));
      const leftMs = giveUpMs - clock.monotonicMs();
      if (slice.records.length > 0 || leftMs <= 0) return slice;
      await this.#appended.sleep(Math.min(leftMs, pollMs), signals);
    }
  }

  async join(request: JoinRequest): Promise<Membership> {
    const membership = await SqliteMembership.join(
      {
        database: this.#database,
        topics: this.#topics,
        groups: this.#groups,
        clock: this.#options.clock,
        groupsChanged: this.#groupsChanged,
        ended: (membership) => this.#memberships.delete(membership),
      },
      request,
    );
    this.#memberships.add(membership);
    return membership;
  }

  async committed(group: string, topic: string): Promise<readonly CommittedOffset[]> {
    return this.#withTopic(topic, (found) => {
      const ref = this.#groups.find(found, group);
      return ref === null ? [] : this.#groups.committed(ref);
    });
  }

  async deleteCommits(group: string, topic: string): Promise<void> {
    await this.#database.write(() => {
      const ref = this.#groups.find(this.#topics.get(topic), group);
      if (ref !== null) this.#groups.deleteCommits(ref);
    });
  }

  async close(): Promise<void> {
    this.#closed.abort(new EgxError("E_ABORTED", "the log was closed"));
    await Promise.all([...this.#memberships].map((membership) => membership.abandon()));
    await this.#retention.close();
    this.#database.close();
  }

  async #withTopic<T>(name: string, body: (topic: StoredTopic) => T): Promise<T> {
    return this.#database.read(() => body(this.#topics.get(name)));
  }
}

function badPartitions(spec: TopicSpec): EgxError {
  const text = `topic ${spec.name} cannot have ${spec.partitions} partitions`;
  return new EgxError("E_CONFIG", text, {
    details: { topic: spec.name, partitions: spec.partitions },
    hint: `A topic has 1 to ${partitionsMax} partitions.`,
  });
}
