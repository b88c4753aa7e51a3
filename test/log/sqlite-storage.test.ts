import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";

import { utf8 } from "../../src/base/bytes.ts";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { LogDatabase } from "../../src/log/sqlite/database.ts";
import { makeTopic, publish, readAll, textRecord } from "../contract/log-case.ts";
import { makeLogFolder, openLog } from "../support/log-folder.ts";
import { until } from "../support/until.ts";

/** The host's clock with a time of day that tests set. */
class SetClock implements Clock {
  timeOfDayMs = 1_000_000;
  nowMs(): number {
    return this.timeOfDayMs;
  }
  monotonicMs(): number {
    return systemClock.monotonicMs();
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await systemClock.sleep(ms, signal);
  }
}

test("every commit is synced to the disk", async (t) => {
  const folder = await makeLogFolder(t);
  const options = { folder, clock: systemClock, random: systemRandom, busyWaitMs: 5000 };
  const database = await LogDatabase.open(options);
  t.after(() => database.close());
  assert.equal(database.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
  const full = 2;
  assert.equal(database.prepare("PRAGMA synchronous").get()?.["synchronous"], full);
});

test("timestamps of a partition do not go back with the clock", async (t) => {
  const clock = new SetClock();
  const log = await openLog(t, await makeLogFolder(t), { clock });
  const topic = await makeTopic(log);
  for (const timeMs of [1000, 5000, 2000, 5001]) {
    clock.timeOfDayMs = timeMs;
    await publish(log, topic, [textRecord("k", "v")]);
  }
  const times = (await readAll(log, topic)).map((record) => record.timestampMs);
  assert.deepEqual(times, [1000, 5000, 5000, 5001]);
  assert.equal(await log.offsetAt(topic.name, 0, 1001), 1);
  assert.equal(await log.offsetAt(topic.name, 0, 5001), 3);
});

test("retention by age takes exactly what is too old, in as many steps as it needs", async (t) => {
  const clock = new SetClock();
  const log = await openLog(t, await makeLogFolder(t), { clock, sweepEveryMs: 10 });
  const topic = await makeTopic(log, { retentionMs: 1000 });
  await publish(
    log,
    topic,
    Array.from({ length: 12_345 }, () => textRecord("k", "old")),
  );
  clock.timeOfDayMs += 600;
  await publish(log, topic, [textRecord("k", "young"), textRecord("k", "young")]);
  clock.timeOfDayMs += 600;
  await until("the old ones go", async () => {
    const [found] = await log.offsets(topic.name);
    return found?.start === 12_345;
  });
  assert.equal((await readAll(log, topic)).length, 2);

  clock.timeOfDayMs += 3_600_000;
  await until("all but the newest goes", async () => {
    const [found] = await log.offsets(topic.name);
    return found?.start === 12_346;
  });
  await systemClock.sleep(50);
  assert.deepEqual(await log.offsets(topic.name), [{ partition: 0, start: 12_346, end: 12_347 }]);
});

test("retention by size leaves a partition just below its limit", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder, { sweepEveryMs: 10 });
  const topic = await makeTopic(log, { partitions: 2, retentionBytes: 100_000 });
  const record = { key: utf8("key"), value: new Uint8Array(973), partition: 1 };
  await publish(log, topic, [
    { ...textRecord("k", "in another partition"), partition: 0 },
    ...Array.from({ length: 1000 }, () => record),
  ]);
  // A record counts 24 bytes beside its own: 1,000 of them are 1,000,000 bytes.
  await until("what is too much goes", async () => {
    const [, found] = await log.offsets(topic.name);
    return found?.start === 900;
  });
  assert.deepEqual(await log.offsets(topic.name), [
    { partition: 0, start: 0, end: 1 },
    { partition: 1, start: 900, end: 1000 },
  ]);
  using database = new DatabaseSync(join(folder, "log.sqlite"));
  const counted = database.prepare("SELECT bytes FROM partitions WHERE partition = 1").get();
  assert.equal(counted?.["bytes"], 100_000);
});

test("a large append asks for retention without waiting for the next sweep", async (t) => {
  const log = await openLog(t, await makeLogFolder(t), { sweepEveryMs: 3_600_000 });
  const topic = await makeTopic(log, { retentionBytes: 10_000 });
  const record = { key: utf8("key"), value: new Uint8Array(1000) };
  // The sweep goes to sleep first, then is woken.
  await until("it is woken", async () => {
    await publish(log, topic, [record]);
    const [found] = await log.offsets(topic.name);
    return found !== undefined && found.start > 0;
  });
});

test("the records of a deleted topic leave the file, also when the deleting process died", async (t) => {
  const folder = await makeLogFolder(t);
  const first = await openLog(t, folder, { sweepEveryMs: 3_600_000 });
  const topic = await makeTopic(first, { partitions: 2 });
  const kept = await makeTopic(first);
  await publish(
    first,
    topic,
    Array.from({ length: 12_000 }, (_, index) => textRecord(`${index}`, "v")),
  );
  await publish(first, kept, [textRecord("k", "stays")]);
  using database = new DatabaseSync(join(folder, "log.sqlite"));
  // As a process leaves it that dies in the middle of deleteTopic.
  database.exec(`DELETE FROM topics WHERE name = '${topic.name}'`);
  database.exec("UPDATE partitions SET topic_ref = NULL WHERE topic_ref = 1");
  await openLog(t, folder, { sweepEveryMs: 10 });
  const count = (table: string): unknown =>
    database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"];
  await until("the records go", () => count("records") === 1 && count("partitions") === 1);
  assert.equal((await readAll(first, kept)).length, 1);
});

test("headers that repeat are stored once, those that do not stay with their record", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder);
  const topic = await makeTopic(log);
  const withHeader = (text: string): Parameters<typeof publish>[2][number] => ({
    ...textRecord("k", "v"),
    headers: [{ key: "h", value: utf8(text) }],
  });
  using database = new DatabaseSync(join(folder, "log.sqlite"));
  const sets = (): unknown =>
    database.prepare("SELECT count(*) AS n FROM header_sets").get()?.["n"];
  const alone = Array.from({ length: 100 }, (_, index) => withHeader(`letter ${index}`));
  await publish(log, topic, alone);
  assert.equal(sets(), 0);
  await publish(
    log,
    topic,
    Array.from({ length: 100 }, () => withHeader("usual")),
  );
  assert.equal(sets(), 1);
  const inline = database.prepare("SELECT count(*) AS n FROM records WHERE headers NOT NULL").get();
  assert.equal(inline?.["n"], 101);
});
