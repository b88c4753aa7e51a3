import assert from "node:assert/strict";

import { utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import type { ReadRequest, TopicInfo } from "../../src/log/log.ts";
import { until } from "../support/until.ts";
import {
  type LogCase,
  makeTopic,
  publish,
  readAll,
  rejectsWith,
  textRecord,
  valueOf,
} from "./log-case.ts";

/** Reading, waiting, and what retention takes away. */
export const readCases: readonly LogCase[] = [
  {
    name: "a read from the middle begins there and tells the end",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      await publish(log, topic, numbered(10));
      const slice = await log.read(at(topic, 4));
      assert.equal(slice.from, 4);
      assert.equal(slice.next, 10);
      assert.equal(slice.end, 10);
      assert.deepEqual(slice.records.map(valueOf), ["4", "5", "6", "7", "8", "9"]);
      assert.deepEqual(
        slice.records.map((record) => record.offset),
        [4, 5, 6, 7, 8, 9],
      );
    },
  },
  {
    name: "a read at the end answers an empty slice",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      assert.deepEqual(await log.read(at(topic, 0)), { records: [], from: 0, next: 0, end: 0 });
      await publish(log, topic, numbered(3));
      assert.deepEqual(await log.read(at(topic, 3)), { records: [], from: 3, next: 3, end: 3 });
      const waited = await log.read({ ...at(topic, 3), maxWaitMs: 50 });
      assert.deepEqual(waited, { records: [], from: 3, next: 3, end: 3 });
    },
  },
  {
    name: "slices keep to about maxBytes, and together give every record once",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const value = new Uint8Array(1000);
      await publish(
        log,
        topic,
        Array.from({ length: 100 }, () => ({ key: null, value, partition: 0 })),
      );
      const first = await log.read({ ...at(topic, 0), maxBytes: 10_000 });
      assert.ok(first.records.length >= 1 && first.records.length <= 10);
      assert.equal(first.end, 100);
      const records = await readAll(log, topic, 0, 10_000);
      assert.deepEqual(
        records.map((record) => record.offset),
        [...records.keys()],
      );
      assert.equal(records.length, 100);
    },
  },
  {
    name: "a record larger than maxBytes is given all the same",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const large = { key: null, value: new Uint8Array(50_000), partition: 0 };
      await publish(log, topic, [large, large]);
      const records = await readAll(log, topic, 0, 1);
      assert.deepEqual(
        records.map((record) => record.value?.length),
        [50_000, 50_000],
      );
    },
  },
  {
    name: "a waiting read answers when another client publishes",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const reading = log.read({ ...at(topic, 0), maxWaitMs: 60_000 });
      await publish(await open(), topic, [textRecord("k", "at last")]);
      assert.deepEqual((await reading).records.map(valueOf), ["at last"]);
    },
  },
  {
    name: "a waiting read ends when its signal aborts",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const stop = new AbortController();
      const reason = new Error("enough");
      const reading = log.read({ ...at(topic, 0), maxWaitMs: 600_000, signal: stop.signal });
      stop.abort(reason);
      await assert.rejects(reading, reason);
      await assert.rejects(log.read({ ...at(topic, 0), signal: stop.signal }), reason);
    },
  },
  {
    name: "a waiting read ends when its topic is deleted or made again",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const reading = log.read({ ...at(topic, 0), maxWaitMs: 600_000 });
      const failed = assert.rejects(reading, (error) =>
        hasCode(error, "E_LOG_TOPIC_UNKNOWN", "E_LOG_TOPIC_CHANGED"),
      );
      await log.deleteTopic(topic.name);
      await makeTopic(log, { name: topic.name });
      await failed;
    },
  },
  {
    name: "an offset after the end is E_LOG_OFFSET_GONE",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      await publish(log, topic, numbered(3));
      await rejectsWith("E_LOG_OFFSET_GONE", log.read(at(topic, 4)));
      await rejectsWith("E_LOG_OFFSET_GONE", log.read({ ...at(topic, 1000), maxWaitMs: 60_000 }));
    },
  },
  {
    name: "retention by age deletes from the start, and what it passed is E_LOG_OFFSET_GONE",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log, { retentionMs: 100 });
      const producer = await log.producer(topic.name);
      let sent = 0;
      const start = async (): Promise<number> => (await log.offsets(topic.name))[0]?.start ?? 0;
      await until("records expire", async () => {
        await producer.send([textRecord("k", `${sent}`)]);
        sent += 1;
        return (await start()) > 0;
      });
      await rejectsWith("E_LOG_OFFSET_GONE", log.read(at(topic, 0)));
      await producer.send([textRecord("k", `${sent}`)]);
      const [found] = await log.offsets(topic.name);
      assert.equal(found?.end, sent + 1);
    },
  },
  {
    name: "retention by size keeps the newest records",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log, { retentionBytes: 100_000 });
      const producer = await log.producer(topic.name);
      const record = { key: utf8("k"), value: new Uint8Array(1000) };
      await producer.send(Array.from({ length: 1000 }, () => record));
      await until("records go", async () => {
        const [found] = await log.offsets(topic.name);
        return found !== undefined && found.start > 0;
      });
      const last = await producer.send([textRecord("k", "the newest")]);
      const records = await readAll(log, topic);
      assert.ok(records.length > 50, "it keeps about what it may");
      const newest = records.at(-1);
      assert.ok(newest !== undefined && valueOf(newest) === "the newest");
      assert.equal(newest.offset, last[0]?.offset);
    },
  },
  {
    name: "what was published is there for a client that opens later",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      await publish(log, topic, numbered(5));
      await log.close();
      await log.close();
      const later = await open();
      assert.deepEqual(await later.describeTopic(topic.name), topic);
      assert.deepEqual((await readAll(later, topic)).map(valueOf), ["0", "1", "2", "3", "4"]);
    },
  },
];

function at(topic: TopicInfo, offset: number): ReadRequest {
  return { topic: topic.name, topicId: topic.id, partition: 0, offset };
}

function numbered(count: number): ReturnType<typeof textRecord>[] {
  return Array.from({ length: count }, (_, index) => textRecord("k", `${index}`));
}
