import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { partitionOf } from "../../src/log/murmur2.ts";
import { makeTopic, publish, readAll, textRecord, uniqueName } from "../contract/log-case.ts";
import { RecordingMember, untilShared } from "../support/log-member.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";

const cluster = await kafkaForFile();
const skip = skipWithoutKafka;
const compressed = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

test("Kafka's own consumer reads what is published, by every compression", { skip }, async (t) => {
  assert.ok(cluster !== null);
  const wanted: string[] = [];
  const topic = await makeTopic(await opened(t), { partitions: 4 });
  for (const compression of compressed) {
    const log = await openKafka(cluster.bootstrap, { compression });
    t.after(async () => log.close());
    const symbols = ["COMI", "ETEL", "SWDY"];
    const headers = [{ key: "source", value: utf8(compression) }];
    await publish(
      log,
      topic,
      symbols.map((symbol) => ({ ...textRecord(symbol, `${symbol} سهم`), headers })),
    );
    for (const symbol of symbols) {
      const partition = partitionOf(utf8(symbol), 4);
      wanted.push(`Partition:${partition}|source:${compression}|${symbol}|${symbol} سهم`);
    }
    await publish(log, topic, [{ ...textRecord("gone", null), partition: 0, headers }]);
    wanted.push(`Partition:0|source:${compression}|gone|null`);
  }
  const printed = await cluster.tool("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    "--bootstrap-server",
    cluster.bootstrap,
    "--topic",
    topic.name,
    "--from-beginning",
    "--max-messages",
    String(wanted.length),
    ...["partition", "headers", "key", "value"].flatMap((what) => [
      "--formatter-property",
      `print.${what}=true`,
    ]),
    "--formatter-property",
    "key.separator=|",
  ]);
  assert.deepEqual(printed.trim().split("\n").toSorted(), wanted.toSorted());
});

test("what Kafka's own producer publishes is read, by every compression", { skip }, async (t) => {
  assert.ok(cluster !== null);
  const log = await opened(t);
  for (const compression of compressed) {
    const topic = await makeTopic(log);
    await cluster.tool("org.apache.kafka.tools.ProducerPerformance", [
      "--topic",
      topic.name,
      "--num-records",
      "5000",
      "--record-size",
      "300",
      "--throughput",
      "-1",
      "--bootstrap-server",
      cluster.bootstrap,
      "--command-property",
      `compression.type=${compression}`,
    ]);
    const records = await readAll(log, topic, 0, 100_000);
    assert.equal(records.length, 5_000, compression);
    assert.ok(
      records.every(({ value, offset }, index) => value?.length === 300 && offset === index),
    );
  }
});

test("Kafka's own group tool shows the members, their commits and the lag", { skip }, async (t) => {
  assert.ok(cluster !== null);
  const log = await opened(t);
  const topic = await makeTopic(log, { partitions: 2 });
  await publish(log, topic, [
    { ...textRecord("k", "a"), partition: 0 },
    { ...textRecord("k", "b"), partition: 0 },
    { ...textRecord("k", "c"), partition: 1 },
  ]);
  const group = uniqueName("group");
  const member = await RecordingMember.join(log, { group, topic: topic.name });
  await untilShared([member], [2]);
  for (const assigned of member.held.values()) await member.commit(assigned, 1, "up to here");
  const described = await cluster.tool(
    "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    ["--bootstrap-server", cluster.bootstrap, "--describe", "--group", group],
  );
  const rows = described
    .split("\n")
    .filter((line) => line.startsWith(group))
    .map((line) => line.split(/\s+/));
  // GROUP, TOPIC, PARTITION, CURRENT-OFFSET, LOG-END-OFFSET, LAG, CONSUMER-ID, …
  const shown = rows.map((row) => row.slice(2, 6).join(" ")).toSorted();
  assert.deepEqual(shown, ["0 1 2 1", "1 1 1 0"]);
  assert.ok(rows.every((row) => row[6] !== "-"));
  await member.leave();
});

async function opened(t: {
  after: (done: () => Promise<void>) => void;
}): ReturnType<typeof openKafka> {
  const log = await openKafka(cluster?.bootstrap ?? "");
  t.after(async () => log.close());
  return log;
}
