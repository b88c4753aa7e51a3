import { EgxError } from "../../../src/base/errors.ts";
import type {
  AssignedPartition,
  CommittedOffset,
  JoinRequest,
  Log,
  LogProducer,
  LogRecord,
  Membership,
  NewRecord,
  PartitionOffsets,
  ReadRequest,
  RecordPosition,
  Slice,
  TopicInfo,
} from "../../../src/log/log.ts";
import type { GroupState, SimMember } from "./sim-group.ts";
import type { SimProcess } from "./world.ts";

export const simTopic = "bars";
export const simDeadTopic = "bars.dlq";
export const simTopicId = "5f6e0c9a";

export interface SimPartition {
  /** By offset; undefined where an offset carries no record. */
  readonly records: (LogRecord | undefined)[];
  /** Offsets below it were deleted by retention. */
  start: number;
}

/** What the log holds, seen from outside of the world. */
export class LogState {
  readonly partitions: readonly SimPartition[];
  readonly deadLetters: NewRecord[] = [];
  readonly group: GroupState;

  constructor(partitions: number, group: GroupState) {
    this.partitions = Array.from({ length: partitions }, () => ({ records: [], start: 0 }));
    this.group = group;
  }

  partition(index: number): SimPartition {
    const found = this.partitions[index];
    if (found === undefined) throw new EgxError("E_LOG_TOPIC_UNKNOWN", `no partition ${index}`);
    return found;
  }
}

/** The log as one process sees it. */
export class SimLog implements Log {
  readonly url = "sim:log";
  readonly #state: LogState;
  readonly #process: SimProcess;

  constructor(state: LogState, process: SimProcess) {
    this.#state = state;
    this.#process = process;
  }

  #call<T>(name: string, effect: () => T): Promise<T> {
    return this.#process.call(name, "E_LOG_UNREACHABLE", effect);
  }

  async createTopic(): Promise<"created" | "exists"> {
    return "exists";
  }

  describeTopic(name: string): Promise<TopicInfo | null> {
    return this.#call(`describe ${name}`, () => ({
      name,
      id: simTopicId,
      partitions: this.#state.partitions.length,
      retentionMs: null,
      retentionBytes: null,
      compacted: false,
    }));
  }

  async listTopics(): Promise<readonly TopicInfo[]> {
    return [];
  }

  async deleteTopic(): Promise<void> {}

  offsets(): Promise<readonly PartitionOffsets[]> {
    return this.#call("offsets", () =>
      this.#state.partitions.map(({ start, records }, partition) => ({
        partition,
        start,
        end: records.length,
      })),
    );
  }

  async offsetAt(): Promise<number> {
    return 0;
  }

  async producer(topic: string): Promise<LogProducer> {
    return {
      send: (records): Promise<readonly RecordPosition[]> =>
        this.#call(`send to ${topic}`, () => {
          this.#state.deadLetters.push(...records);
          return [];
        }),
      close: async (): Promise<void> => undefined,
    };
  }

  async read(request: ReadRequest): Promise<Slice> {
    const slice = await this.#readOnce(request);
    if (slice.next > slice.from || (request.maxWaitMs ?? 0) === 0) return slice;
    await this.#process.clock.sleep(request.maxWaitMs ?? 0, request.signal);
    return this.#readOnce(request);
  }

  #readOnce(request: ReadRequest): Promise<Slice> {
    const { partition, offset } = request;
    return this.#call(`read ${partition} from ${offset}`, () => {
      const { records, start } = this.#state.partition(partition);
      const end = records.length;
      if (offset < start || offset > end) {
        throw new EgxError("E_LOG_OFFSET_GONE", `offset ${offset} is not in [${start}, ${end}]`);
      }
      const next = Math.min(end, offset + 1 + Math.floor(this.#process.world.random.next() * 6));
      const found = records.slice(offset, next).filter((record) => record !== undefined);
      return { records: found, from: offset, next, end };
    });
  }

  async join(request: JoinRequest): Promise<Membership> {
    const { group } = this.#state;
    const member = await this.#call("join", () => group.join(this.#process, request));
    return {
      commit: (assigned, offset) => this.#commit(member, assigned, offset),
      leave: async () => {
        await group.leave(member);
      },
    };
  }

  #commit(member: SimMember, assigned: AssignedPartition, offset: number): Promise<void> {
    return this.#call(`commit ${assigned.partition} at ${offset}`, () =>
      this.#state.group.commit(member, assigned, offset),
    );
  }

  committed(): Promise<readonly CommittedOffset[]> {
    return this.#call("committed", () =>
      [...this.#state.group.commits].map(([partition, offset]) => ({
        partition,
        offset,
        metadata: "",
      })),
    );
  }

  async deleteCommits(): Promise<void> {
    this.#state.group.commits.clear();
  }

  async close(): Promise<void> {}
}
