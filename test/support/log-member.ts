import type { EgxError } from "../../src/base/errors.ts";
import type { AssignedPartition, JoinRequest, Log, Membership } from "../../src/log/log.ts";
import { until } from "./until.ts";

/** A member of a group that writes down what it is told. */
export class RecordingMember {
  /** What it holds now, by partition. */
  readonly held = new Map<number, AssignedPartition>();
  /** What it was ever given, in order. */
  readonly assigned: AssignedPartition[] = [];
  /** What it was asked to give up in an orderly rebalance, in order. */
  readonly revoked: AssignedPartition[] = [];
  /** With what its membership was over by itself. */
  readonly failures: EgxError[] = [];
  #membership: Membership | undefined;

  /**
   * Joins `log`'s group.
   * @param onRevoked runs while the partition may still be committed
   */
  static async join(
    log: Log,
    request: Pick<JoinRequest, "group" | "topic" | "sessionTimeoutMs">,
    onRevoked: (member: RecordingMember, assigned: AssignedPartition) => Promise<void> = async () =>
      undefined,
  ): Promise<RecordingMember> {
    const member = new RecordingMember();
    member.#membership = await log.join({
      ...request,
      onAssigned: (assigned) => {
        member.assigned.push(assigned);
        member.held.set(assigned.partition, assigned);
        assigned.lost.addEventListener("abort", () => {
          if (member.held.get(assigned.partition) === assigned) {
            member.held.delete(assigned.partition);
          }
        });
      },
      onRevoked: async (assigned) => {
        await onRevoked(member, assigned);
        member.revoked.push(assigned);
      },
      onFailed: (failure) => member.failures.push(failure),
    });
    return member;
  }

  /** The partitions that it holds, ascending. */
  partitions(): number[] {
    return [...this.held.keys()].toSorted((a, b) => a - b);
  }

  async commit(assigned: AssignedPartition, offset: number, metadata?: string): Promise<void> {
    await this.#joined().commit(assigned, offset, metadata);
  }

  async leave(): Promise<void> {
    await this.#joined().leave();
  }

  #joined(): Membership {
    if (this.#membership === undefined) throw new Error("has not joined yet");
    return this.#membership;
  }
}

/** Waits until `members` hold all of `partitions` between them, in shares of `sizes`. */
export async function untilShared(
  members: readonly RecordingMember[],
  sizes: readonly number[],
): Promise<void> {
  const wanted = sizes.toSorted((a, b) => a - b).join();
  await until(`shares of ${wanted}`, () => {
    const found = members.map((member) => member.held.size).toSorted((a, b) => a - b);
    return found.join() === wanted;
  });
}
