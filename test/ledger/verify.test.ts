import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import { seededRandom, randomInt } from "../../src/base/random.ts";
import { makeRig, message, type Rig } from "../support/consumer-rig.ts";

/** A lake of several entries, with dead letters and more than one symbol. */
async function filled(t: TestContext): Promise<Rig> {
  const rig = await makeRig(t);
  const values = Array.from({ length: 20 }, (_, minute) =>
    minute % 7 === 3 ? "bad" : message(minute, { symbol: minute % 2 === 0 ? "COMI" : "ETEL" }),
  );
  await rig.publish(...values);
  await rig.consume({ flush: { records: 6, bytes: 1e6, objects: 100, intervalMs: 60_000 } });
  assert.deepEqual((await rig.verify()).findings, []);
  return rig;
}

async function keysOf(rig: Rig): Promise<string[]> {
  return (await Array.fromAsync(rig.lake.list(""))).map(({ key }) => key);
}

function pathOf(rig: Rig, key: string): string {
  const path = rig.lake.localPath(key);
  assert.ok(path !== null);
  return path;
}

test("any one changed byte of any object is found, and the object named", async (t) => {
  const rig = await filled(t);
  const random = seededRandom(7);
  for (const key of await keysOf(rig)) {
    const path = pathOf(rig, key);
    const before = await readFile(path);
    for (let round = 0; round < 6; round += 1) {
      const after = Buffer.from(before);
      const place = round === 0 ? 0 : randomInt(random, before.length);
      after[place] = (after[place] ?? 0) ^ (1 + randomInt(random, 255));
      await writeFile(path, after);
      const { findings } = await rig.verify();
      const named = findings.some((finding) => `${finding.key} ${finding.text}`.includes(key));
      assert.ok(named, `byte ${place} of ${key}: ${JSON.stringify(findings)}`);
    }
    await writeFile(path, before);
  }
  assert.deepEqual((await rig.verify()).findings, []);
});

test("any removed object is found, and named", async (t) => {
  const rig = await filled(t);
  for (const key of await keysOf(rig)) {
    // A probe is made anew, and a note of the end only says more than is known without it.
    if (key === "_ledger/probe" || key.startsWith("_ledger/finished/")) continue;
    const path = pathOf(rig, key);
    const before = await readFile(path);
    await rm(path);
    const { findings } = await rig.verify();
    const named = findings.some((finding) => `${finding.key} ${finding.text}`.includes(key));
    assert.ok(named, `${key} removed: ${JSON.stringify(findings)}`);
    await writeFile(path, before);
  }
});

test("an object that no entry names is a stray", async (t) => {
  const rig = await filled(t);
  const key = "streaming/date=2025-11-24/symbol=COMI/extra.json";
  await rig.lake.put(key, new Uint8Array([1]));
  const { findings } = await rig.verify();
  assert.deepEqual(
    findings.map((finding) => [finding.kind, finding.key]),
    [["stray", key]],
  );
});

test("a last entry whose writer has not ended is in progress", async (t) => {
  const rig = await filled(t);
  const finished = (await keysOf(rig)).find((key) => key.startsWith("_ledger/finished/"));
  await rm(pathOf(rig, finished ?? ""));
  const last = (await keysOf(rig))
    .filter((key) => key.startsWith("streaming/"))
    .toSorted(byRange)
    .at(-1);
  await rm(pathOf(rig, last ?? ""));
  const { findings, summary } = await rig.verify();
  assert.deepEqual(findings, []);
  assert.equal(summary.inProgress, 1);
});

function byRange(left: string, right: string): number {
  const range = (key: string): string => key.slice(key.lastIndexOf("/"));
  return range(left) < range(right) ? -1 : 1;
}

test("a fast look reads no object and still counts them", async (t) => {
  const rig = await filled(t);
  const key = (await keysOf(rig)).find((name) => name.startsWith("streaming/")) ?? "";
  await rm(pathOf(rig, key));
  const { findings } = await rig.verify({ fast: true });
  assert.deepEqual(
    findings.map((finding) => finding.key),
    [key],
  );
});
