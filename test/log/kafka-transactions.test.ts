import assert from "node:assert/strict";
import { test } from "node:test";
import { makeTopic, readAll, valueOf } from "../contract/log-case.ts";
import { publishTransactions, type TransactionScript } from "../support/kafka-transactions.ts";
import { until } from "../support/until.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";

const cluster = await kafkaForFile();
const skip = skipWithoutKafka;

test("aborted records are left out, however the fetches cut them", { skip }, async (t) => {
  assert.ok(cluster !== null);
  const log = await openKafka(cluster.bootstrap);
  t.after(async () => log.close());
  const topic = await makeTopic(log);
  // Values of 2 kB and reads of 1 to 10 kB: an aborted transaction spans several fetches, and the
  // same producer's committed ones lie before, behind and between aborted ones.
  const script: readonly TransactionScript[] = Array.from({ length: 12 }, (_, number) => ({
    ends: number % 3 === 1 ? "commit" : "abort",
    values: Array.from(
      { length: number % 4 === 0 ? 12 : 3 },
      (_, index) => `${number}-${index}-${"x".repeat(2_000)}`,
    ),
  }));
  await publishTransactions(cluster.bootstrap, topic.name, script);
  await (await log.producer(topic.name)).send([{ key: null, value: Buffer.from("last") }]);

  const committed = script.flatMap(({ ends, values }) => (ends === "commit" ? values : []));
  const wanted = [...committed, "last"];
  const whole = await readAll(log, topic);
  assert.deepEqual(whole.map(valueOf), wanted);
  for (const maxBytes of [1, 1_000, 3_000, 10_000, 100_000]) {
    // A client of its own has kept nothing of earlier fetches.
    const other = await openKafka(cluster.bootstrap);
    t.after(async () => other.close());
    assert.deepEqual(await readAll(other, topic, 0, maxBytes), whole, `maxBytes ${maxBytes}`);
  }
  // From any offset, as after a restart: aborted transactions that began before it count too.
  const end = (await log.offsets(topic.name))[0]?.end ?? 0;
  for (let offset = 0; offset < end; offset += 1) {
    const request = { topic: topic.name, topicId: topic.id, partition: 0, offset };
    const slice = await log.read({ ...request, maxBytes: 4_000 });
    const rest = whole.filter((record) => record.offset >= offset);
    assert.deepEqual(slice.records, rest.slice(0, slice.records.length), `from ${offset}`);
    assert.ok(slice.next > offset, `from ${offset} it gets on`);
    const passed = rest.filter((record) => record.offset < slice.next);
    assert.deepEqual(slice.records, passed, `nothing is passed over from ${offset}`);
  }
});

test("a read passes the markers at the end of a partition", { skip }, async (t) => {
  assert.ok(cluster !== null);
  const log = await openKafka(cluster.bootstrap);
  t.after(async () => log.close());
  const topic = await makeTopic(log);
  await publishTransactions(cluster.bootstrap, topic.name, [
    { values: ["a", "b"], ends: "commit" },
    { values: ["c", "d"], ends: "abort" },
  ]);
  // Two records, a marker, two aborted records, a marker: written after the client was answered.
  await until("the last marker is written", async () => {
    const [offsets] = await log.offsets(topic.name);
    return offsets?.end === 6;
  });
  const request = { topic: topic.name, topicId: topic.id, partition: 0, offset: 0 };
  const slice = await log.read(request);
  assert.deepEqual(slice.records.map(valueOf), ["a", "b"]);
  assert.equal(slice.next, 6);
  assert.equal(slice.end, 6);
  assert.deepEqual(await log.offsets(topic.name), [{ partition: 0, start: 0, end: 6 }]);
});
