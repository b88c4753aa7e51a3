import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";

import type { Log, TopicInfo } from "../../src/log/log.ts";
import { makeTopic, readAll, rejectsWith, valueOf } from "../contract/log-case.ts";
import { makeLogFolder, openLog } from "../support/log-folder.ts";
import { RecordingMember, untilShared } from "../support/log-member.ts";
import { LogProcess } from "../support/log-process.ts";
import { until } from "../support/until.ts";

const rounds = process.env["EGX_TEST_LONG"] === "1" ? 30 : 5;

test("what was acknowledged before a kill -9 is in the log, without holes", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder);
  const topic = await makeTopic(log, { partitions: 3 });
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const child = new LogProcess(t, "append", folder, topic.name, `round${round}`, "1000000");
    const wanted = 100 + 531 * round;
    await until("acknowledgements", () => child.lines.length >= wanted);
    await child.kill();
    // The last line may have been cut off in the middle.
    acknowledged.push(...child.lines.slice(0, -1));
  }
  const { stored, values } = await readTopic(await openLog(t, folder), topic);
  const missing = acknowledged.filter((line) => !stored.has(line));
  assert.deepEqual(missing, []);
  assert.equal(new Set(values).size, values.length, "nothing is there twice");
});

test("two processes that append at once lose nothing and keep the order of each key", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder);
  const topic = await makeTopic(log, { partitions: 3 });
  const children = ["one", "two"].map(
    (name) => new LogProcess(t, "append", folder, topic.name, name, "200"),
  );
  for (const child of children) assert.equal(await child.ended(), 0);
  const { stored, values } = await readTopic(log, topic);
  assert.equal(values.length, 2 * 200 * 50);
  assert.equal(new Set(values).size, values.length);
  for (const child of children) {
    assert.equal(child.lines.at(-1), "done");
    assert.ok(child.lines.slice(0, -1).every((line) => stored.has(line)));
  }
  // Of each process and partition, values come in the order in which they were sent.
  const last = new Map<string, number>();
  for (const line of stored) {
    const [, partition, , value = ""] = line.split(" ");
    const [name, number] = value.split("-");
    const stream = `${partition} ${name}`;
    assert.ok(Number(number) > (last.get(stream) ?? -1), line);
    last.set(stream, Number(number));
  }
});

test("partitions of a process that was killed move to the others", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder);
  const topic = (await makeTopic(log, { partitions: 4 })).name;
  const child = new LogProcess(t, "member", folder, topic, "group", "600000");
  await until("the child holds all", () => hasAll(child, "assigned", 4));
  const member = await RecordingMember.join(log, { group: "group", topic });
  await untilShared([member], [2]);
  // Its session timeout is ten minutes: what moves them now is that the process is no more.
  await child.kill();
  await untilShared([member], [4]);
  await member.leave();
});

test("partitions of a member that fell silent move once its session timeout is over", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder);
  const topic = (await makeTopic(log, { partitions: 2 })).name;
  const request = { group: "group", topic, sessionTimeoutMs: 1000 };
  const other = await openLog(t, folder);
  const silent = await RecordingMember.join(other, request);
  await untilShared([silent], [2]);
  await other.close();
  assert.equal(silent.held.size, 0, "closing the log loses its partitions");
  assert.equal(silent.revoked.length, 0);
  const member = await RecordingMember.join(log, request);
  await untilShared([member], [2]);
  await member.leave();
});

test("a stopped process loses its partitions, is fenced when it wakes, and joins again", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder);
  const topic = (await makeTopic(log, { partitions: 2 })).name;
  const zombie = new LogProcess(t, "member", folder, topic, "group", "1000");
  await until("the child holds all", () => hasAll(zombie, "assigned", 2));
  zombie.signal("SIGSTOP");
  const member = await RecordingMember.join(log, { group: "group", topic });
  await untilShared([member], [2]);
  const [first] = member.assigned;
  assert.ok(first !== undefined);
  await member.commit(first, 77);

  zombie.signal("SIGCONT");
  await until("the zombie is fenced", () =>
    zombie.hasSaid("lost 0", "lost 1", "commit 0 E_LOG_FENCED", "commit 1 E_LOG_FENCED"),
  );
  assert.ok(!zombie.lines.some((line) => line.startsWith("revoked")));
  await untilShared([member], [1]);
  await until("it has a share again", () => countOf(zombie, "assigned") === 3);
  const committed = await log.committed("group", topic);
  assert.deepEqual(
    committed.map(({ partition, offset }) => [partition, offset]),
    [[first.partition, 77]],
  );
  await member.leave();
});

test("a group whose topic is deleted loses it, and takes up its successor", async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  const topic = await makeTopic(log, { partitions: 2 });
  const member = await RecordingMember.join(log, { group: "group", topic: topic.name });
  await untilShared([member], [2]);
  const before = [...member.held.values()];
  await log.deleteTopic(topic.name);
  await untilShared([member], [0]);
  await makeTopic(log, { name: topic.name, partitions: 3 });
  await untilShared([member], [3]);
  for (const assigned of before) {
    assert.ok(assigned.lost.aborted);
    await rejectsWith("E_LOG_FENCED", member.commit(assigned, 1));
  }
  await member.leave();
});

/** A topic's records as the child acknowledges them; fails when a partition has a hole. */
async function readTopic(
  log: Log,
  topic: TopicInfo,
): Promise<{ stored: Set<string>; values: string[] }> {
  const stored = new Set<string>();
  const values: string[] = [];
  for (let partition = 0; partition < topic.partitions; partition += 1) {
    const records = await readAll(log, topic, partition);
    assert.ok(records.every((record, index) => record.offset === index));
    for (const record of records) {
      const value = valueOf(record) ?? "";
      stored.add(`ack ${partition} ${record.offset} ${value}`);
      values.push(value);
    }
  }
  return { stored, values };
}

function hasAll(child: LogProcess, word: string, partitions: number): boolean {
  return child.hasSaid(...Array.from({ length: partitions }, (_, index) => `${word} ${index}`));
}

function countOf(child: LogProcess, word: string): number {
  return child.lines.filter((line) => line.startsWith(word)).length;
}
