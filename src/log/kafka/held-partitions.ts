import type { Clock } from "../../base/clock.ts";
import { EgxError, toEgxError } from "../../base/errors.ts";
import type { AssignedPartition, JoinRequest } from "../log.ts";

interface Held {
  readonly assigned: AssignedPartition;
  readonly lost: AbortController;
  /** While it is being revoked: resolves when it is given up. */
  revoking: Promise<void> | null;
}

/** When a join does not say. */
export const sessionTimeoutMsDefault = 10_000;

/**
 * The partitions in a member's hands, from `onAssigned` until `onRevoked` has returned or they are
 * lost. One that is being revoked is still held: nobody else may have it yet.
 */
export class HeldPartitions {
  readonly #request: JoinRequest;
  readonly #clock: Clock;
  readonly #onGivenUp: () => void;
  readonly #held = new Map<number, Held>();
  #failure: EgxError | undefined;

  /** @param onGivenUp told when everything that was to be revoked is given up */
  constructor(request: JoinRequest, clock: Clock, onGivenUp: () => void) {
    this.#request = request;
    this.#clock = clock;
    this.#onGivenUp = onGivenUp;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get partitions(): readonly number[] {
    return [...this.#held.keys()];
  }

  /** What an `onRevoked` threw, if any did. */
  get failure(): EgxError | undefined {
    return this.#failure;
  }

  holds(assigned: AssignedPartition): boolean {
    const held = this.#held.get(assigned.partition);
    return held?.assigned.generation === assigned.generation && !assigned.lost.aborted;
  }

  /**
   * Brings what is held in line with what the group gave. A partition that is given anew while it
   * is being revoked is given up all the same, and comes again by the next rebalance.
   */
  follow(partitions: readonly number[], generation: number): void {
    const given = new Set(partitions);
    for (const [partition, held] of this.#held) {
      if (!given.has(partition)) void this.#startRevoking(held);
    }
    for (const partition of given) {
      if (this.#held.has(partition)) continue;
      const lost = new AbortController();
      const assigned = { partition, generation, lost: lost.signal };
      this.#held.set(partition, { assigned, lost, revoking: null });
      this.#request.onAssigned(assigned);
    }
  }

  /** Revokes whatever is held; resolves when all of it is given up. */
  async revokeAll(): Promise<void> {
    await Promise.all([...this.#held.values()].map((held) => this.#startRevoking(held)));
  }

  /** Whatever is held is gone without notice. */
  loseAll(reason: EgxError): void {
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const { lost } of all) lost.abort(reason);
  }

  #startRevoking(held: Held): Promise<void> {
    held.revoking ??= this.#revoke(held).catch((error: unknown) => {
      // The partition is given up all the same; leave() tells of it.
      this.#failure ??= toEgxError(error);
    });
    return held.revoking;
  }

  async #revoke(held: Held): Promise<void> {
    const { partition } = held.assigned;
    const revoked = new AbortController();
    const either = AbortSignal.any([revoked.signal, held.lost.signal]);
    try {
      await Promise.race([this.#request.onRevoked(held.assigned), this.#timeIsUp(either)]);
    } finally {
      revoked.abort();
      held.lost.abort(new EgxError("E_LOG_FENCED", "the partition was given up in a rebalance"));
      if (this.#held.get(partition) === held) this.#held.delete(partition);
      if (![...this.#held.values()].some((each) => each.revoking !== null)) this.#onGivenUp();
    }
  }

  /** Resolves after the session timeout, or when the signal aborts. */
  async #timeIsUp(signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(this.#request.sessionTimeoutMs ?? sessionTimeoutMsDefault, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
