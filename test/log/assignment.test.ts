import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { assignPartitions } from "../../src/log/assignment.ts";

const groups = fc.record({
  members: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
  holders: fc.array(fc.option(fc.integer({ min: 1, max: 20 })), { maxLength: 30 }),
});

test("every partition has a member, and shares differ by one at most", () => {
  fc.assert(
    fc.property(groups, ({ members, holders }) => {
      const assigned = assignPartitions(holders, members);
      assert.equal(assigned.length, holders.length);
      const sizes = sizesOf(assigned, members);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        holders.length,
      );
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test("no more partitions move than balance asks for", () => {
  fc.assert(
    fc.property(groups, ({ members, holders }) => {
      const assigned = assignPartitions(holders, members);
      const kept = holders.filter((holder, partition) => holder === assigned[partition]).length;
      // The most that any balanced assignment could keep: the largest holders with large shares.
      const share = Math.floor(holders.length / members.length);
      const large = holders.length % members.length;
      const mostKept = sizesOf(holders, members)
        .toSorted((a, b) => b - a)
        .reduce((sum, size, rank) => sum + Math.min(size, rank < large ? share + 1 : share), 0);
      assert.equal(kept, mostKept);
    }),
  );
});

test("a balanced group stays as it is", () => {
  fc.assert(
    fc.property(groups, ({ members, holders }) => {
      const assigned = assignPartitions(holders, members);
      assert.deepEqual(assignPartitions(assigned, members), assigned);
    }),
  );
});

test("one who joins takes from the largest; one who left is made up for", () => {
  assert.deepEqual(assignPartitions([1, 1, 1, 1], [1, 2]), [1, 1, 2, 2]);
  assert.deepEqual(assignPartitions([1, 1, 2, 2], [2]), [2, 2, 2, 2]);
  assert.deepEqual(assignPartitions([null, null], [5, 6, 7]), [5, 6]);
});

function sizesOf(holders: readonly (number | null)[], members: readonly number[]): number[] {
  return members.map((member) => holders.filter((holder) => holder === member).length);
}
