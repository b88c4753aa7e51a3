import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError } from "../../src/base/errors.ts";
import { Readiness } from "../../src/serve/readiness.ts";

const error = new EgxError("E_LAKE_UNREACHABLE", "no answer");
const retry = { kind: "retry", error, attempt: 1, waitMs: 1_000 } as const;
const assigned = { kind: "assigned", partition: 2, generation: 1 } as const;
const takeover = { kind: "takeover", partition: 2, offset: 0, rewritten: 0 } as const;

function turned(): { nowMs: number; readonly clock: typeof systemClock } {
  const state = { nowMs: 0, clock: { ...systemClock, monotonicMs: () => state.nowMs } };
  return state;
}

suite("readiness", () => {
  test("a producer is ready when it has read back the log", () => {
    const readiness = new Readiness(systemClock, ["producer"]);
    assert.deepEqual(readiness.reasons(), ["the producer has not read back the log yet"]);
    readiness.sink({ kind: "learned", records: 0, bars: 0, seconds: 0 });
    assert.deepEqual(readiness.reasons(), []);
  });

  test("a consumer is ready when all its partitions are taken over", () => {
    const readiness = new Readiness(systemClock, ["consumer"]);
    assert.deepEqual(readiness.reasons(), ["the consumer has not joined its group yet"]);
    readiness.sink({ kind: "joined" });
    readiness.sink(assigned);
    assert.deepEqual(readiness.reasons(), ["the consumer is still taking over partitions 2"]);
    readiness.sink(takeover);
    assert.deepEqual(readiness.reasons(), []);
    readiness.sink(assigned);
    readiness.sink({ kind: "revoked", partition: 2 });
    assert.deepEqual(readiness.reasons(), [], "what is another's is no work of ours");
  });

  test("a consumer that the group has no partition for is ready to step in", () => {
    const readiness = new Readiness(systemClock, ["consumer"]);
    readiness.sink({ kind: "joined" });
    assert.deepEqual(readiness.reasons(), []);
  });

  test("a partition that has stopped is named for good", () => {
    const readiness = new Readiness(systemClock, ["consumer"]);
    readiness.sink({ kind: "joined" });
    readiness.sink(assigned);
    readiness.sink({ kind: "partition-stopped", partition: 2, error });
    assert.deepEqual(readiness.reasons(), [
      "partition 2 has stopped: no answer (E_LAKE_UNREACHABLE)",
    ]);
  });

  test("what is tried again is named until it has succeeded", () => {
    const readiness = new Readiness(turned().clock, []);
    readiness.sink({ ...retry, operation: "put an object" });
    assert.deepEqual(readiness.reasons(), [
      "put an object: no answer (E_LAKE_UNREACHABLE); it is tried again",
    ]);
    readiness.sink({ kind: "recovered", operation: "read a claim", attempts: 1 });
    assert.equal(readiness.reasons().length, 1);
    readiness.sink({ kind: "recovered", operation: "put an object", attempts: 1 });
    assert.deepEqual(readiness.reasons(), []);
  });

  test("a failure that is not heard of again is over after a while", () => {
    const time = turned();
    const readiness = new Readiness(time.clock, []);
    readiness.sink({ ...retry, operation: "commit" });
    time.nowMs = 61_000;
    assert.equal(readiness.reasons().length, 1);
    time.nowMs = 61_001;
    assert.deepEqual(readiness.reasons(), []);
  });
});
