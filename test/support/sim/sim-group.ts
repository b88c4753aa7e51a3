import { EgxError } from "../../../src/base/errors.ts";
import { randomInt } from "../../../src/base/random.ts";
import type { AssignedPartition, JoinRequest } from "../../../src/log/log.ts";
import { SimProcess, type World } from "./world.ts";

export interface SimMember {
  readonly process: SimProcess;
  readonly request: JoinRequest;
  /** What the member believes to hold; the group may know better. */
  readonly held: Map<number, { assigned: AssignedPartition; lost: AbortController }>;
  left: boolean;
}

/**
 * A consumer group whose coordinator is as bad as the world allows: members are thrown out while
 * they work, learn of it late or never, and partitions change hands with or without notice.
 */
export class GroupState {
  readonly commits = new Map<number, number>();
  /** Told of every commit that is accepted. */
  onCommit: (partition: number, offset: number) => void = () => undefined;
  readonly #world: World;
  readonly #partitions: number;
  /** Owns the coordinator's own timers; it never dies or sleeps. */
  readonly #coordinator: SimProcess;
  readonly #owners = new Map<number, SimMember>();
  #members: SimMember[] = [];
  #generation = 0;
  /** Every signal ever given to a member. */
  readonly #given: AbortController[] = [];

  constructor(world: World, partitions: number) {
    this.#world = world;
    this.#partitions = partitions;
    this.#coordinator = new SimProcess(world, "coordinator");
  }

  /**
   * Aborts whatever was given to anybody. Signals that others depend on are held by the runtime for
   * as long as somebody listens, and with them everything that a dead process had.
   */
  release(): void {
    for (const lost of this.#given.splice(0)) lost.abort();
  }

  join(process: SimProcess, request: JoinRequest): SimMember {
    const member: SimMember = { process, request, held: new Map(), left: false };
    this.#members.push(member);
    this.rebalance();
    return member;
  }

  async leave(member: SimMember): Promise<void> {
    if (member.left) return;
    member.left = true;
    await Promise.all(
      [...member.held.values()].map(({ assigned }) => this.#revoke(member, assigned)),
    );
    this.remove(member);
  }

  /** Takes a member out without telling it; it may learn of it later. */
  remove(member: SimMember): void {
    this.#members = this.#members.filter((known) => known !== member);
    for (const [partition, owner] of this.#owners) {
      if (owner === member) this.#owners.delete(partition);
    }
    this.rebalance();
  }

  removeProcess(process: SimProcess): void {
    for (const member of this.#members.filter((known) => known.process === process)) {
      this.remove(member);
    }
  }

  /** Throws a random member out although it lives: it becomes a zombie. */
  expelOne(): void {
    const member = this.#members[randomInt(this.#world.random, Math.max(1, this.#members.length))];
    if (member === undefined) return;
    this.#world.note(`${member.process.name} is expelled`);
    this.remove(member);
    if (this.#world.chance(0.7)) this.#tellLost(member);
  }

  /** Deals the partitions out anew; owners that stay keep theirs. */
  rebalance(): void {
    const members = this.#members.filter((member) => !member.left && !member.process.dead);
    if (members.length === 0) return;
    this.#generation += 1;
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      const owner = this.#owners.get(partition);
      const wanted = members[(partition + this.#generation) % members.length];
      if (wanted === undefined || (owner !== undefined && !this.#world.chance(0.5))) continue;
      if (owner !== wanted) void this.#move(partition, owner, wanted);
    }
  }

  commit(member: SimMember, assigned: AssignedPartition, offset: number): void {
    const held = member.held.get(assigned.partition);
    if (this.#owners.get(assigned.partition) !== member || held?.assigned !== assigned) {
      throw new EgxError("E_LOG_FENCED", `partition ${assigned.partition} belongs to another`);
    }
    this.onCommit(assigned.partition, offset);
    this.commits.set(assigned.partition, offset);
  }

  /** Hands a partition over; in an orderly way, or while its owner is still at work. */
  async #move(partition: number, owner: SimMember | undefined, wanted: SimMember): Promise<void> {
    const held = owner?.held.get(partition);
    if (owner !== undefined && held !== undefined && this.#world.chance(0.6)) {
      this.#world.note(`${owner.process.name} is asked for ${partition}`);
      await this.#revoke(owner, held.assigned);
      if (this.#owners.get(partition) !== owner) return;
    } else if (owner !== undefined && this.#world.chance(0.5)) {
      this.#lose(owner, partition);
    }
    if (wanted.left || !this.#members.includes(wanted)) {
      // It went meanwhile, when the partition was not its own yet: others have to get it.
      this.#owners.delete(partition);
      this.rebalance();
      return;
    }
    this.#owners.set(partition, wanted);
    const lost = new AbortController();
    this.#given.push(lost);
    const assigned = { partition, generation: this.#generation, lost: lost.signal };
    try {
      await wanted.process.call(`is given ${partition}`, "E_LOG_UNREACHABLE", () => undefined);
    } catch {
      // The news did not reach the member: the partition is dealt again.
      if (this.#owners.get(partition) === wanted) this.#owners.delete(partition);
      this.rebalance();
      return;
    }
    if (this.#owners.get(partition) !== wanted) return;
    wanted.held.set(partition, { assigned, lost });
    wanted.request.onAssigned(assigned);
  }

  /** Asks the member to finish; gives up on it when it does not answer in time. */
  async #revoke(member: SimMember, assigned: AssignedPartition): Promise<void> {
    const answered = member.request.onRevoked(assigned);
    const timeout = new Promise<void>((resolve) => {
      this.#world.addTimer({
        process: this.#coordinator,
        dueMs: this.#world.nowMs + 10_000,
        fire: resolve,
      });
    });
    await Promise.race([answered, timeout]);
    this.#lose(member, assigned.partition);
  }

  #lose(member: SimMember, partition: number): void {
    const held = member.held.get(partition);
    member.held.delete(partition);
    if (!member.process.dead) held?.lost.abort(new EgxError("E_LOG_FENCED", "lost"));
  }

  #tellLost(member: SimMember): void {
    for (const partition of member.held.keys()) this.#lose(member, partition);
  }
}
