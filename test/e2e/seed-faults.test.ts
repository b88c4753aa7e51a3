/**
 * The faults of the system that this one replaces, each as the loss or the lie that it caused.
 */
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { textOf } from "../../src/base/bytes.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { runEgx, temporaryFolder } from "../cli/run-egx.ts";
import { makeRig, message, rigTopic } from "../support/consumer-rig.ts";

const oneAFlush = { records: 1, bytes: 1e6, objects: 100, intervalMs: 60_000 };

/** The lines of every streaming object, by key. */
async function storedLines(lake: Lake): Promise<ReadonlyMap<string, readonly string[]>> {
  const objects = new Map<string, readonly string[]>();
  for await (const { key } of lake.list("streaming/")) {
    const stored = await lake.get(key);
    objects.set(
      key,
      textOf(stored?.body ?? new Uint8Array())
        .trimEnd()
        .split("\n"),
    );
  }
  return objects;
}

async function recordedFile(t: TestContext, rows: readonly string[]): Promise<string> {
  const file = join(temporaryFolder(t), "bars.csv");
  await writeFile(file, `${["symbol,ts_utc,open,high,low,close,volume", ...rows].join("\n")}\n`);
  return file;
}

test("auto-commit: what could not be stored is not counted as read, and is stored later", async (t) => {
  const rig = await makeRig(t);
  const inTheWay = join(rig.folder, "lake", "streaming");
  await writeFile(inTheWay, "a file where a folder has to be");
  await rig.publish(message(0), message(1));
  await assert.rejects(rig.consume());
  const committed = await rig.log.committed("writers", rigTopic);
  assert.ok(committed.every(({ offset }) => offset === 0));
  await rm(inTheWay);
  await rig.consume();
  assert.equal([...(await storedLines(rig.lake)).values()].flat().length, 2);
  assert.deepEqual((await rig.verify()).findings, []);
});

test("one name for two messages: bars of one time, and revisions of one bar, are all kept", async (t) => {
  const rig = await makeRig(t);
  const day = { startMs: Date.UTC(2025, 10, 23, 8), ingestedMs: Date.UTC(2025, 10, 30) };
  const sent = [
    message(0, { ...day, interval: parseInterval("1d") }),
    message(0, { ...day, interval: parseInterval("1w") }),
    message(0, { ...day, interval: parseInterval("1d"), close: 10.75 }),
  ];
  await rig.publish(...sent);
  await rig.consume({ flush: oneAFlush });
  const objects = await storedLines(rig.lake);
  assert.equal(objects.size, 3);
  const kept = [...objects.values()].flat().map((line) => line.replace(/,"log_id".*$/, "}"));
  assert.deepEqual(kept.toSorted(), sent.toSorted());
});

test("a null read as 0: what the feed did not give stays unknown, and drops nothing behind it", async (t) => {
  const file = await recordedFile(t, [
    "COMI,2025-11-24 08:00:00,,,,80.5,",
    "COMI,2025-11-24 08:01:00,80,81,79,80.25,1000",
  ]);
  const data = temporaryFolder(t);
  const up = ["up", "--once", "--feed", "recorded", "--file", file, "--data", data];
  const ran = await runEgx(up);
  assert.equal(ran.code, 0, ran.stderr);
  const select = "select open, high, low, close, volume from bars order by datetime";
  const { stdout } = await runEgx(["query", select, "--data", data, "--json"]);
  assert.deepEqual(JSON.parse(stdout), [
    { open: null, high: null, low: null, close: 80.5, volume: null },
    { open: 80, high: 81, low: 79, close: 80.25, volume: 1000 },
  ]);
});

test("poison that kills the loop: it is set aside with its reason, and met once", async (t) => {
  const rig = await makeRig(t);
  await rig.publish("{not json", message(0), message(1));
  const first = await rig.consume();
  assert.equal(first.stored, 2);
  assert.deepEqual([...first.deadLetters], [["E_MESSAGE_JSON", 1]]);
  await rig.publish(message(2));
  const second = await rig.consume();
  assert.deepEqual([second.stored, second.deadLetters.size], [1, 0]);
});

test("stopping at the first bad symbol: it is named, and the others are had", async (t) => {
  const file = await recordedFile(t, [
    "COMI,2025-11-24 08:00:00,80,81,79,80.5,1000",
    "ETEL,2025-11-24 08:00:00,40,41,39,40.5,2000",
  ]);
  const data = temporaryFolder(t);
  const feed = ["--feed", "recorded", "--file", file, "--symbols", "NOSUCH,COMI,ETEL"];
  const { code, stderr } = await runEgx(["producer", "--once", ...feed, "--data", data]);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /NOSUCH/);
  const consumed = await runEgx(["consumer", "--once", "--data", data, "--json"]);
  assert.match(consumed.stdout, /"stored":2\b/, consumed.stderr);
});
