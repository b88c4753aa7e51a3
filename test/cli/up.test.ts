import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { z } from "../../src/base/schema.ts";
import { hasEscape, minuteBars, runEgx, startEgx, temporaryFolder } from "./run-egx.ts";

const summarySchema = z.object({
  read: z.number(),
  published: z.number(),
  unchanged: z.number(),
  superseded: z.number(),
  unsent: z.number(),
  rejected: z.record(z.string(), z.number()),
  rejectedPublished: z.number(),
  waitingBefore: z.number(),
  stored: z.number(),
  deadLetters: z.record(z.string(), z.number()),
  absent: z.number(),
  waitingAfter: z.number(),
  objects: z.number(),
  silverRows: z.number(),
  seconds: z.number(),
});
type Summary = z.output<typeof summarySchema>;

function summaryOf(stdout: string): Summary {
  const summary = summarySchema.parse(JSON.parse(stdout));
  const sum = (counts: Record<string, number>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const { published, unchanged, superseded, unsent } = summary;
  assert.equal(summary.read, published + unchanged + superseded + unsent);
  assert.equal(
    published + summary.rejectedPublished + summary.waitingBefore,
    summary.stored + sum(summary.deadLetters) + summary.absent + summary.waitingAfter,
  );
  return summary;
}

async function upOnce(args: readonly string[], code = 0): Promise<Summary> {
  const outcome = await runEgx(["up", "--once", "--json", ...args]);
  assert.equal(outcome.code, code, outcome.stderr);
  return summaryOf(outcome.stdout);
}

test("a file goes through to silver; the second time nothing is published", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const data = path.join(folder, "data");
  const args = ["--feed", "recorded", "--file", file, "--data", data];

  const first = await upOnce(args);
  assert.deepEqual(
    [first.read, first.published, first.stored, first.silverRows, first.objects],
    [40, 40, 40, 40, 2],
  );
  const second = await upOnce(args);
  assert.deepEqual([second.read, second.published, second.unchanged], [40, 0, 40]);
  assert.deepEqual([second.stored, second.silverRows], [0, 40]);
  const said = await runEgx(["up", "--once", ...args]);
  assert.equal(said.code, 0);
  assert.match(said.stdout, /^published +0$/m);
  assert.match(said.stderr, /Nothing new/);
  assert.ok(!hasEscape(said.stdout + said.stderr));

  const counted = await runEgx([
    "query",
    "--data",
    data,
    "--json",
    "select symbol, count(*)::int n, min(datetime) earliest from bars group by 1 order by 1",
  ]);
  assert.deepEqual(JSON.parse(counted.stdout), [
    { symbol: "COMI", n: 20, earliest: "2025-11-24T08:00:00Z" },
    { symbol: "ETEL", n: 20, earliest: "2025-11-24T08:00:00Z" },
  ]);

  const lag = await runEgx(["lag", "--data", data, "--json"]);
  assert.equal(lag.code, 0);
  assert.equal(z.object({ lagRecords: z.number() }).parse(JSON.parse(lag.stdout)).lagRecords, 0);
});

test("rows that are no bars become dead letters, which are counted, listed and shown", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  const bad = "COMI,2025-11-24 08:30:00,80,80,80,0,1\nETEL,2025-11-24 08:31:00,80,79,81,80,1\n";
  writeFileSync(file, minuteBars() + bad);
  const data = path.join(folder, "data");
  const args = ["--feed", "recorded", "--file", file, "--data", data];
  const first = await upOnce(args);
  assert.deepEqual([first.read, first.stored, first.rejectedPublished], [40, 40, 2]);
  assert.deepEqual(first.deadLetters, { E_BAR_PRICE: 1, E_BAR_RANGE: 1 });
  const second = await upOnce(args);
  assert.deepEqual([second.published, second.rejectedPublished, second.deadLetters], [0, 0, {}]);

  const listed = await runEgx(["dlq", "list", "--data", data, "--json"]);
  const letters = z
    .array(z.object({ position: z.string(), code: z.string() }))
    .parse(JSON.parse(listed.stdout));
  assert.deepEqual(letters.map(({ code }) => code).toSorted(), ["E_BAR_PRICE", "E_BAR_RANGE"]);
  for (const { position, code } of letters) {
    const shown = await runEgx(["dlq", "show", position, "--data", data]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, new RegExp(`^code +${code}$`, "m"));
    assert.match(shown.stdout, /"symbol":"(COMI|ETEL)"/);
  }
  const table = await runEgx(["dlq", "list", "--data", data]);
  assert.match(table.stdout, /^position +log +published +key +code +reason$/m);
  assert.match(table.stderr, /^open: 2 /m);
  const none = await runEgx(["dlq", "show", "5:999", "--data", data]);
  assert.equal(none.code, 64);
});

test("what could not be had is named, with exit code 3", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const args = ["--file", file, "--data", path.join(folder, "data"), "--symbols", "COMI,NOPE"];
  const outcome = await runEgx(["up", "--once", "--json", ...args]);
  assert.equal(outcome.code, 3);
  assert.equal(summaryOf(outcome.stdout).read, 20);
  assert.match(outcome.stderr, /NOPE could not be had/);
});

test("one simulated session goes through to silver, and keeps out of a real lake", async (t) => {
  const folder = temporaryFolder(t);
  const data = path.join(folder, "sim");
  const dates = ["--from", "2025-11-24", "--to", "2025-11-24"];
  const args = ["--feed", "simulator", "--seed", "7", ...dates, "--data", data];
  const first = await upOnce(args);
  assert.ok(first.read > 1_000, `${first.read} bars`);
  assert.deepEqual([first.stored, first.silverRows], [first.published, first.read]);
  assert.equal((await upOnce(args)).published, 0);
  const sources = ["query", "--data", data, "--format", "csv", "select distinct source from bars"];
  assert.equal((await runEgx(sources)).stdout, "source\nsimulator\n");

  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const mixed = await runEgx(["up", "--once", "--file", file, "--data", data]);
  assert.equal(mixed.code, 78);
  assert.match(mixed.stderr, /^error\[E_LAKE_KIND\]/);
  const real = path.join(folder, "real");
  await upOnce(["--file", file, "--data", real]);
  const reverse = await runEgx(["up", "--once", "--feed", "simulator", "--data", real]);
  assert.equal(reverse.code, 78);
  assert.match(reverse.stderr, /^error\[E_LAKE_KIND\]/);
});

test("verify holds, and names an object that was changed or is gone", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const data = path.join(folder, "data");
  await upOnce(["--file", file, "--data", data]);
  const whole = await runEgx(["verify", "--data", data, "--json"]);
  assert.equal(whole.code, 0, whole.stdout);
  const facts = z.object({ ok: z.boolean(), records: z.number(), objects: z.number() });
  assert.deepEqual(facts.parse(JSON.parse(whole.stdout)), { ok: true, records: 40, objects: 2 });

  const streaming = path.join(data, "lake", "streaming");
  const object = readdirSync(streaming, { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith(".json"),
  );
  assert.ok(object !== undefined);
  const bytes = readFileSync(path.join(streaming, object));
  bytes[10] = (bytes[10] ?? 0) ^ 1;
  writeFileSync(path.join(streaming, object), bytes);
  const changed = await runEgx(["verify", "--data", data]);
  assert.equal(changed.code, 1);
  assert.ok(changed.stdout.includes(`streaming/${object}`), changed.stdout);
  rmSync(path.join(streaming, object));
  const gone = await runEgx(["verify", "--data", data, "--fast"]);
  assert.equal(gone.code, 1);
  assert.ok(gone.stdout.includes(`streaming/${object}`), gone.stdout);
});

test("a file or folder that cannot be used is named, with exit code 78", async (t) => {
  const folder = temporaryFolder(t);
  const missing = await runEgx(["up", "--file", path.join(folder, "no.csv"), "--data", folder]);
  assert.equal(missing.code, 78);
  assert.match(missing.stderr, /^error\[E_FILE_MISSING\]/);
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const inFile = await runEgx(["up", "--once", "--file", file, "--data", path.join(file, "data")]);
  assert.equal(inFile.code, 78);
  assert.match(inFile.stderr, /^error\[E_CONFIG\] the data folder/);
});

test("silver that cannot be written ends egx silver at once, and is waited for by egx up", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const data = path.join(folder, "data");
  const silver = path.join(data, "lake", "silver");
  mkdirSync(path.dirname(silver), { recursive: true });
  // It leads to itself, which stops root too.
  symlinkSync("silver", silver);
  const feed = ["--feed", "recorded", "--file", file, "--data", data];
  for (const stage of [
    ["producer", ...feed],
    ["consumer", "--once", "--data", data],
  ]) {
    assert.equal((await runEgx(stage)).code, 0);
  }
  const alone = await runEgx(["silver", "--data", data]);
  assert.equal(alone.code, 78);
  assert.match(alone.stderr, /^error\[E_LAKE_FOLDER\] silver\//);

  const up = startEgx(["up", ...feed, "--speed", "100000", "--port", "0"]);
  await up.told(/silver build: .*tried again/);
  rmSync(silver);
  while (!existsSync(path.join(silver, "_built.json"))) await setTimeout(50);
  up.child.kill("SIGTERM");
  assert.equal((await up.ended).code, 0);
});

test("the stages run one by one as well", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const at = ["--data", path.join(folder, "data"), "--json"];
  const published = await runEgx(["producer", "--file", file, ...at]);
  assert.equal(published.code, 0, published.stderr);
  assert.equal(
    z.object({ published: z.number() }).parse(JSON.parse(published.stdout)).published,
    40,
  );
  const behind = await runEgx(["lag", ...at]);
  assert.equal(
    z.object({ lagRecords: z.number() }).parse(JSON.parse(behind.stdout)).lagRecords,
    40,
  );
  const stored = await runEgx(["consumer", "--once", "--compress", "zstd", ...at]);
  assert.equal(stored.code, 0, stored.stderr);
  assert.equal(z.object({ stored: z.number() }).parse(JSON.parse(stored.stdout)).stored, 40);
  const built = await runEgx(["silver", ...at]);
  assert.equal(built.code, 0, built.stderr);
  assert.equal(z.object({ bars: z.number() }).parse(JSON.parse(built.stdout)).bars, 40);
  const rank = ["--source-rank", "kaggle=csv,yahoo", "--adjusted-rank", "none,splits"];
  assert.equal((await runEgx(["silver", ...rank, ...at])).code, 0);
  const rebuilt = await runEgx(["silver", "--rebuild", ...at]);
  assert.equal(z.object({ bars: z.number() }).parse(JSON.parse(rebuilt.stdout)).bars, 40);
  const state = readFileSync(path.join(folder, "data/lake/silver/_built.json"), "utf8");
  assert.deepEqual(z.object({ rank: z.unknown() }).parse(JSON.parse(state)).rank, {
    sources: [["kaggle", "csv"], ["yahoo"]],
    adjusted: ["none", "splits"],
  });
});
