import assert from "node:assert/strict";
import { unlink } from "node:fs/promises";
import { test } from "node:test";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { listDeadLetters } from "../../src/ledger/dead-letters.ts";
import { logIdOf } from "../../src/ledger/layout.ts";
import type { LogRecord } from "../../src/log/log.ts";
import { makeRig, message, rigDeadTopic, rigTopic, type Rig } from "../support/consumer-rig.ts";

const oneAFlush = { records: 1, bytes: 1e6, objects: 100, intervalMs: 1000 };

async function keysOf(lake: Lake, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of lake.list(prefix)) keys.push(key);
  return keys;
}

async function textAt(lake: Lake, key: string): Promise<string> {
  const stored = await lake.get(key);
  assert.ok(stored, `${key} is there`);
  return textOf(stored.body);
}

async function deadCopies(rig: Rig): Promise<readonly LogRecord[]> {
  const info = await rig.log.describeTopic(rigDeadTopic);
  assert.ok(info);
  const slice = await rig.log.read({
    topic: rigDeadTopic,
    topicId: info.id,
    partition: 0,
    offset: 0,
  });
  return slice.records;
}

test("a record becomes a line that names it, in an object that names its flush", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(message(0), message(1));
  const summary = await rig.consume();
  assert.equal(summary.stored, 2);
  const info = await rig.log.describeTopic(rigTopic);
  const logId = logIdOf(info?.id ?? "");
  const key =
    `streaming/date=2025-11-24/symbol=COMI/bars-${logId}-0-` +
    `00000000000000000000-00000000000000000001.json`;
  assert.deepEqual(await keysOf(rig.lake, "streaming/"), [key]);
  const origin = (offset: number): string =>
    `,"log_id":"${logId}","log_partition":0,"log_offset":${offset}}`;
  assert.equal(
    await textAt(rig.lake, key),
    `${message(0).slice(0, -1)}${origin(0)}\n${message(1).slice(0, -1)}${origin(1)}\n`,
  );
  const { summary: verified, findings } = await rig.verify();
  assert.deepEqual(findings, []);
  assert.equal(verified.records, 2);
});

test("a second run stores nothing again", async (t) => {
  const rig = await makeRig(t, 3);
  await rig.publish(message(0), message(1), message(2));
  await rig.consume();
  const before = await keysOf(rig.lake, "");
  const summary = await rig.consume();
  assert.equal(summary.stored, 0);
  assert.deepEqual(await keysOf(rig.lake, ""), before);
  await rig.publish(message(3));
  assert.equal((await rig.consume()).stored, 1);
  assert.deepEqual((await rig.verify()).findings, []);
});

test("bad messages are dead letters, in the lake and in their topic, unchanged", async (t) => {
  const rig = await makeRig(t);
  const zero = message(1, { close: 10 }).replace('"close":10,', '"close":0,');
  await rig.publish(message(0), "no json", null, zero, message(2));
  const summary = await rig.consume();
  assert.equal(summary.stored, 2);
  assert.deepEqual(Object.fromEntries(summary.deadLetters), {
    E_MESSAGE_JSON: 1,
    E_MESSAGE_EMPTY: 1,
    E_BAR_PRICE: 1,
  });
  const kept = await Array.fromAsync(listDeadLetters(rig.lake));
  assert.deepEqual(
    kept.map(({ letter }) => [letter.offset, letter.code, letter.value && textOf(letter.value)]),
    [
      [1, "E_MESSAGE_JSON", "no json"],
      [2, "E_MESSAGE_EMPTY", null],
      [3, "E_BAR_PRICE", zero],
    ],
  );
  const copies = await deadCopies(rig);
  assert.deepEqual(
    copies.map(({ value }) => value && textOf(value)),
    ["no json", null, zero],
  );
  const headers = new Map(copies[2]?.headers.map(({ key, value }) => [key, textOf(value)]));
  assert.equal(headers.get("source"), "test");
  assert.equal(headers.get("dlq-code"), "E_BAR_PRICE");
  assert.equal(headers.get("dlq-stage"), "consumer");
  assert.equal(headers.get("dlq-topic"), rigTopic);
  assert.equal(headers.get("dlq-partition"), "0");
  assert.equal(headers.get("dlq-offset"), "3");
  assert.ok(headers.has("dlq-reason"));
  assert.ok(headers.has("dlq-time"));
});

test("a copy that our headers make too large is sent without what is large in it", async (t) => {
  const rig = await makeRig(t);
  const large = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(65);
  const most = 1_048_500;
  const small = { key: utf8("k"), value: utf8("small"), headers: [{ key: "h", value: utf8("v") }] };
  const producer = await rig.log.producer(rigTopic);
  for (const part of [
    {},
    { value: large(most) },
    { key: large(most) },
    { headers: [{ key: "h", value: large(most) }] },
  ]) {
    await producer.send([{ ...small, ...part }]);
  }
  await producer.close();
  const { deadLetters } = await rig.consume();
  assert.deepEqual(Object.fromEntries(deadLetters), { E_MESSAGE_JSON: 4 });
  const copies = (await deadCopies(rig)).map(({ key, value, headers }) => {
    const texts = new Map(headers.map((header) => [header.key, textOf(header.value)]));
    const leftOut = ["key", "value", "headers"].map((part) => texts.get(`dlq-${part}-bytes`));
    return [key?.length, value?.length, texts.get("h"), leftOut.join()];
  });
  assert.deepEqual(copies, [
    [1, 5, "v", ",,"],
    [1, undefined, "v", `,${most},`],
    [undefined, 5, "v", `${most},,`],
    [1, 5, undefined, `,,${most + 1}`],
  ]);
  const kept = await Array.fromAsync(listDeadLetters(rig.lake));
  assert.deepEqual(
    kept.map(({ letter }) => letter.value?.length),
    [5, most, 5, 5],
  );
});

test("a simulated bar in a real lake is a dead letter, and the reverse", async (t) => {
  const simulated = message(1, { source: "simulator" });
  const real = await makeRig(t);
  await real.publish(message(0), simulated);
  assert.deepEqual(Object.fromEntries((await real.consume()).deadLetters), { E_BAR_LAKE_KIND: 1 });
  assert.equal(await textAt(real.lake, "_ledger/lake.json"), '{"kind":"real"}\n');
  const other = await makeRig(t);
  await other.publish(simulated, message(0));
  assert.deepEqual(Object.fromEntries((await other.consume()).deadLetters), { E_BAR_LAKE_KIND: 1 });
  assert.equal(await textAt(other.lake, "_ledger/lake.json"), '{"kind":"simulated"}\n');
});

for (const [name, flush, entries] of [
  ["records", { records: 2, bytes: 1e6, objects: 100, intervalMs: 60_000 }, 3],
  ["bytes", { records: 100, bytes: 400, objects: 100, intervalMs: 60_000 }, 5],
  ["objects", { records: 100, bytes: 1e6, objects: 1, intervalMs: 60_000 }, 5],
] as const) {
  test(`a batch is full by ${name}`, async (t) => {
    const rig = await makeRig(t);
    const minutes = [0, 1, 2, 3, 4];
    await rig.publish(...minutes.map((minute) => message(minute * (name === "bytes" ? 1 : 1))));
    const summary = await rig.consume({ flush });
    assert.equal(summary.stored, 5);
    if (name !== "bytes") assert.equal(summary.entries, entries);
    else assert.ok(summary.entries > 1);
    const reasons = rig.events.flatMap((event) => (event.kind === "flushed" ? event.reason : []));
    assert.ok(reasons.includes(name), `flushed for ${reasons.join(", ")}`);
    assert.deepEqual((await rig.verify()).findings, []);
  });
}

test("a small memory budget makes small flushes and loses nothing", async (t) => {
  const rig = await makeRig(t, 3);
  await rig.publish(...Array.from({ length: 200 }, (_, minute) => message(minute % 60)));
  const summary = await rig.consume({ budgetBytes: 2000 });
  assert.equal(summary.stored, 200);
  assert.deepEqual((await rig.verify()).findings, []);
});

for (const compression of ["gzip", "zstd"] as const) {
  test(`objects compressed by ${compression} hold the same lines`, async (t) => {
    const rig = await makeRig(t);
    await rig.publish(message(0), message(1));
    await rig.consume({ compression });
    const [key = ""] = await keysOf(rig.lake, "streaming/");
    assert.ok(key.endsWith(compression === "gzip" ? ".json.gz" : ".json.zst"));
    assert.deepEqual((await rig.verify()).findings, []);
    // What is missing is written again as it was, whatever the next run is told.
    const path = rig.lake.localPath(key);
    assert.ok(path !== null);
    await unlink(path);
    await rig.consume({ compression: "none" });
    assert.deepEqual(await keysOf(rig.lake, "streaming/"), [key]);
    assert.deepEqual((await rig.verify()).findings, []);
  });
}

test("what is missing of the last entry is written again at the next start", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(message(0), "bad", message(1, { symbol: "ETEL" }));
  await rig.consume();
  const keys = [...(await keysOf(rig.lake, "streaming/")), ...(await keysOf(rig.lake, "_dead/"))];
  assert.equal(keys.length, 3);
  for (const key of keys) await rig.lake.delete(key);
  assert.equal((await rig.verify()).findings.length, 3);
  await rig.consume();
  const takeovers = rig.events.filter((event) => event.kind === "takeover");
  assert.equal(takeovers.at(-1)?.rewritten, 3);
  assert.deepEqual((await rig.verify()).findings, []);
});

async function stops(
  rig: Rig,
  code: Parameters<typeof hasCode>[1],
  options: Partial<ConsumerOptions> = {},
): Promise<void> {
  await assert.rejects(rig.consume(options), (error) => {
    assert.ok(hasCode(error, code), String(error));
    return true;
  });
}

test("a store that creates an object twice is refused at the start", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(message(0));
  const lake = new Proxy(rig.lake, {
    get(target, name): unknown {
      if (name === "create") return async (): Promise<string> => "created";
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await stops(rig, "E_LAKE_NOT_EXCLUSIVE", { lake });
  assert.deepEqual(await keysOf(rig.lake, "streaming/"), []);
});

test("an unknown topic is refused at the start", async (t) => {
  const rig = await makeRig(t);
  await stops(rig, "E_LOG_TOPIC_UNKNOWN", { topic: "nosuch" });
  await stops(rig, "E_LOG_TOPIC_UNKNOWN", { deadLetterTopic: "nosuch" });
});

test("a log that ends before its chain stops the consumer", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(message(0), message(1));
  await rig.consume({ flush: oneAFlush });
  const short = new Proxy(rig.log, {
    get(target, name): unknown {
      if (name === "offsets") return async () => [{ partition: 0, start: 0, end: 1 }];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await stops(rig, "E_LEDGER_AHEAD", { log: short });
});

test("a topic made again begins a chain of its own", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(message(0));
  await rig.consume();
  await rig.log.deleteTopic(rigTopic);
  await rig.log.createTopic({
    name: rigTopic,
    partitions: 1,
    retentionMs: null,
    retentionBytes: null,
  });
  await rig.publish(message(1));
  assert.equal((await rig.consume()).stored, 1);
  const { summary, findings } = await rig.verify();
  assert.deepEqual(findings, []);
  assert.equal(summary.chains, 2);
  assert.equal(summary.records, 2);
});

test("two consumers share a topic, and one alone ends it", async (t) => {
  const rig = await makeRig(t, 4);
  const records = Array.from({ length: 400 }, (_, minute) => message(minute % 60));
  await rig.publish(...records);
  const [left, right] = await Promise.all([
    rig.consume({ writer: "left", flush: { ...oneAFlush, records: 7 } }),
    rig.consume({ writer: "right", flush: { ...oneAFlush, records: 5 } }),
  ]);
  assert.equal(left.stored + right.stored, 400);
  assert.deepEqual((await rig.verify()).findings, []);
});

test("a consumer that is stopped before it has begun ends quietly", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(message(0));
  const signal = AbortSignal.abort(new Error("stop"));
  assert.equal((await rig.consume({ signal })).stored, 0);
  assert.equal((await rig.consume()).stored, 1);
});
