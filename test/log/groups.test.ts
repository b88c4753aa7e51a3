import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { systemClock } from "../../src/base/clock.ts";
import { hasCode } from "../../src/base/errors.ts";
import { systemRandom } from "../../src/base/random.ts";
import { LogDatabase } from "../../src/log/sqlite/database.ts";
import { GroupStore, type Peer, type Seat, type Standing } from "../../src/log/sqlite/groups.ts";
import { thisProcess } from "../../src/log/sqlite/liveness.ts";
import { type StoredTopic, TopicStore } from "../../src/log/sqlite/topics.ts";
import { makeLogFolder } from "../support/log-folder.ts";

test("nobody takes a partition that its owner has not let go of", async (t) => {
  const group = await openGroup(t, 2);
  const first = await group.join();
  assert.deepEqual(held(await group.beat(first)), ["0 keep", "1 keep"]);
  const second = await group.join();
  assert.deepEqual(held(await group.beat(second)), []);
  assert.deepEqual(held(await group.beat(first)), ["0 keep", "1 give up"]);
  assert.deepEqual(held(await group.beat(second)), []);
  assert.deepEqual(held(await group.beat(first, { released: [1] })), ["0 keep"]);
  assert.deepEqual(held(await group.beat(second)), ["1 keep"]);
});

test("the partitions of one who is taken for dead are free at once, and it is fenced", async (t) => {
  const group = await openGroup(t, 2);
  const zombie = await group.join();
  const before = await group.beat(zombie);
  const other = await group.join();
  const dead = await group.peersOf(other);
  assert.deepEqual(held(await group.beat(other, { dead })), ["0 keep", "1 keep"]);
  assert.equal(await group.beat(zombie), null);
  for (const holding of before?.holdings ?? []) {
    await assert.rejects(group.commit(zombie, holding.partition, holding.generation), (error) =>
      hasCode(error, "E_LOG_FENCED"),
    );
  }
  await assert.rejects(group.commit(other, 0, before?.holdings[0]?.generation ?? -1), (error) =>
    hasCode(error, "E_LOG_FENCED"),
  );
});

test("one who has beaten since it was seen is not taken for dead", async (t) => {
  const group = await openGroup(t, 2);
  const first = await group.join();
  const other = await group.join();
  const seen = await group.peersOf(other);
  await group.beat(first);
  await group.beat(other, { dead: seen });
  assert.equal((await group.peersOf(other)).length, 1);
});

test("a partition that comes back to its owner while it lets go has a later generation", async (t) => {
  const group = await openGroup(t, 2);
  const owner = await group.join();
  const before = await group.beat(owner);
  const second = await group.join();
  assert.deepEqual(held(await group.beat(owner)), ["0 keep", "1 give up"]);
  await group.leave(second);
  const after = await group.beat(owner, { released: [1] });
  assert.deepEqual(held(after), ["0 keep", "1 keep"]);
  assert.equal(after?.holdings[0]?.generation, before?.holdings[0]?.generation);
  assert.ok(Number(after?.holdings[1]?.generation) > Number(before?.holdings[1]?.generation));
});

test("a member that leaves takes no partitions on the way", async (t) => {
  const group = await openGroup(t, 1);
  const first = await group.join();
  assert.deepEqual(held(await group.beat(first, { claims: false })), []);
  assert.deepEqual(held(await group.beat(first)), ["0 keep"]);
});

interface Group {
  readonly join: () => Promise<Seat>;
  readonly beat: (
    seat: Seat,
    beat?: { dead?: readonly Peer[]; released?: readonly number[]; claims?: boolean },
  ) => Promise<Standing | null>;
  readonly peersOf: (seat: Seat) => Promise<readonly Peer[]>;
  readonly commit: (seat: Seat, partition: number, generation: number) => Promise<void>;
  readonly leave: (seat: Seat) => Promise<void>;
}

async function openGroup(t: TestContext, partitions: number): Promise<Group> {
  const database = await LogDatabase.open({
    folder: await makeLogFolder(t),
    clock: systemClock,
    random: systemRandom,
    busyWaitMs: 5000,
  });
  t.after(() => database.close());
  const topics = new TopicStore(database);
  const groups = new GroupStore(database);
  const topic = await database.write((): StoredTopic => {
    topics.insert({ name: "topic", partitions, retentionMs: null, retentionBytes: null });
    return topics.get("topic");
  });
  const member = { ...thisProcess(), timeoutMs: 1000 };
  return {
    join: () => database.write(() => groups.join(topic, "group", member)),
    beat: (seat, { dead = [], released = [], claims = true } = {}) =>
      database.write(() => groups.beat(seat, { dead, released, claims })),
    peersOf: (seat) => database.read(() => groups.glance(seat)?.peers ?? []),
    commit: (seat, partition, generation) =>
      database.write(() =>
        groups.commit(seat, { partition, generation }, { partition, offset: 1, metadata: "" }),
      ),
    leave: (seat) => database.write(() => groups.leave(seat)),
  };
}

function held(standing: Standing | null): string[] {
  assert.ok(standing !== null);
  return standing.holdings.map(
    ({ partition, keep }) => `${partition} ${keep ? "keep" : "give up"}`,
  );
}
