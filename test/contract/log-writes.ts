import assert from "node:assert/strict";

import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { partitionOf } from "../../src/log/murmur2.ts";
import {
  type LogCase,
  makeTopic,
  publish,
  readAll,
  rejectsWith,
  textRecord,
  valueOf,
} from "./log-case.ts";

/** Producers. */
export const writeCases: readonly LogCase[] = [
  {
    name: "a record comes back as it was sent, stamped with its time",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const headers = [
        { key: "content-type", value: utf8("application/json") },
        { key: "empty", value: new Uint8Array() },
        { key: "empty", value: utf8("a second of the name: سهم") },
      ];
      const record = { key: utf8("COMI"), value: utf8("{}"), headers };
      const beforeMs = systemClock.nowMs();
      assert.deepEqual(await publish(log, topic, [record]), [0]);
      const afterMs = systemClock.nowMs();
      const [found] = await readAll(await open(), topic);
      assert.ok(found !== undefined);
      const { offset, timestampMs, key, value } = found;
      assert.equal(offset, 0);
      assert.ok(timestampMs >= beforeMs && timestampMs <= afterMs);
      assert.deepEqual(plain(key), plain(record.key));
      assert.deepEqual(plain(value), plain(record.value));
      assert.deepEqual(
        found.headers.map((header) => [header.key, plain(header.value)]),
        headers.map((header) => [header.key, plain(header.value)]),
      );
    },
  },
  {
    name: "headers that repeat and headers that do not are told apart",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const texts = Array.from({ length: 60 }, (_, index) =>
        index % 3 === 0 ? null : index % 3 === 1 ? "the same" : `one of a kind ${index}`,
      );
      for (let round = 0; round < 2; round += 1) {
        await publish(
          log,
          topic,
          texts.map((text) => ({
            ...textRecord("k", "v"),
            ...(text === null ? {} : { headers: [{ key: "h", value: utf8(text) }] }),
          })),
        );
      }
      const found = (await readAll(await open(), topic)).map((record) =>
        record.headers.map((header) => Buffer.from(header.value).toString()).join(),
      );
      const wanted = texts.map((text) => text ?? "");
      assert.deepEqual(found, [...wanted, ...wanted]);
    },
  },
  {
    name: "keys and values may be null or empty",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      await publish(log, topic, [
        textRecord(null, "no key"),
        textRecord("no value", null),
        textRecord(null, null),
        textRecord("", ""),
      ]);
      const found = await readAll(log, topic);
      assert.deepEqual(
        found.map(({ key, value }) => [plain(key), plain(value)]),
        [
          [null, plain(utf8("no key"))],
          [plain(utf8("no value")), null],
          [null, null],
          [[], []],
        ],
      );
    },
  },
  {
    name: "a key goes to the partition that Kafka's Java client would choose",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log, { partitions: 6 });
      const keys = ["COMI", "ETEL", "SWDY", "21", "foobar", "abc", "سهم", ""];
      const producer = await log.producer(topic.name);
      const positions = await producer.send(keys.map((key) => textRecord(key, key)));
      assert.deepEqual(
        positions.map((position) => position.partition),
        keys.map((key) => partitionOf(utf8(key), 6)),
      );
      for (const [index, { partition, offset }] of positions.entries()) {
        const records = await readAll(log, topic, partition);
        const found = records.find((record) => record.offset === offset);
        assert.ok(found !== undefined && valueOf(found) === keys[index]);
      }
    },
  },
  {
    name: "a partition that is named beats the key's",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log, { partitions: 6 });
      const other = (partitionOf(utf8("COMI"), 6) + 1) % 6;
      const producer = await log.producer(topic.name);
      const sent = await producer.send([{ ...textRecord("COMI", "v"), partition: other }]);
      assert.deepEqual(sent, [{ partition: other, offset: 0 }]);
    },
  },
  {
    name: "records without a key are spread over the partitions",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log, { partitions: 2 });
      const producer = await log.producer(topic.name);
      const used = new Set<number>();
      for (let batch = 0; batch < 200 && used.size < 2; batch += 1) {
        for (const { partition } of await producer.send([textRecord(null, "v")])) {
          used.add(partition);
        }
      }
      assert.equal(used.size, 2);
    },
  },
  {
    name: "records of one key keep their order, within and between batches",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log, { partitions: 3 });
      const keys = ["COMI", "ETEL", "SWDY", "HRHO", "ABUK"];
      const producer = await log.producer(topic.name);
      for (let batch = 0; batch < 4; batch += 1) {
        const numbers = Array.from({ length: 25 }, (_, index) => batch * 25 + index);
        await producer.send(
          numbers.flatMap((number) => keys.map((key) => textRecord(key, `${number}`))),
        );
      }
      const wanted = Array.from({ length: 100 }, (_, number) => `${number}`);
      for (const key of keys) {
        const records = await readAll(log, topic, partitionOf(utf8(key), 3));
        const ofKey = records.filter(
          ({ key: found }) => found && Buffer.from(found).equals(utf8(key)),
        );
        assert.deepEqual(ofKey.map(valueOf), wanted);
      }
    },
  },
  {
    name: "an empty batch is nothing",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      assert.deepEqual(await publish(log, topic, []), []);
      assert.deepEqual(await log.offsets(topic.name), [{ partition: 0, start: 0, end: 0 }]);
    },
  },
  {
    name: "a batch of 25,000 records is stored whole and in order",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const values = Array.from({ length: 25_000 }, (_, index) => `${index}`);
      const offsets = await publish(
        log,
        topic,
        values.map((value) => textRecord("k", value)),
      );
      assert.deepEqual(offsets, [...values.keys()]);
      assert.deepEqual((await readAll(log, topic)).map(valueOf), values);
    },
  },
  {
    name: "batches that overlap are all stored",
    run: async ({ open }) => {
      const log = await open();
      const other = await open();
      const topic = await makeTopic(log);
      const producers = [await log.producer(topic.name), await other.producer(topic.name)];
      const sent = await Promise.all(
        producers.flatMap((producer, client) =>
          Array.from({ length: 20 }, async (_, batch) => {
            const value = `${client}-${batch}`;
            const positions = await producer.send([textRecord("k", value), textRecord("k", value)]);
            return { value, positions };
          }),
        ),
      );
      const found = await readAll(log, topic);
      for (const { value, positions } of sent) {
        for (const { offset } of positions) {
          const record = found.find((each) => each.offset === offset);
          assert.ok(record !== undefined && valueOf(record) === value);
        }
      }
      assert.equal(found.length, 80);
    },
  },
  {
    name: "a record that is too large is refused before anything is sent",
    run: async ({ open, recordBytesMax }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const large = { key: utf8("k"), value: new Uint8Array(recordBytesMax) };
      const producer = await log.producer(topic.name);
      await rejectsWith("E_LOG_RECORD_TOO_LARGE", producer.send([textRecord("k", "v"), large]));
      assert.deepEqual(await log.offsets(topic.name), [{ partition: 0, start: 0, end: 0 }]);
      await producer.send([textRecord("k", "fits")]);
      assert.deepEqual((await readAll(log, topic)).map(valueOf), ["fits"]);
    },
  },
  {
    name: "closing a producer waits for what is under way, and again does nothing",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const producer = await log.producer(topic.name);
      const sending = producer.send([textRecord("k", "under way")]);
      await producer.close();
      await producer.close();
      assert.deepEqual((await readAll(await open(), topic)).map(valueOf), ["under way"]);
      await sending;
    },
  },
];

function plain(bytes: Uint8Array | null): number[] | null {
  return bytes === null ? null : [...bytes];
}
