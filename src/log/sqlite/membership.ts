import type { Clock } from "../../base/clock.ts";
import { EgxError, toEgxError } from "../../base/errors.ts";
import type { AssignedPartition, JoinRequest, Membership } from "../log.ts";
import type { LogDatabase } from "./database.ts";
import type { GroupStore, Holding, Seat, Standing } from "./groups.ts";
import { Liveness, thisProcess } from "./liveness.ts";
import type { TopicStore } from "./topics.ts";
import type { Wakeup } from "./wakeup.ts";

export const sessionTimeoutMsDefault = 10_000;
/** Beats in a session timeout. */
const beatsPerSession = 5;
/** How often a member looks what others of its group did; a look writes nothing. */
const lookMs = 100;

/** What members need of the log that they are of. */
export interface MembershipContext {
  readonly database: LogDatabase;
  readonly topics: TopicStore;
  readonly groups: GroupStore;
  readonly clock: Clock;
  /** Woken when a member of this process changed its group. */
  readonly groupsChanged: Wakeup;
  /** Told once, when the membership is over. */
  readonly ended: (membership: SqliteMembership) => void;
}

/**
 * A partition in this member's hands: held, then (in an orderly rebalance) being revoked, then
 * given up until the next beat writes that down.
 */
interface Held {
  readonly assigned: AssignedPartition;
  readonly lost: AbortController;
  phase: "held" | "revoking" | "given up";
}

/**
 * A member of a group. One loop looks at the group, beats, and brings what is held in line with
 * what the file says; it ends with {@link leave}, or when the log is closed.
 */
export class SqliteMembership implements Membership {
  readonly #context: MembershipContext;
  readonly #request: JoinRequest;
  readonly #sessionTimeoutMs: number;
  readonly #liveness: Liveness;
  readonly #held = new Map<number, Held>();
  readonly #closed = new AbortController();
  readonly #running: Promise<void>;
  #seat: Seat | null;
  #version = -1;
  #beatenMs = -Infinity;
  #isLeaving = false;
  #failure: EgxError | undefined;

  private constructor(context: MembershipContext, request: JoinRequest, seat: Seat) {
    this.#context = context;
    this.#request = request;
    this.#sessionTimeoutMs = request.sessionTimeoutMs ?? sessionTimeoutMsDefault;
    this.#liveness = new Liveness(context.clock, thisProcess());
    this.#seat = seat;
    this.#running = this.#run();
  }

  static async join(context: MembershipContext, request: JoinRequest): Promise<SqliteMembership> {
    return new SqliteMembership(context, request, await takeSeat(context, request));
  }

  async commit(assigned: AssignedPartition, offset: number, metadata = ""): Promise<void> {
    const { database, groups } = this.#context;
    const { partition } = assigned;
    await database.write(() => {
      // Generations of a group begin anew with its topic: what was lost stays lost.
      const seat = assigned.lost.aborted ? null : this.#seat;
      groups.commit(seat, assigned, { partition, offset, metadata });
    });
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#context.groupsChanged.wake();
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Stops as a process does that dies: nothing is written, and others find out. */
  async abandon(): Promise<void> {
    this.#closed.abort();
    this.#context.groupsChanged.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      // Whoever joined has the membership in hand before it is told of partitions.
      await this.#context.clock.sleep(0);
      while (!this.#closed.signal.aborted) {
        if (this.#isLeaving && this.#revokeAll()) {
          await this.#giveUpSeat();
          break;
        }
        await this.#turn();
        await this.#pause();
      }
      this.#loseAll(fencedReason("the membership has ended"));
    } catch (error) {
      this.#failure ??= toEgxError(error);
      this.#loseAll(this.#failure);
      if (!this.#isLeaving) this.#request.onFailed(this.#failure);
    }
    this.#context.ended(this);
  }

  async #pause(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    await this.#context.groupsChanged.sleep(Math.min(lookMs, this.#beatEveryMs()));
  }

  async #turn(): Promise<void> {
    try {
      if (this.#seat !== null) {
        await this.#look(this.#seat);
      } else if (!this.#isLeaving) {
        this.#seat = await takeSeat(this.#context, this.#request);
      }
    } catch (error) {
      // A bug ends the membership. A file that cannot be used says nothing of the group: reads and
      // commits fail with it on their own, and the partitions stay where they are. A topic that is
      // gone may come again.
      if (toEgxError(error).code === "E_INTERNAL") throw error;
    }
  }

  async #look(seat: Seat): Promise<void> {
    const { database, groups, clock, groupsChanged } = this.#context;
    const glance = await database.read(() => groups.glance(seat));
    if (glance === null) return this.#loseSeat();
    const dead = this.#liveness.dead(glance.peers);
    const released = this.#givenUp();
    const isDue = clock.monotonicMs() - this.#beatenMs >= this.#beatEveryMs();
    const isChanged = glance.version !== this.#version;
    if (!isDue && !isChanged && dead.length === 0 && released.length === 0) return;

    const beatMs = clock.monotonicMs();
    const beat = { dead, released, claims: !this.#isLeaving };
    const standing = await database.write(() => groups.beat(seat, beat));
    if (standing === null) return this.#loseSeat();
    this.#beatenMs = beatMs;
    for (const partition of released) this.#held.delete(partition);
    this.#follow(standing);
    if (standing.version !== glance.version) groupsChanged.wake();
    this.#version = standing.version;
  }

  /** Brings what is held in line with what the file says. */
  #follow(standing: Standing): void {
    const holdings = new Map(standing.holdings.map((holding) => [holding.partition, holding]));
    for (const [partition, held] of this.#held) {
      if (holdings.get(partition)?.generation === held.assigned.generation) continue;
      held.lost.abort(fencedReason("the partition was taken away"));
      this.#held.delete(partition);
    }
    for (const holding of standing.holdings) {
      const held = this.#held.get(holding.partition);
      if (held === undefined) this.#take(holding);
      else if (!holding.keep) this.#startRevoking(held);
    }
  }

  #take({ partition, generation }: Holding): void {
    const lost = new AbortController();
    const assigned = { partition, generation, lost: lost.signal };
    this.#held.set(partition, { assigned, lost, phase: "held" });
    this.#request.onAssigned(assigned);
  }

  /** Begins to revoke what is held; true once everything is given up. */
  #revokeAll(): boolean {
    for (const held of this.#held.values()) this.#startRevoking(held);
    return [...this.#held.values()].every((held) => held.phase === "given up");
  }

  #startRevoking(held: Held): void {
    if (held.phase !== "held") return;
    held.phase = "revoking";
    this.#revoke(held).catch((error: unknown) => {
      // The partition is given up all the same; leave() tells of it.
      this.#failure ??= toEgxError(error);
    });
  }

  async #revoke(held: Held): Promise<void> {
    const revoked = new AbortController();
    const timeIsUp = this.#sleepUnlessClosed(revoked.signal);
    try {
      await Promise.race([this.#request.onRevoked(held.assigned), timeIsUp]);
    } finally {
      revoked.abort();
      held.phase = "given up";
      held.lost.abort(fencedReason("the partition was given up in a rebalance"));
      this.#context.groupsChanged.wake();
    }
  }

  /** Resolves after the session timeout, or when either signal aborts. */
  async #sleepUnlessClosed(revoked: AbortSignal): Promise<void> {
    const either = AbortSignal.any([revoked, this.#closed.signal]);
    try {
      await this.#context.clock.sleep(this.#sessionTimeoutMs, either);
    } catch (error) {
      if (!either.aborted) throw error;
    }
  }

  #givenUp(): number[] {
    return [...this.#held.values()]
      .filter((held) => held.phase === "given up")
      .map((held) => held.assigned.partition);
  }

  async #giveUpSeat(): Promise<void> {
    const { database, groups, groupsChanged } = this.#context;
    const seat = this.#seat;
    if (seat === null) return;
    await database.write(() => groups.leave(seat));
    this.#seat = null;
    groupsChanged.wake();
  }

  /** Others took this member for dead: what it held is lost without notice. */
  #loseSeat(): void {
    this.#seat = null;
    this.#version = -1;
    this.#loseAll(fencedReason("the group took this member for dead"));
  }

  #loseAll(reason: EgxError): void {
    for (const { lost } of this.#held.values()) lost.abort(reason);
    this.#held.clear();
  }

  #beatEveryMs(): number {
    return this.#sessionTimeoutMs / beatsPerSession;
  }
}

function fencedReason(text: string): EgxError {
  return new EgxError("E_LOG_FENCED", text);
}

async function takeSeat(context: MembershipContext, request: JoinRequest): Promise<Seat> {
  const { database, topics, groups, groupsChanged } = context;
  const timeoutMs = request.sessionTimeoutMs ?? sessionTimeoutMsDefault;
  const seat = await database.write(() =>
    groups.join(topics.get(request.topic), request.group, { ...thisProcess(), timeoutMs }),
  );
  groupsChanged.wake();
  return seat;
}
