import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { makeTopic, readAll, rejectsWith } from "../contract/log-case.ts";
import { logContract } from "../contract/log.ts";
import { until } from "../support/until.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";

const cluster = await kafkaForFile({ properties: { "log.roll.ms": "100" } });

if (cluster === null) {
  test("kafka keeps the contract of a log", { skip: skipWithoutKafka }, () => undefined);
} else {
  test("kafka: retention by size deletes segments from the start", async (t) => {
    const log = await openKafka(cluster.bootstrap);
    t.after(async () => log.close());
    const topic = await makeTopic(log, { retentionBytes: 200_000 });
    const producer = await log.producer(topic.name);
    let sent = 0;
    await until("segments go", async () => {
      await producer.send([{ key: null, value: randomBytes(50_000) }]);
      sent += 1;
      return ((await log.offsets(topic.name))[0]?.start ?? 0) > 0;
    });
    const records = await readAll(log, topic);
    const kept = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    assert.ok(kept >= 200_000, `it keeps what it may: ${kept}`);
    assert.equal(records.at(-1)?.offset, sent - 1);
  });

  logContract("kafka", {
    open: async () => openKafka(cluster.bootstrap),
    recordBytesMax: 1_048_588,
    skip: {
      "retention by size keeps the newest records":
        "Kafka deletes whole segments, and ours hold compressed records",
    },
  });
}

test("an address that is none is a wrong set-up", async () => {
  for (const address of ["", "localhost", "localhost:", ":9092", "localhost:99999", "a:b"]) {
    await rejectsWith("E_CONFIG", openKafka(address));
  }
});
