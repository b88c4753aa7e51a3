import { invariant } from "../base/errors.ts";

/** A member of a consumer group, by the number that it got when it joined. */
export type MemberRef = number;

/**
 * Who shall hold each partition: every partition somebody, shares that differ by one at most, and
 * as few moves as that allows. Members that hold more keep the larger shares; the order of
 * `members` decides the rest, so every process computes the same.
 * @param holders who holds each partition now, by partition number; null where nobody does
 * @param members distinct; at least one
 */
export function assignPartitions(
  holders: readonly (MemberRef | null)[],
  members: readonly MemberRef[],
): MemberRef[] {
  const held = new Map<MemberRef, number[]>(members.map((member) => [member, []]));
  for (const [partition, holder] of holders.entries()) {
    if (holder !== null) held.get(holder)?.push(partition);
  }
  const bySize = [...held].toSorted(([, a], [, b]) => b.length - a.length);
  const smallShare = Math.floor(holders.length / members.length);
  const largeShares = holders.length % members.length;

  const assigned = new Map<number, MemberRef>();
  const vacancies: MemberRef[] = [];
  for (const [rank, [member, partitions]] of bySize.entries()) {
    const share = rank < largeShares ? smallShare + 1 : smallShare;
    const kept = partitions.slice(0, share);
    for (const partition of kept) assigned.set(partition, member);
    for (let vacant = kept.length; vacant < share; vacant += 1) vacancies.push(member);
  }
  return holders.map((_, partition) => {
    const member = assigned.get(partition) ?? vacancies.shift();
    invariant(member !== undefined, "the shares of a group do not sum up to its partitions");
    return member;
  });
}
