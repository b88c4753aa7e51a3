import { assignPartitions } from "../assignment.ts";
import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from "./protocol.ts";

/** The name by which members of a group agree on the rules of this file. */
export const assignorName = "egx-cooperative";
/** Kafka's consumer protocol: subscriptions name what is owned, and since when. */
const protocolVersion = 2;

/** What a member tells the group when it joins. */
export interface Claim {
  readonly topic: string;
  readonly owned: readonly number[];
  /** That of the assignment by which it owns them. */
  readonly generation: number;
}

/** A member and what it told, as the group's leader hears it. */
export interface Member {
  readonly memberId: string;
  readonly metadata: Buffer;
}

/** A claim in Kafka's own form, so that its tools understand it. */
export function encodeClaim(claim: Claim): Buffer {
  return encodeConsumerProtocolSubscription({
    version: protocolVersion,
    topics: [claim.topic],
    userData: Buffer.alloc(0),
    ownedPartitions: [{ topic: claim.topic, partitions: [...claim.owned] }],
    generationId: claim.generation,
  });
}

/** The partitions of `topic` in an assignment that the group's leader made. */
export function decodeAssignment(assignment: Buffer, topic: string): readonly number[] {
  return decodeConsumerProtocolAssignment(assignment)
    .assignedPartitions.filter((each) => each.topic === topic)
    .flatMap((each) => each.partitions);
}

/**
 * What the group's leader gives to each member. A partition that is to move is given to nobody
 * yet: whoever owns it sees that it is no longer his, gives it up and joins again, and then it is
 * free (Kafka's cooperative rebalancing). What stays is never interrupted.
 */
export function planAssignments(
  topic: string,
  partitions: number,
  members: readonly Member[],
): { memberId: string; assignment: Buffer }[] {
  // Every member that leads must come to the same answer.
  const ordered = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const holders = holdersOf(topic, partitions, ordered);
  const wanted = assignPartitions(
    holders,
    ordered.map((_, index) => index),
  );
  return ordered.map(({ memberId }, index) => {
    const given = wanted.flatMap((member, partition) => {
      const holder = holders[partition] ?? null;
      return member === index && (holder === null || holder === index) ? [partition] : [];
    });
    return {
      memberId,
      assignment: encodeConsumerProtocolAssignment({
        version: protocolVersion,
        assignedPartitions: [{ topic, partitions: given }],
      }),
    };
  });
}

/** Who owns each partition, by the member's place; the newest claim counts. */
function holdersOf(
  topic: string,
  partitions: number,
  members: readonly Member[],
): readonly (number | null)[] {
  const holders = Array.from({ length: partitions }, (): number | null => null);
  const since = holders.map(() => -Infinity);
  for (const [index, { metadata }] of members.entries()) {
    const { ownedPartitions, generationId } = decodeConsumerProtocolSubscription(metadata);
    const owned = ownedPartitions
      .filter((each) => each.topic === topic)
      .flatMap((each) => each.partitions);
    for (const partition of owned) {
      if (partition >= partitions || generationId <= (since[partition] ?? -Infinity)) continue;
      holders[partition] = index;
      since[partition] = generationId;
    }
  }
  return holders;
}
