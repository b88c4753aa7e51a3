import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { z } from "../../src/base/schema.ts";
import { commands } from "../../src/cli/commands.ts";
import { runEgx, temporaryFolder } from "./run-egx.ts";

/** What each command needs beside --json, in a folder where nothing was ever run. */
const args: Readonly<Record<string, readonly string[]>> = {
  up: ["--once", "--feed", "simulator", "--interval", "1d"],
  producer: ["--feed", "simulator", "--interval", "1d"],
  consumer: ["--once"],
  query: ["select 1 one"],
  "dlq show": ["0:0"],
  "dlq waive": ["0:0", "--reason", "a test"],
  backfill: [
    "--feed",
    "simulator",
    "--interval",
    "1d",
    "--from",
    "2025-01-05",
    "--to",
    "2025-01-09",
  ],
  "import csv": ["nowhere.csv"],
  "import parquet": ["nowhere.parquet"],
  trace: ["COMI", "2025-01-05"],
  capture: ["--symbols", "COMI", "--for", "1", "--output", "frames.ndjson"],
};
const makers = new Set([
  "up",
  "producer",
  "consumer",
  "backfill",
  "import csv",
  "import parquet",
  "topics create",
]);
/** Commands that answer although there is nothing yet. */
const knowing = new Set(["doctor", "calendar", "symbols", "status"]);
/** How a command ends that has nothing to work on yet. */
const nothingYet = new Set([
  "E_LOG_FOLDER",
  "E_LAKE_MISSING",
  "E_FILE_MISSING",
  "E_FEED_UNREACHABLE",
  // verify-upload has to be told a bucket and a role.
  "E_USAGE",
]);
const errorLine = z.object({ error: z.object({ code: z.string(), exitCode: z.number() }) });

for (const { name } of commands) {
  test(`egx ${name} --json in its first run: a document, or an error and nothing else`, async (t) => {
    const cwd = temporaryFolder(t);
    const { code, stdout, stderr } = await runEgx(
      [...name.split(" "), ...(args[name] ?? []), "--json"],
      { cwd },
    );
    if (code === 0) {
      assert.ok(makers.has(name) || knowing.has(name));
      JSON.parse(stdout);
      return;
    }
    assert.equal(stdout, "");
    const { error } = errorLine.parse(JSON.parse(stderr));
    assert.equal(error.exitCode, code);
    assert.ok(nothingYet.has(error.code), error.code);
    if (makers.has(name)) return;
    assert.deepEqual(readdirSync(cwd), [], "who only looks leaves nothing behind");
  });
}

test("every --json document parses once there is data, and carries no notice", async (t) => {
  const cwd = temporaryFolder(t);
  const made = await runEgx(
    ["up", "--once", "--feed", "simulator", "--interval", "1d", "--data", "d"],
    {
      cwd,
    },
  );
  assert.equal(made.code, 0, made.stderr);
  for (const line of [
    ["query", "select * from bars limit 3"],
    ["query", "select * from bars limit 0"],
    ["verify"],
    ["verify", "--fast"],
    ["lag"],
    ["topics", "list"],
    ["topics", "describe"],
    ["topics", "create"],
    ["dlq", "list"],
    ["silver"],
    ["doctor"],
    ["consumer", "--once"],
  ]) {
    const { code, stdout, stderr } = await runEgx([...line, "--json", "--data", "d"], { cwd });
    assert.equal(code, 0, `${line.join(" ")}: ${stderr}`);
    JSON.parse(stdout);
    for (const notice of stderr.split("\n").filter((text) => text !== "")) JSON.parse(notice);
  }
});

test("doctor names what is wrong and how to mend it", async (t) => {
  const cwd = temporaryFolder(t);
  const good = await runEgx(["doctor"], { cwd });
  assert.equal(good.code, 0, good.stdout);
  for (const part of ["node", "time zone", "clock", "log folder", "lake folder"]) {
    assert.match(good.stdout, new RegExp(`^ok +${part} `, "m"));
  }
  assert.deepEqual(readdirSync(cwd), []);
  const bad = await runEgx(["doctor", "--data", "/proc/nowhere"], { cwd });
  assert.equal(bad.code, 78);
  assert.match(bad.stdout, /^fail +log folder /m);
  assert.match(bad.stdout, /^ +fix: /m);
});
