import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { meteredLake } from "../../src/lake/metered-lake.ts";
import type { PipelineEvent } from "../../src/telemetry/events.ts";
import { lakeContract } from "../contract/lake.ts";

async function openIn(t: TestContext, folder: string): Promise<Lake> {
  const lake = await openFolderLake({ folder, create: true, clock: systemClock });
  t.after(() => lake.close());
  return lake;
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-metered-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const quiet = (lake: Lake): Lake => meteredLake(lake, systemClock, () => undefined);

lakeContract("a metered lake", {
  open: async (t) => quiet(await openIn(t, temporaryFolder(t))),
  openSecond: async (t, first) => quiet(await openIn(t, first.url)),
  keepsMetadata: false,
});

test("each call is told once, with how it ended and how long the lake took", async (t) => {
  const told: string[] = [];
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => (nowMs += 500) };
  const lake = meteredLake(await openIn(t, temporaryFolder(t)), clock, (event: PipelineEvent) => {
    if (event.kind !== "lake-call") assert.fail(event.kind);
    told.push(`${event.operation} ${event.outcome} ${event.seconds}`);
  });
  await lake.put("a/1", utf8("x"));
  await lake.put("a/2", utf8("x"));
  await lake.create("b", utf8("x"));
  await lake.create("b", utf8("x"));
  await lake.replace("b", utf8("y"), "no such version");
  await lake.head("none");
  await lake.get("b");
  await lake.getRange("none", 0, 1);
  for await (const object of lake.list("a/")) {
    assert.ok(object.key.startsWith("a/"));
    // What the caller does meanwhile is not the lake's time.
    nowMs += 60_000;
  }
  await assert.rejects(lake.get("../x"));
  await lake.delete("b");
  assert.deepEqual(told, [
    "put ok 0.5",
    "put ok 0.5",
    "create ok 0.5",
    "create exists 0.5",
    "replace changed 0.5",
    "head absent 0.5",
    "get ok 0.5",
    "get-range absent 0.5",
    "list ok 1.5",
    "get E_LAKE_KEY 0.5",
    "delete ok 0.5",
  ]);
});
