import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { utf8 } from "../../src/base/bytes.ts";
import { murmur2, partitionOf } from "../../src/log/murmur2.ts";

// From Kafka's own UtilsTest.testMurmur2.
const vectors: ReadonlyMap<string, number> = new Map([
  ["21", -973_932_308],
  ["foobar", -790_332_482],
  ["a-little-bit-long-string", -985_981_536],
  ["a-little-bit-longer-string", -1_486_304_829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971],
  ["abc", 479_470_107],
]);

for (const [text, hash] of vectors) {
  test(`murmur2 of ${text} is Kafka's`, () => {
    assert.equal(murmur2(utf8(text)), hash);
  });
}

test("the sign is stripped, not negated", () => {
  assert.equal(partitionOf(utf8("21"), 1000), (-973_932_308 & 0x7fffffff) % 1000);
  assert.notEqual(partitionOf(utf8("21"), 1000), 973_932_308 % 1000);
});

test("every key has a partition", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
      const partition = partitionOf(key, partitions);
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions);
    }),
  );
});
