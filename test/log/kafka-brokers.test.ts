import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { makeTopic, readAll, textRecord, valueOf } from "../contract/log-case.ts";
import { until } from "../support/until.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";

const skip =
  process.env["EGX_TEST_LONG"] === "1" ? skipWithoutKafka : "a long test: npm test -- --ci";
const cluster = skip === false ? await kafkaForFile({ brokers: 3 }) : null;

test(
  "of three brokers any one is killed under load, and nothing is lost or doubled",
  { skip },
  async (t) => {
    assert.ok(cluster !== null);
    const log = await openKafka(cluster.bootstrap, {
      answerTimeoutMs: 2_000,
      callTimeoutMs: 30_000,
    });
    t.after(async () => log.close());
    const topic = await makeTopic(log, { partitions: 3 });
    const producer = await log.producer(topic.name);
    const sent: string[] = [];
    const over = new AbortController();
    const killing = (async () => {
      for (const broker of cluster.brokers) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        await broker.kill9();
        await new Promise((resolve) => setTimeout(resolve, 500));
        await broker.startAgain();
        await until("its replicas are in sync again", async () => !(await isBehind()));
      }
      over.abort();
    })();
    for (let number = 0; !over.signal.aborted; number += 1) {
      const values = Array.from({ length: 30 }, (_, index) => `${number}-${index}`);
      await producer.send(values.map((value) => textRecord(value.slice(-1), value)));
      sent.push(...values);
    }
    await killing;
    const stored: string[] = [];
    for (const partition of [0, 1, 2]) {
      const records = await readAll(log, topic, partition);
      stored.push(...records.map((record) => valueOf(record) ?? ""));
    }
    assert.equal(stored.length, sent.length);
    assert.deepEqual(stored.toSorted(), sent.toSorted());

    async function isBehind(): Promise<boolean> {
      const bootstrap = cluster?.bootstrap ?? "";
      const described = await cluster?.tool("org.apache.kafka.tools.TopicCommand", [
        "--bootstrap-server",
        bootstrap,
        "--describe",
        "--under-replicated-partitions",
      ]);
      return described === undefined || described.trim() !== "";
    }
  },
);
