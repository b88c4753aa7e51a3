import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { KafkaLogOptions } from "../../src/log/kafka/kafka-log.ts";
import type { Log } from "../../src/log/log.ts";
import { hasCode } from "../../src/base/errors.ts";
import {
  makeTopic,
  readAll,
  rejectsWith,
  textRecord,
  uniqueName,
  valueOf,
} from "../contract/log-case.ts";
import { RecordingMember, untilShared } from "../support/log-member.ts";
import { until } from "../support/until.ts";
import { openKafka } from "../support/services-kafka.ts";
import { proxiedKafkaForFile, skipWithoutProxiedKafka } from "../support/services-toxiproxy.ts";

const kafka = await proxiedKafkaForFile();

/** Hurries, so that a test does not wait as long as an operator would. */
const hasty: Partial<KafkaLogOptions> = { callTimeoutMs: 3_000, answerTimeoutMs: 500 };
const swallowAnswers = {
  type: "timeout",
  stream: "downstream",
  attributes: { timeout: 0 },
} as const;

test("a batch whose answer is lost is stored once, and so is the next", options(), async (t) => {
  const { log, proxy } = await opened(t, { ...hasty, callTimeoutMs: 20_000 });
  const topic = await makeTopic(log);
  const producer = await log.producer(topic.name);
  await producer.send(batch("first"));

  const answersAgain = await proxy.add(swallowAnswers);
  const lost = producer.send(batch("lost"));
  // It times out once and is sent again before answers come through.
  await new Promise((resolve) => setTimeout(resolve, 800));
  await answersAgain();
  assert.deepEqual(
    (await lost).map(({ offset }) => offset),
    [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  );
  await producer.send(batch("next"));

  const stored = (await readAll(log, topic)).map(valueOf);
  assert.deepEqual(stored, [...texts("first"), ...texts("lost"), ...texts("next")]);
});

test(
  "a send without an answer ends in time, and the next batch is stored",
  options(),
  async (t) => {
    const { log, proxy } = await opened(t, hasty);
    const topic = await makeTopic(log);
    const producer = await log.producer(topic.name);
    await producer.send(batch("first"));

    const answersAgain = await proxy.add(swallowAnswers);
    await rejectsWith("E_LOG_UNREACHABLE", producer.send(batch("lost")));
    await answersAgain();
    await producer.send(batch("next"));

    const stored = (await readAll(log, topic)).map(valueOf);
    // What failed may be stored, but once; what was acknowledged is stored, and once.
    const wanted = [...texts("first"), ...texts("next")];
    assert.deepEqual(
      stored.filter((value) => !texts("lost").includes(value ?? "")),
      wanted,
    );
    assert.ok(stored.length === wanted.length || stored.length === wanted.length + 10);
  },
);

test("connections cut under load lose and double nothing", options(), async (t) => {
  const { log, proxy } = await opened(t, { callTimeoutMs: 20_000, answerTimeoutMs: 1_000 });
  const topic = await makeTopic(log, { partitions: 3 });
  const producer = await log.producer(topic.name);
  const sent: string[] = [];
  const over = new AbortController();
  const cutting = (async () => {
    for (let cut = 0; cut < 8; cut += 1) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 30));
      await proxy.restore();
    }
    over.abort();
  })();
  for (let number = 0; !over.signal.aborted; number += 1) {
    const values = Array.from({ length: 30 }, (_, index) => `${number}-${index}`);
    await producer.send(values.map((value) => textRecord(value.slice(-1), value)));
    sent.push(...values);
  }
  await cutting;
  const stored: string[] = [];
  for (const partition of [0, 1, 2]) {
    const records = await readAll(log, topic, partition, 2_000);
    stored.push(...records.map((record) => valueOf(record) ?? ""));
    const byKey = Map.groupBy(records, ({ key }) => Buffer.from(key ?? []).toString());
    for (const [key, ofKey] of byKey) {
      const wanted = sent.filter((value) => value.endsWith(key));
      assert.deepEqual(ofKey.map(valueOf), wanted, `the order of key ${key}`);
    }
  }
  assert.deepEqual(stored.toSorted(), sent.toSorted());
});

test("a read goes on when the broker comes back", options(), async (t) => {
  const { log, proxy } = await opened(t, hasty);
  const topic = await makeTopic(log);
  await (await log.producer(topic.name)).send(batch("kept"));
  await proxy.cut();
  const request = { topic: topic.name, topicId: topic.id, partition: 0, offset: 0 };
  await assert.rejects(
    log.read(request),
    (error) => hasCode(error, "E_LOG_UNREACHABLE") && error.retryable,
  );
  await proxy.restore();
  const { records } = await log.read(request);
  assert.deepEqual(records.map(valueOf), texts("kept"));
});

test("a member that is cut off gives up by itself, and comes back", options(), async (t) => {
  const { log, proxy } = await opened(t, hasty);
  const topic = await makeTopic(log, { partitions: 2 });
  const request = { group: uniqueName("group"), topic: topic.name, sessionTimeoutMs: 1_500 };
  const member = await RecordingMember.join(log, request);
  await untilShared([member], [2]);
  const held = [...member.held.values()];
  // Nothing is refused: requests and answers vanish.
  const upstream = await proxy.add({ ...swallowAnswers, stream: "upstream" });
  const downstream = await proxy.add(swallowAnswers);
  await untilShared([member], [0]);
  assert.deepEqual(member.revoked, [], "it could not be asked");
  await upstream();
  await downstream();
  await untilShared([member], [2]);
  for (const assigned of held) await rejectsWith("E_LOG_FENCED", member.commit(assigned, 1));
  for (const assigned of member.held.values()) await member.commit(assigned, 2);
  await member.leave();
});

test("a member leaves although the brokers are gone", options(), async (t) => {
  const { log, proxy } = await opened(t, { callTimeoutMs: 120_000, answerTimeoutMs: 60_000 });
  const topic = await makeTopic(log, { partitions: 2 });
  const request = { group: uniqueName("group"), topic: topic.name, sessionTimeoutMs: 1_500 };
  const member = await RecordingMember.join(log, request);
  await untilShared([member], [2]);
  await proxy.cut();
  // It has given up and tries to join again; only a call's own time-out would end that.
  await untilShared([member], [0]);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  let hasLeft = false;
  const leaving = member.leave().then(() => {
    hasLeft = true;
  });
  await until("it has left", () => hasLeft, 30_000);
  await leaving;
});

test("a broker that is gone is said to be unreachable", options(), async () => {
  await rejectsWith("E_LOG_UNREACHABLE", openKafka("127.0.0.1:1"));
});

function options(): { skip: string | false; timeout: number } {
  return { skip: skipWithoutProxiedKafka, timeout: 60_000 };
}

async function opened(
  t: TestContext,
  logOptions: Partial<KafkaLogOptions>,
): Promise<{ log: Log; proxy: NonNullable<typeof kafka>["proxies"][number] }> {
  const [proxy] = kafka?.proxies ?? [];
  assert.ok(kafka !== null && proxy !== undefined);
  const log = await openKafka(kafka.cluster.bootstrap, logOptions);
  t.after(async () => log.close());
  return { log, proxy };
}

function texts(name: string): string[] {
  return Array.from({ length: 10 }, (_, index) => `${name}-${index}`);
}

function batch(name: string): ReturnType<typeof textRecord>[] {
  return texts(name).map((text) => textRecord("k", text));
}
