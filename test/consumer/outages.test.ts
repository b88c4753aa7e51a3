import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { makeRig, message, rigDeadTopic, type Rig } from "../support/consumer-rig.ts";
import { until } from "../support/until.ts";

const oneAFlush = { records: 1, bytes: 1e6, objects: 100, intervalMs: 1000 };

const isWaitingTo = (operation: string, rig: Rig): boolean =>
  rig.events.some((event) => event.kind === "retry" && event.operation === operation);
const stored = (rig: Rig): number => rig.events.filter((event) => event.kind === "flushed").length;

test("a lake that is gone is waited for, and one made again gets all that the log holds", async (t) => {
  const rig = await makeRig(t);
  const folder = join(rig.folder, "lake");
  const stop = new AbortController();
  await rig.publish(message(0), message(1));
  const running = rig.consume({ once: false, signal: stop.signal, flush: oneAFlush });
  await until("two flushes", () => stored(rig) === 2);
  await rm(folder, { recursive: true });
  await rig.publish(message(2), message(3));
  await until("it waits", () => isWaitingTo("try the lake", rig));
  await mkdir(folder);
  await until("all is stored again", () => stored(rig) === 6);
  stop.abort(new Error("stop"));
  await running;
  const { summary, findings } = await rig.verify();
  assert.deepEqual(findings, []);
  assert.equal(summary.records, 4);
});

test("a lake that was emptied unseen gets all that the log holds", async (t) => {
  const rig = await makeRig(t);
  const stop = new AbortController();
  await rig.publish(message(0), message(1));
  const running = rig.consume({ once: false, signal: stop.signal, flush: oneAFlush });
  await until("two flushes", () => stored(rig) === 2);
  for await (const { key } of rig.lake.list("")) await rig.lake.delete(key);
  await rig.publish(message(2));
  await until("all is stored again", () => stored(rig) === 5);
  stop.abort(new Error("stop"));
  await running;
  const { summary, findings } = await rig.verify();
  assert.deepEqual(findings, []);
  assert.equal(summary.records, 3);
});

test("a dead-letter topic that is gone is waited for, and no letter is passed over", async (t) => {
  const rig = await makeRig(t);
  const stop = new AbortController();
  await rig.publish(message(0));
  const running = rig.consume({ once: false, signal: stop.signal, flush: oneAFlush });
  await until("a flush", () => stored(rig) === 1);
  await rig.log.deleteTopic(rigDeadTopic);
  await rig.publish("bad", message(1));
  await until("it waits", () => isWaitingTo("copy dead letters", rig));
  const spec = { partitions: 1, retentionMs: null, retentionBytes: null };
  await rig.log.createTopic({ name: rigDeadTopic, ...spec });
  await until("all is stored", () => stored(rig) === 3);
  stop.abort(new Error("stop"));
  await running;
  assert.equal((await rig.log.offsets(rigDeadTopic))[0]?.end, 1);
  const { summary, findings } = await rig.verify();
  assert.deepEqual(findings, []);
  assert.deepEqual([summary.records, summary.deadLetters], [2, 1]);
});
