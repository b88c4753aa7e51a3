import assert from "node:assert/strict";

import {
  type LogCase,
  makeTopic,
  publish,
  readAll,
  rejectsWith,
  textRecord,
  uniqueName,
} from "./log-case.ts";

/** Topics, their partitions' offsets, and retention. */
export const topicCases: readonly LogCase[] = [
  {
    name: "a topic is created once and described as it was asked for",
    run: async ({ open }) => {
      const log = await open();
      const name = uniqueName("topic");
      const spec = { name, partitions: 3, retentionMs: 604_800_000, retentionBytes: 1_073_741_824 };
      assert.equal(await log.createTopic(spec), "created");
      assert.equal(await log.createTopic({ ...spec, partitions: 4 }), "exists");
      const info = await log.describeTopic(name);
      assert.ok(info !== null);
      const { id, ...rest } = info;
      assert.notEqual(id, "");
      assert.deepEqual(rest, { ...spec, compacted: false });
      assert.deepEqual(await (await open()).describeTopic(name), info);
    },
  },
  {
    name: "a topic without retention says so",
    run: async ({ open }) => {
      const info = await makeTopic(await open());
      assert.equal(info.retentionMs, null);
      assert.equal(info.retentionBytes, null);
    },
  },
  {
    name: "topics are listed, until they are deleted",
    run: async ({ open }) => {
      const log = await open();
      const kept = await makeTopic(log);
      const deleted = await makeTopic(log);
      await log.deleteTopic(deleted.name);
      await log.deleteTopic(deleted.name);
      const names = new Set((await log.listTopics()).map((topic) => topic.name));
      assert.ok(names.has(kept.name));
      assert.ok(!names.has(deleted.name));
      assert.equal(await log.describeTopic(deleted.name), null);
    },
  },
  {
    name: "two clients that create a topic at once make one",
    run: async ({ open }) => {
      const clients = [await open(), await open()];
      const name = uniqueName("topic");
      const spec = { name, partitions: 2, retentionMs: null, retentionBytes: null };
      const answers = await Promise.all(clients.map((log) => log.createTopic(spec)));
      assert.deepEqual(answers.toSorted(), ["created", "exists"]);
    },
  },
  {
    name: "a topic made again has another id and none of the old records",
    run: async ({ open }) => {
      const log = await open();
      const before = await makeTopic(log);
      await publish(log, before, [textRecord("k", "old")]);
      await log.deleteTopic(before.name);
      const after = await makeTopic(log, { name: before.name });
      assert.notEqual(after.id, before.id);
      assert.deepEqual(await log.offsets(after.name), [{ partition: 0, start: 0, end: 0 }]);
      const read = { topic: after.name, partition: 0, offset: 0 };
      await rejectsWith("E_LOG_TOPIC_CHANGED", log.read({ ...read, topicId: before.id }));
      assert.deepEqual((await log.read({ ...read, topicId: after.id })).records, []);
    },
  },
  {
    name: "what needs a topic that is not there is E_LOG_TOPIC_UNKNOWN",
    run: async ({ open }) => {
      const log = await open();
      const topic = uniqueName("nowhere");
      const group = uniqueName("group");
      const unknown = "E_LOG_TOPIC_UNKNOWN";
      assert.equal(await log.describeTopic(topic), null);
      await rejectsWith(unknown, log.offsets(topic));
      await rejectsWith(unknown, log.offsetAt(topic, 0, 0));
      await rejectsWith(unknown, log.producer(topic));
      await rejectsWith(unknown, log.read({ topic, topicId: "none", partition: 0, offset: 0 }));
      await rejectsWith(unknown, log.committed(group, topic));
      await rejectsWith(unknown, log.deleteCommits(group, topic));
      const onAssigned = (): void => undefined;
      const onRevoked = async (): Promise<void> => undefined;
      const onFailed = (): void => undefined;
      await rejectsWith(unknown, log.join({ group, topic, onAssigned, onRevoked, onFailed }));
    },
  },
  {
    name: "offsets are given for every partition, in order",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log, { partitions: 3 });
      await publish(log, topic, [
        { ...textRecord(null, "a"), partition: 1 },
        { ...textRecord(null, "b"), partition: 1 },
        { ...textRecord(null, "c"), partition: 2 },
      ]);
      assert.deepEqual(await log.offsets(topic.name), [
        { partition: 0, start: 0, end: 0 },
        { partition: 1, start: 0, end: 2 },
        { partition: 2, start: 0, end: 1 },
      ]);
    },
  },
  {
    name: "the offset at a time is that of the first record published then or later",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const producer = await log.producer(topic.name);
      for (let batch = 0; batch < 5; batch += 1) {
        await producer.send([textRecord("k", `${batch}-0`), textRecord("k", `${batch}-1`)]);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const records = await readAll(log, topic);
      const times = records.map((record) => record.timestampMs);
      assert.ok(new Set(times).size > 1, "the batches are of several times");
      for (const time of times.flatMap((timeMs) => [timeMs - 1, timeMs, timeMs + 1])) {
        const first = records.find((record) => record.timestampMs >= time);
        const found = await log.offsetAt(topic.name, 0, time);
        assert.equal(found, first?.offset ?? records.length, `at ${time}`);
      }
      assert.equal(await log.offsetAt(topic.name, 0, 0), 0);
      assert.equal(await log.offsetAt(topic.name, 0, Number.MAX_SAFE_INTEGER), records.length);
    },
  },
];
