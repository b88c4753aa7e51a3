import { orAborted } from "../../base/abort.ts";
import { EgxError, toEgxError } from "../../base/errors.ts";
import type { AssignedPartition, JoinRequest, Membership } from "../log.ts";
import { coordinatorOf, onCoordinator } from "./admin.ts";
import type { Cluster, Lane } from "./cluster.ts";
import { failureOf, kafkaCodeOf, kafkaErrors, memberIdOf } from "./errors.ts";
import { assignorName, decodeAssignment, encodeClaim, planAssignments } from "./group-plan.ts";
import { requests, type Connection } from "./protocol.ts";
import { HeldPartitions, sessionTimeoutMsDefault } from "./held-partitions.ts";

/** Beats in a session timeout, and the longest time between two. */
const beatsPerSession = 5;
const beatMsMax = 1_000;
/** How often the group's leader looks whether the topic has other partitions than it gave out. */
const topicLookMs = 5_000;
/** How long is tried to tell the group that this member leaves. */
const leaveMsMax = 3_000;
const protocolType = "consumer";

/**
 * A member of a group, by Kafka's classic group protocol with cooperative rebalancing. One loop
 * joins, beats, and joins again when the group changes; it ends with {@link leave}, or when the
 * log is closed.
 */
export class KafkaMembership implements Membership {
  readonly #cluster: Cluster;
  readonly #request: JoinRequest;
  readonly #sessionTimeoutMs: number;
  /** A join waits for the other members, and a beat must not wait behind it. */
  readonly #joinLane: Lane;
  readonly #beatLane: Lane;
  readonly #held: HeldPartitions;
  /** Resolves when the membership is over, in whatever way. */
  readonly ended: Promise<void>;
  #memberId: string;
  #generation = -1;
  #isLeading = false;
  /** Partitions of the topic as the leader last gave them out. */
  #partitions = 0;
  #topicSeenMs = -Infinity;
  #mustJoin = true;
  /** When the group last heard of this member. */
  #heardMs: number;
  #isLeaving = false;
  /** Aborts when this member leaves and everything is given up. */
  readonly #nothingHeld = new AbortController();
  #isAbandoned = false;
  #nap: AbortController | null = null;
  #failure: EgxError | undefined;

  private constructor(cluster: Cluster, request: JoinRequest, memberId: string) {
    this.#cluster = cluster;
    this.#request = request;
    this.#sessionTimeoutMs = request.sessionTimeoutMs ?? sessionTimeoutMsDefault;
    const waitMs = rebalanceTimeoutMsOf(this.#sessionTimeoutMs);
    this.#joinLane = { name: `join ${memberId}`, waitMs };
    this.#beatLane = { name: `beat ${memberId}`, waitMs: 0 };
    this.#memberId = memberId;
    this.#heardMs = cluster.options.clock.monotonicMs();
    this.#held = new HeldPartitions(request, cluster.options.clock, () => {
      this.#mustJoin = true;
      this.#nap?.abort();
    });
    this.ended = this.#run();
  }

  /** Becomes known to the group; partitions come later. */
  static async join(cluster: Cluster, request: JoinRequest): Promise<KafkaMembership> {
    await cluster.topic(request.topic, true);
    const { group, sessionTimeoutMs = sessionTimeoutMsDefault } = request;
    const memberId = await onCoordinator(cluster, group, async (connection) =>
      askForMemberId(connection, request, sessionTimeoutMs),
    );
    return new KafkaMembership(cluster, request, memberId);
  }

  async commit(assigned: AssignedPartition, offset: number, metadata = ""): Promise<void> {
    const { group, topic } = this.#request;
    const position = {
      partitionIndex: assigned.partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: metadata,
    };
    await onCoordinator(this.#cluster, group, async (connection) => {
      if (!this.#held.holds(assigned)) throw fenced(`${topic}/${assigned.partition} is not held`);
      const generation = this.#generation;
      try {
        const topics = [{ name: topic, partitions: [position] }];
        await requests.offsetCommit(connection, group, generation, this.#memberId, null, topics);
      } catch (error) {
        const isOvertaken = generation !== this.#generation && this.#held.holds(assigned);
        if (!isOvertaken || kafkaCodeOf(error) !== kafkaErrors.illegalGeneration) throw error;
        throw new EgxError("E_LOG_BUSY", "the group changed during the commit", { cause: error });
      }
    });
  }

  async leave(): Promise<void> {
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      this.#nap?.abort();
      await this.#held.revokeAll();
      // A join waits for other members, and a beat for a broker, which is no reason to wait here.
      this.#nothingHeld.abort(fenced("the member leaves"));
      await this.#hangUp();
    }
    await this.ended;
    const failure = this.#failure ?? this.#held.failure;
    if (failure !== undefined) throw failure;
  }

  /** Stops as a process does that dies: the group finds out by itself. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    this.#nap?.abort();
    await this.#hangUp();
    await this.ended;
  }

  async #run(): Promise<void> {
    try {
      // Whoever joined has the membership in hand before it is told of partitions.
      await this.#cluster.options.clock.sleep(0);
      while (!this.#isAbandoned) {
        if (this.#isLeaving && this.#held.isEmpty) {
          await this.#leaveGroup();
          break;
        }
        await this.#turn();
      }
      this.#held.loseAll(fenced("the membership has ended"));
    } catch (error) {
      this.#failure = toEgxError(error);
      this.#held.loseAll(this.#failure);
      if (!this.#isLeaving) this.#request.onFailed(this.#failure);
    }
  }

  /** One join or one beat, and the time until the next. */
  async #turn(): Promise<void> {
    const { clock } = this.#cluster.options;
    try {
      if (this.#mustJoin && !this.#isLeaving) await this.#join();
      else if (this.#generation >= 0) await this.#within(this.#trustedMs(), this.#beat());
      if (this.#mustJoin && !this.#isLeaving) return;
    } catch (error) {
      const goesOnAtOnce = this.#recover(failureOf(error, `group ${this.#request.group}`));
      if (goesOnAtOnce && !this.#isLeaving) return;
    }
    if (clock.monotonicMs() - this.#heardMs >= this.#sessionTimeoutMs && !this.#held.isEmpty) {
      this.#forfeit("the group has not heard of this member for too long");
    }
    await this.#sleep();
  }

  /** How long the group still waits before it takes this member for dead by its silence. */
  #trustedMs(): number {
    const silentMs = this.#cluster.options.clock.monotonicMs() - this.#heardMs;
    return Math.max(0, this.#sessionTimeoutMs - silentMs);
  }

  /** Gives up waiting for `work`, which goes on, after a time. */
  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    const done = new AbortController();
    const late = this.#cluster.options.clock.sleep(ms, done.signal).then(() => {
      throw new EgxError("E_LOG_UNREACHABLE", `group ${this.#request.group} does not answer`);
    });
    try {
      await Promise.race([work, late]);
    } finally {
      done.abort();
    }
  }

  /** Whatever is held belongs to others; this member begins anew. */
  #forfeit(why: string): void {
    this.#held.loseAll(fenced(why));
    this.#generation = -1;
    this.#mustJoin = true;
  }

  /**
   * What a failure says of the membership; throws when no further try can help.
   * @returns whether the group answered, and only wants another join
   */
  #recover(failure: EgxError): boolean {
    const code = kafkaCodeOf(failure);
    const isDead = code === kafkaErrors.unknownMemberId || code === kafkaErrors.illegalGeneration;
    if (isDead) {
      this.#forfeit("the group took this member for dead");
      if (code === kafkaErrors.unknownMemberId) this.#memberId = "";
    } else if (code !== kafkaErrors.rebalanceInProgress) {
      if (failure.retryable || this.#isLeaving) return false;
      throw failure;
    }
    this.#mustJoin = true;
    return true;
  }

  async #join(): Promise<void> {
    const { group, topic } = this.#request;
    const { clock } = this.#cluster.options;
    const connection = await this.#connect(this.#joinLane);
    if (this.#memberId === "") {
      this.#memberId = await askForMemberId(connection, this.#request, this.#sessionTimeoutMs);
    }
    this.#mustJoin = false;
    let joined: Awaited<ReturnType<typeof requests.joinGroup>>;
    try {
      const metadata = encodeClaim({
        topic,
        owned: this.#held.partitions,
        generation: this.#generation,
      });
      joined = await joinGroup(connection, this.#request, {
        memberId: this.#memberId,
        sessionTimeoutMs: this.#sessionTimeoutMs,
        metadata,
      });
      this.#isLeading = joined.leader === joined.memberId;
      const plan = this.#isLeading ? await this.#plan(joined.members) : [];
      const synced = await requests.syncGroup(
        connection,
        group,
        joined.generationId,
        joined.memberId,
        null,
        protocolType,
        assignorName,
        plan,
      );
      this.#generation = joined.generationId;
      this.#heardMs = clock.monotonicMs();
      if (this.#isLeaving) return;
      this.#held.follow(decodeAssignment(synced.assignment, topic), this.#generation);
    } catch (error) {
      this.#mustJoin = true;
      throw error;
    }
  }

  async #plan(
    members: readonly { memberId: string; metadata: Buffer }[],
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const { topic } = this.#request;
    this.#partitions = await this.#partitionsNow();
    return planAssignments(topic, this.#partitions, members);
  }

  async #beat(): Promise<void> {
    const { clock } = this.#cluster.options;
    const { group } = this.#request;
    const connection = await this.#connect(this.#beatLane);
    const askedMs = clock.monotonicMs();
    await requests.heartbeat(connection, group, this.#generation, this.#memberId, null);
    this.#heardMs = Math.max(this.#heardMs, askedMs);
    if (this.#isLeading && askedMs - this.#topicSeenMs >= topicLookMs) {
      this.#mustJoin ||= (await this.#partitionsNow()) !== this.#partitions;
    }
  }

  /** How many partitions the topic has; a topic that is gone has none. */
  async #partitionsNow(): Promise<number> {
    this.#topicSeenMs = this.#cluster.options.clock.monotonicMs();
    const topic = await this.#cluster.findTopic(this.#request.topic, true);
    return topic?.leaders.size ?? 0;
  }

  async #connect(lane: Lane): Promise<Connection> {
    const asking = coordinatorOf(this.#cluster, this.#request.group);
    const id = await orAborted(asking, this.#nothingHeld.signal);
    return this.#cluster.broker(id, lane);
  }

  async #leaveGroup(): Promise<void> {
    if (this.#memberId === "") return;
    const members = [{ memberId: this.#memberId }];
    try {
      const leaving = onCoordinator(this.#cluster, this.#request.group, async (connection) =>
        requests.leaveGroup(connection, this.#request.group, members),
      );
      await this.#within(leaveMsMax, leaving);
    } catch (error) {
      // The group finds out by itself when it is not told.
      if (!toEgxError(error).retryable && kafkaCodeOf(error) !== kafkaErrors.unknownMemberId) {
        throw error;
      }
    } finally {
      await this.#hangUp();
    }
  }

  async #hangUp(): Promise<void> {
    await this.#cluster.dropLane(this.#joinLane);
    await this.#cluster.dropLane(this.#beatLane);
  }

  async #sleep(): Promise<void> {
    if (this.#isAbandoned || (this.#isLeaving && this.#held.isEmpty)) return;
    const nap = new AbortController();
    this.#nap = nap;
    const beatMs = Math.min(beatMsMax, this.#sessionTimeoutMs / beatsPerSession);
    try {
      await this.#cluster.options.clock.sleep(beatMs, nap.signal);
    } catch (error) {
      if (!nap.signal.aborted) throw error;
    } finally {
      this.#nap = null;
    }
  }
}

interface JoinArguments {
  readonly memberId: string;
  readonly sessionTimeoutMs: number;
  readonly metadata: Buffer;
}

async function joinGroup(
  connection: Connection,
  { group }: JoinRequest,
  { memberId, sessionTimeoutMs, metadata }: JoinArguments,
): ReturnType<typeof requests.joinGroup> {
  return requests.joinGroup(
    connection,
    group,
    sessionTimeoutMs,
    rebalanceTimeoutMsOf(sessionTimeoutMs),
    memberId,
    null,
    protocolType,
    [{ name: assignorName, metadata }],
    null,
  );
}

/** Asks to join without an id, which the group refuses and gives one. */
async function askForMemberId(
  connection: Connection,
  request: JoinRequest,
  sessionTimeoutMs: number,
): Promise<string> {
  const metadata = encodeClaim({ topic: request.topic, owned: [], generation: -1 });
  try {
    const joined = await joinGroup(connection, request, {
      memberId: "",
      sessionTimeoutMs,
      metadata,
    });
    return joined.memberId;
  } catch (error) {
    const memberId = memberIdOf(error);
    if (memberId === undefined || kafkaCodeOf(error) !== kafkaErrors.memberIdRequired) throw error;
    return memberId;
  }
}

/** Members that flush before they give up a partition join late. */
function rebalanceTimeoutMsOf(sessionTimeoutMs: number): number {
  return 2 * sessionTimeoutMs;
}

function fenced(text: string): EgxError {
  return new EgxError("E_LOG_FENCED", text);
}
