import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { waiveDeadLetters } from "../../src/consumer/replay.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { makeRig, message } from "../support/consumer-rig.ts";
import { fileOf, importInto, verified } from "../support/loads.ts";
import { makeLake } from "../support/silver-lake.ts";

/** The lake, in which `meanwhile` happens once, right before `prefix` is listed. */
function beforeListing(lake: Lake, prefix: string, meanwhile: () => Promise<void>): Lake {
  let isDue = true;
  async function* listLater(...given: Parameters<Lake["list"]>): ReturnType<Lake["list"]> {
    if (isDue && given[0] === prefix) {
      isDue = false;
      await meanwhile();
    }
    yield* lake.list(...given);
  }
  return new Proxy(lake, {
    get(target, name): unknown {
      if (name === "list") return listLater;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Closes every dead letter. */
function waiveAll(lake: Lake): Promise<void> {
  const { signal } = new AbortController();
  const what = { filter: {}, reason: "known", dryRun: false };
  return waiveDeadLetters({ lake, ...what, clock: systemClock, signal, onLetter: () => undefined });
}

for (const prefix of ["streaming/", "_dead/"]) {
  test(`what a consumer stores before ${prefix} is listed is no stray`, async (t) => {
    const rig = await makeRig(t);
    await rig.publish(message(0));
    await rig.consume();
    const flush = { records: 2, bytes: 1e6, objects: 100, intervalMs: 60_000 };
    const lake = beforeListing(rig.lake, prefix, async () => {
      await rig.publish(message(1), "bad", message(2), "worse", message(3));
      await rig.consume({ flush });
      await waiveAll(rig.lake);
    });
    const { findings } = await verified(lake);
    assert.deepEqual(findings, []);
  });
}

test("the first bars of a lake that come while it is verified miss no lake.json", async (t) => {
  const rig = await makeRig(t);
  const lake = beforeListing(rig.lake, "_ledger/streaming/", async () => {
    await rig.publish(message(0));
    await rig.consume();
  });
  assert.deepEqual((await verified(lake)).findings, []);
});

for (const prefix of ["_ledger/loading/", "batch/"]) {
  test(`what a load stores before ${prefix} is listed is no stray`, async (t) => {
    const testLake = await makeLake(t);
    const rows = (close: number): string => `symbol,date,close\nCOMI,2025-11-23,${close}\n,,\n`;
    await importInto(testLake, await fileOf(t, rows(80)));
    const file = await fileOf(t, rows(81));
    const lake = beforeListing(testLake.lake, prefix, async () => {
      await importInto(testLake, file, { wishes: { source: "csv:later" } });
    });
    const { findings, summary } = await verified(lake);
    assert.deepEqual(findings, []);
    assert.equal(summary.loads, 2);
  });
}
