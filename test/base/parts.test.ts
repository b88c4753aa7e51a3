import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { orAborted } from "../../src/base/abort.ts";
import { sha256Hex, textOf, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { forEachWithin, limitTo } from "../../src/base/limit.ts";
import { randomInt, seededRandom } from "../../src/base/random.ts";
import { ByteBudget } from "../../src/consumer/budget.ts";

test("a seed gives its sequence again, and another seed another one", () => {
  const draw = (seed: number | string): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  fc.assert(
    fc.property(fc.oneof(fc.nat(), fc.string()), (seed) => {
      assert.deepEqual(draw(seed), draw(seed));
    }),
  );
  assert.notDeepEqual(draw(1), draw(2));
  assert.notDeepEqual(draw("a"), draw("b"));
});

test("whole numbers stay below their bound and reach all below it", () => {
  const random = seededRandom(3);
  const seen = new Set(Array.from({ length: 1000 }, () => randomInt(random, 7)));
  assert.deepEqual(seen, new Set([0, 1, 2, 3, 4, 5, 6]));
});

test("text survives its bytes; what is not UTF-8 is refused, a byte order mark kept", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(textOf(utf8(text)), text);
    }),
  );
  assert.equal(textOf(utf8("\uFEFFa")), "\uFEFFa");
  assert.throws(() => textOf(Uint8Array.of(0xff)), TypeError);
});

test("SHA-256 is the standard's", () => {
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(sha256Hex("abc"), expected);
  assert.equal(sha256Hex(utf8("abc")), expected);
});

test("a sleep ends when it is aborted, with the reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(reason)), reason);
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await assert.rejects(sleeping, reason);
});

test("a sleep of months is none of a moment", async () => {
  for (const ms of [2 ** 31, 1e12, Infinity]) {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(ms, stop.signal).then(() => "over");
    const still = systemClock.sleep(20).then(() => "asleep");
    assert.equal(await Promise.race([sleeping, still]), "asleep", `${ms} ms`);
    const reason = new Error("enough");
    stop.abort(reason);
    await assert.rejects(sleeping, reason);
  }
});

test("who waits for a promise or an abort is told of whichever comes first", async () => {
  const stop = new AbortController();
  assert.equal(await orAborted(Promise.resolve(1), stop.signal), 1);
  const failing = Promise.withResolvers<number>();
  const waiting = orAborted(failing.promise, stop.signal);
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(waiting, reason);
  // Nobody waits any more for what fails now, and nothing is left unhandled.
  failing.reject(new Error("too late"));
  await assert.rejects(orAborted(Promise.resolve(1), stop.signal), reason);
});

test("a limit is never exceeded, and one failure does not stop the others", async () => {
  const limit = limitTo(3);
  const done: number[] = [];
  let running = 0;
  let most = 0;
  const work = async (item: number): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await systemClock.sleep(1);
    running -= 1;
    if (item === 2) throw new Error("two");
    done.push(item);
  };
  await assert.rejects(forEachWithin(limit, [1, 2, 3, 4, 5, 6, 7], work), /two/);
  assert.equal(most, 3);
  assert.deepEqual(new Set(done), new Set([1, 3, 4, 5, 6, 7]));
});

test("of those who share a budget, some large holder can always flush", () => {
  const holders = [{}, {}, {}, {}];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 100 })), { maxLength: 40, size: "max" }),
      (changes) => {
        const budget = new ByteBudget(120);
        const held = new Map<object, number>();
        for (const [index, bytes] of changes) {
          const holder = holders[index] ?? {};
          budget.set(holder, bytes);
          held.set(holder, bytes);
        }
        const total = [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
        assert.equal(budget.heldBytes, total);
        assert.equal(budget.exceeded, total >= 120);
        const large = holders.filter((holder) => budget.isLargeHolder(holder));
        if (budget.exceeded) assert.ok(large.some((holder) => (held.get(holder) ?? 0) > 0));
      },
    ),
  );
});

test("a change of the budget wakes those who wait, and an abort too", async () => {
  const budget = new ByteBudget(10);
  const [left, right] = [{}, {}];
  budget.set(left, 20);
  const waiting = budget.nextChange(new AbortController().signal);
  budget.set(right, 1);
  await waiting;
  const stop = new AbortController();
  const other = budget.nextChange(stop.signal);
  stop.abort();
  await other;
  await budget.nextChange(AbortSignal.abort());
});
