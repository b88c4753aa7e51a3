import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { suite, test, type TestContext } from "node:test";
import { EgxError, hasCode } from "../../src/base/errors.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { fileOf, importInto, verified } from "../support/loads.ts";
import { Crash, dyingLake, makeLake, rowsOf, type TestLake } from "../support/silver-lake.ts";

const csv = [
  "symbol,date,open,high,low,close,volume",
  "COMI,2025-11-23,80,81,79,80.5,1000",
  "COMI,2025-11-24,80.5,82,80,81.5,1200",
  "COMI,2025-11-24,80.5,82,80,81.7,1200",
  "ETEL,2025-11-24,40,41,39,0,10",
  "",
].join("\n");

async function loaded(t: TestContext): Promise<TestLake> {
  const testLake = await makeLake(t);
  await importInto(testLake, await fileOf(t, csv));
  return testLake;
}

async function keysOf(lake: Lake, prefix = ""): Promise<string[]> {
  return (await Array.fromAsync(lake.list(prefix))).map(({ key }) => key);
}

suite("a load that dies", () => {
  test("at any write is nothing, or whole; the next try makes it whole, once", async (t) => {
    const file = await fileOf(t, csv);
    let died = 0;
    // lake.json, twice the probe, the note, two objects, the entry, the note's end; and none.
    for (let at = 0; at <= 8; at += 1) {
      for (const when of ["before", "after"] as const) {
        const testLake = await makeLake(t);
        const dying = dyingLake(testLake.lake, at, when);
        const end = await importInto({ ...testLake, lake: dying }, file).catch(
          (error: unknown) => error,
        );
        if (end instanceof Crash) died += 1;
        else assert.ok(!(end instanceof Error), String(end));
        const between = await verified(testLake.lake);
        assert.deepEqual(between.findings, [], `write ${at} ${when}`);
        await importInto(testLake, file);
        const { findings, summary } = await verified(testLake.lake);
        assert.deepEqual(findings, [], `write ${at} ${when}`);
        assert.deepEqual(
          [summary.loads, summary.loadedRows, summary.refusedRows, summary.inProgress],
          [1, 2, 2, 0],
          `write ${at} ${when}`,
        );
        assert.deepEqual(await keysOf(testLake.lake, "_ledger/loading/"), []);
        await testLake.build();
        const rows = await rowsOf(testLake, "select date, close from bar_revisions order by all");
        assert.deepEqual(rows, [
          ["2025-11-23", 80.5],
          ["2025-11-24", 81.7],
        ]);
      }
    }
    assert.equal(died, 16);
  });

  test("and is not tried again is unfinished, not damage", async (t) => {
    const testLake = await makeLake(t);
    const file = await fileOf(t, csv);
    const lake = dyingLake(testLake.lake, 5, "after");
    await assert.rejects(importInto({ ...testLake, lake }, file), Crash);
    const { findings, summary } = await verified(testLake.lake);
    assert.deepEqual(findings, []);
    assert.equal(summary.loads, 0);
    assert.ok(summary.inProgress > 0);
    assert.deepEqual((await testLake.build()).rows, 0);
  });
});

test("two that load the same file at once store it once", async (t) => {
  const testLake = await makeLake(t);
  const file = await fileOf(t, csv);
  const both = await Promise.all([importInto(testLake, file), importInto(testLake, file)]);
  assert.equal(both[0].load, both[1].load);
  assert.deepEqual(both[0].entry, both[1].entry);
  const { findings, summary } = await verified(testLake.lake);
  assert.deepEqual(findings, []);
  assert.deepEqual([summary.loads, summary.loadedRows, summary.inProgress], [1, 2, 0]);
});

test("an answer that gets lost is no second load", async (t) => {
  const testLake = await makeLake(t);
  let lost = 0;
  const lossy: Lake = {
    ...dyingLake(testLake.lake, Infinity, "before"),
    create: async (key, body) => {
      const answer = await testLake.lake.create(key, body);
      if (!key.startsWith("_ledger/batch/") || lost > 0) return answer;
      lost += 1;
      throw new EgxError("E_LAKE_UNREACHABLE", "the answer got lost");
    },
  };
  const summary = await importInto({ ...testLake, lake: lossy }, await fileOf(t, csv));
  assert.equal(lost, 1);
  assert.equal(summary.added, true);
  assert.deepEqual((await verified(testLake.lake)).findings, []);
});

suite("verify", () => {
  test("names any object of a load in which a byte was changed, or that was removed", async (t) => {
    const { lake } = await loaded(t);
    const keys = (await keysOf(lake)).filter((key) => key !== "_ledger/probe");
    assert.ok(keys.length >= 4, keys.join(" "));
    for (const key of keys) {
      const place = lake.localPath(key) ?? "";
      const before = await readFile(place);
      const after = Buffer.from(before);
      const at = Math.floor(after.length / 2);
      after[at] = (after[at] ?? 0) ^ 1;
      await writeFile(place, after);
      const changed = await verified(lake);
      assert.ok(
        changed.findings.some((finding) => finding.key === key && finding.kind === "damaged"),
        `${key} changed: ${JSON.stringify(changed.findings)}`,
      );
      await rm(place);
      const removed = await verified(lake);
      // Without its entry a load's objects are strays.
      const kind = key.startsWith("_ledger/batch/") ? "stray" : "missing";
      assert.ok(
        removed.findings.some((finding) => finding.kind === kind),
        `${key} removed: ${JSON.stringify(removed.findings)}`,
      );
      await writeFile(place, before);
    }
    assert.deepEqual((await verified(lake)).findings, []);
  });

  test("names objects that no load names", async (t) => {
    const { lake } = await loaded(t);
    const strays = [
      `_dead/batch/${"ab".repeat(32)}/${"cd".repeat(32)}.json`,
      "_ledger/batch/notes.json",
      "_ledger/loading/notes.json",
      `batch/date=2025-11-24/source=csv/${"ab".repeat(32)}.parquet`,
    ];
    for (const key of strays) await lake.put(key, Buffer.from("{}"));
    const { findings } = await verified(lake);
    assert.deepEqual(
      findings.map(({ kind, key }) => `${kind} ${key}`).toSorted(),
      strays.map((key) => `stray ${key}`),
    );
  });
});

test("silver names an object of a load that is missing or damaged, and stays as it was", async (t) => {
  const testLake = await loaded(t);
  await testLake.build();
  await importInto(testLake, await fileOf(t, csv.replace("80.5,1000", "80.6,1000")));
  const objects = (await keysOf(testLake.lake, "batch/")).map((key) => ({
    key,
    place: testLake.lake.localPath(key) ?? "",
  }));
  assert.equal(objects.length, 2);
  const bodies = await Promise.all(objects.map(({ place }) => readFile(place)));
  for (const { place } of objects) await writeFile(place, "no Parquet");
  await assert.rejects(testLake.build(), (error) => hasCode(error, "E_LAKE_OBJECT_DAMAGED"));
  for (const { place } of objects) await rm(place);
  await assert.rejects(testLake.build(), (error) => hasCode(error, "E_LAKE_OBJECT_MISSING"));
  assert.deepEqual(await rowsOf(testLake, "select count(*) from bar_revisions"), [[2]]);
  for (const [index, { place }] of objects.entries()) {
    await writeFile(place, bodies[index] ?? "");
  }
  await testLake.build();
  assert.deepEqual(await rowsOf(testLake, "select count(*) from bar_revisions"), [[4]]);
});
