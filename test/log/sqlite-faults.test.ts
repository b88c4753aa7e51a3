import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";

import { utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { makeTopic, publish, readAll, rejectsWith, textRecord } from "../contract/log-case.ts";
import { makeLogFolder, openLog } from "../support/log-folder.ts";

test("a full disk is E_LOG_FULL, keeps what was acknowledged, and passes by itself", async (t) => {
  const folder = await mountSmallDisk(t, 6);
  if (folder === null) {
    t.skip("a small disk can be mounted by root on Linux alone");
    return;
  }
  const log = await openLog(t, join(folder, "log"));
  const topic = await makeTopic(log);
  const filler = join(folder, "filler");
  writeFileSync(filler, new Uint8Array(2 * 1_048_576));
  const producer = await log.producer(topic.name);
  const batch = Array.from({ length: 100 }, () => ({ key: utf8("k"), value: new Uint8Array(500) }));
  let acknowledged = 0;
  const fill = async (): Promise<void> => {
    for (;;) acknowledged += (await producer.send(batch)).length;
  };
  await assert.rejects(fill(), (error) => hasCode(error, "E_LOG_FULL") && error.retryable);
  await rejectsWith("E_LOG_FULL", producer.send(batch));
  assert.ok(acknowledged > 0);
  assert.equal((await readAll(log, topic)).length, acknowledged);
  assert.equal((await readAll(await openLog(t, join(folder, "log")), topic)).length, acknowledged);

  rmSync(filler);
  acknowledged += (await producer.send(batch)).length;
  const records = await readAll(log, topic);
  assert.equal(records.length, acknowledged);
  assert.ok(records.every((record, index) => record.offset === index));
});

test("a file that is no database is E_LOG_DAMAGED, and is left as it is", async (t) => {
  const folder = await makeLogFolder(t);
  const file = join(folder, "log.sqlite");
  const text = "this is no database\n".repeat(1000);
  writeFileSync(file, text);
  await rejectsWith("E_LOG_DAMAGED", openLog(t, folder));
  assert.equal(readFileSync(file, "utf8"), text);
});

test("a database that is no log is E_LOG_DAMAGED, and is left as it is", async (t) => {
  const folder = await makeLogFolder(t);
  const file = join(folder, "log.sqlite");
  using database = new DatabaseSync(file);
  database.exec("CREATE TABLE somebody_elses (a); INSERT INTO somebody_elses VALUES (1)");
  const before = readFileSync(file);
  await rejectsWith("E_LOG_DAMAGED", openLog(t, folder));
  assert.deepEqual(readFileSync(file), before);
});

test("a log whose pages were overwritten is E_LOG_DAMAGED", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder);
  const topic = await makeTopic(log);
  const large = Array.from({ length: 2000 }, () => textRecord("k", "x".repeat(300)));
  await publish(log, topic, large);
  await log.close();
  const file = join(folder, "log.sqlite");
  const size = readFileSync(file).length;
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, new Uint8Array(size / 2).fill(0xa5), 0, size / 2, size / 2);
  closeSync(descriptor);
  const readEverything = async (): Promise<unknown> => readAll(await openLog(t, folder), topic);
  await rejectsWith("E_LOG_DAMAGED", readEverything());
});

test("a folder that cannot be made is E_LOG_FOLDER", async (t) => {
  const folder = await makeLogFolder(t);
  writeFileSync(join(folder, "file"), "in the way");
  await rejectsWith("E_LOG_FOLDER", openLog(t, join(folder, "file")));
  await rejectsWith("E_LOG_FOLDER", openLog(t, join(folder, "file", "log")));
});

test("a folder in the place of the file is E_LOG_FOLDER", async (t) => {
  const folder = await makeLogFolder(t);
  await mkdir(join(folder, "log.sqlite"));
  await rejectsWith("E_LOG_FOLDER", openLog(t, folder));
});

test("a log of a later release is E_CONFIG", async (t) => {
  const folder = await makeLogFolder(t);
  await (await openLog(t, folder)).close();
  using database = new DatabaseSync(join(folder, "log.sqlite"));
  database.exec("PRAGMA user_version = 2");
  await rejectsWith("E_CONFIG", openLog(t, folder));
});

test("a file that another process holds is E_LOG_BUSY when patience ends, and only then", async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder, { busyWaitMs: 200 });
  const patient = await openLog(t, folder, { busyWaitMs: 60_000 });
  const topic = await makeTopic(log);
  const producer = await log.producer(topic.name);
  using holder = new DatabaseSync(join(folder, "log.sqlite"));
  holder.exec("BEGIN IMMEDIATE");
  await assert.rejects(
    producer.send([textRecord("k", "too early")]),
    (error) => hasCode(error, "E_LOG_BUSY") && error.retryable,
  );
  const waiting = publish(patient, topic, [textRecord("k", "patient")]);
  assert.deepEqual(await readAll(log, topic), [], "readers do not wait for writers");
  holder.exec("COMMIT");
  assert.deepEqual(await waiting, [0]);
});

test("clients that open a new log at once all find it whole", async (t) => {
  const folder = await makeLogFolder(t);
  const logs = await Promise.all(Array.from({ length: 8 }, () => openLog(t, folder)));
  for (const log of logs) assert.deepEqual(await log.listTopics(), []);
});

test("a caller that sends or reads in a loop lets the event loop turn", async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  const topic = await makeTopic(log);
  const producer = await log.producer(topic.name);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await producer.send([textRecord("k", "v")]);
  assert.ok(turned);
  turned = false;
  setImmediate(() => {
    turned = true;
  });
  await log.offsets(topic.name);
  assert.ok(turned);
});

test("what waits in a log that is closed ends with E_ABORTED", async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  const topic = await makeTopic(log);
  const producer = await log.producer(topic.name);
  const request = { topic: topic.name, topicId: topic.id, partition: 0, offset: 0 };
  const waiting = rejectsWith("E_ABORTED", log.read({ ...request, maxWaitMs: 600_000 }));
  await log.offsets(topic.name);
  await log.close();
  await waiting;
  await rejectsWith("E_ABORTED", log.read(request));
  await rejectsWith("E_ABORTED", producer.send([textRecord("k", "v")]));
});

/** A disk of some MiB, or null where none can be mounted. */
async function mountSmallDisk(t: TestContext, mebibytes: number): Promise<string | null> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  const folder = await mkdtemp(join(tmpdir(), "egx-log-disk-"));
  const options = ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "egx-log-test", folder];
  const isMounted = spawnSync("mount", options).status === 0;
  // Lazily (-l): hooks run in the order in which they were registered, so logs are closed later.
  t.after(async () => {
    if (isMounted) spawnSync("umount", ["-l", folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return isMounted ? folder : null;
}
