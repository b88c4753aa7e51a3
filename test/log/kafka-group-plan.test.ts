import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeAssignment, encodeClaim, planAssignments } from "../../src/log/kafka/group-plan.ts";

const topic = "egx_market_data";

/** Who is in the group after each change. */
const changes = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }), {
  minLength: 1,
  maxLength: 6,
});

test("a group comes to fair shares within two rebalances, and never gives a partition twice", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 13 }), changes, (partitions, memberships) => {
      let owned = new Map<number, readonly number[]>();
      let generation = 0;
      for (const members of memberships) {
        // Who is gone has given up what it owned; who is new owns nothing.
        owned = new Map(members.map((member) => [member, owned.get(member) ?? []]));
        for (let round = 0; round < 2; round += 1) {
          const before = owned;
          generation += 1;
          owned = rebalanced(partitions, before, generation);
          const given = [...owned.values()].flat();
          assert.equal(new Set(given).size, given.length, "given once");
          for (const [partition, member] of holders(owned)) {
            const holder = holders(before).get(partition) ?? member;
            assert.equal(holder, member, "not before it is given up");
          }
        }
        const shares = [...owned.values()].map((each) => each.length);
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0),
          partitions,
        );
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `fair: ${shares.join()}`);
        assert.deepEqual(rebalanced(partitions, owned, generation + 1), owned, "and stays so");
      }
    }),
  );
});

test("of two members that claim a partition the newer one owns it", () => {
  const claim = (memberId: string, generation: number): { memberId: string; metadata: Buffer } => ({
    memberId,
    metadata: encodeClaim({ topic, owned: [0], generation }),
  });
  const given = (members: readonly ReturnType<typeof claim>[]): Record<string, number[]> =>
    Object.fromEntries(
      planAssignments(topic, 1, members).map(({ memberId, assignment }) => [
        memberId,
        [...decodeAssignment(assignment, topic)],
      ]),
    );
  assert.deepEqual(given([claim("a", 4), claim("b", 5)]), { a: [], b: [0] });
  assert.deepEqual(given([claim("a", 5), claim("b", 4)]), { a: [0], b: [] });
});

function holders(owned: ReadonlyMap<number, readonly number[]>): Map<number, number> {
  return new Map(
    [...owned].flatMap(([member, held]) => held.map((partition) => [partition, member] as const)),
  );
}

function rebalanced(
  partitions: number,
  owned: ReadonlyMap<number, readonly number[]>,
  generation: number,
): Map<number, readonly number[]> {
  const members = [...owned].map(([member, held]) => ({
    memberId: `member-${member}`,
    metadata: encodeClaim({ topic, owned: held, generation }),
  }));
  const plan = planAssignments(topic, partitions, members);
  return new Map(
    [...owned.keys()].map((member) => {
      const mine = plan.find(({ memberId }) => memberId === `member-${member}`);
      return [member, decodeAssignment(mine?.assignment ?? Buffer.alloc(0), topic)];
    }),
  );
}
