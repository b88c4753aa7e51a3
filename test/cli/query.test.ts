import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { z } from "../../src/base/schema.ts";
import { hasEscape, mainFile, minuteBars, runEgx } from "./run-egx.ts";

const folder = mkdtempSync(path.join(tmpdir(), "egx-cli-query-"));
const data = path.join(folder, "data");
after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  const file = path.join(folder, "bars.csv");
  writeFileSync(file, minuteBars());
  const made = await runEgx(["up", "--once", "--file", file, "--data", data]);
  assert.equal(made.code, 0, made.stderr);
});

const refused: readonly string[] = [
  "drop table bars",
  "select * from read_text('/etc/passwd')",
  "copy bars to '/tmp/x.csv'",
  "attach '/tmp/x.db'",
  "set enable_external_access = true",
  "select 1; select 2",
];

for (const sql of refused) {
  test(`a query that does more than read is refused: ${sql}`, async () => {
    const { code, stdout, stderr } = await runEgx(["query", "--data", data, "-"], { input: sql });
    assert.equal(code, 64, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^error\[E_QUERY_REFUSED\]/);
  });
}

test("a wrong query is an error with exit code 1", async () => {
  const { code, stdout, stderr } = await runEgx(["query", "--data", data, "select nope from bars"]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^error\[E_QUERY\]/);
});

test("a table in a pipe is whole, aligned and plain; its footer is on standard error", async () => {
  const sql = "select symbol, close, volume from bars order by symbol, close";
  const { code, stdout, stderr } = await runEgx(["query", "--data", data, sql]);
  assert.equal(code, 0, stderr);
  assert.ok(!hasEscape(stdout + stderr));
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 41);
  assert.equal(lines[0], "symbol  close  volume");
  assert.equal(lines[2], "COMI    80.01    1001");
  assert.match(stderr, /^40 rows, [\d,]+ ms$/m);
  const forced = await runEgx(["query", "--data", data, sql], { env: { FORCE_COLOR: "1" } });
  assert.ok(hasEscape(forced.stdout));
  const refusedColour = await runEgx(["query", "--data", data, sql], { env: { NO_COLOR: "1" } });
  assert.equal(refusedColour.stdout, stdout);
});

test("CSV quotes what needs it and tells null from an empty text", async () => {
  const sql = `select 'a,"b"' as "x,y", '' as e, null as n, [1, 2] as list`;
  const { stdout } = await runEgx(["query", "--data", data, "--format", "csv", sql]);
  assert.equal(stdout, '"x,y",e,n,list\n"a,""b""","",,"[1,2]"\n');
});

test("JSON keeps columns of one name apart", async () => {
  const { stdout } = await runEgx(["query", "--data", data, "--json", "select 1 a, 2 a, null b"]);
  const [row = {}] = z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(stdout));
  assert.equal(new Set(Object.keys(row)).size, 3);
  assert.deepEqual(Object.values(row), [1, 2, null]);
});

test("Parquet goes to a file or a pipe, and files get their names when they are whole", async () => {
  const file = path.join(folder, "bars.parquet");
  const parquet = ["query", "--data", data, "--format", "parquet", "--output", file];
  const written = await runEgx([...parquet, "select * from bars"]);
  assert.equal(written.code, 0, written.stderr);
  assert.equal(readFileSync(file).subarray(0, 4).toString(), "PAR1");
  const piped = await runEgx(["query", "--data", data, "--format", "parquet", "select 1 one"]);
  assert.equal(piped.stdout.slice(0, 4), "PAR1");

  const csv = path.join(folder, "bars.csv.out");
  const select = "select symbol from bars";
  await runEgx(["query", "--data", data, "--format", "csv", "--output", csv, select]);
  assert.equal(readFileSync(csv, "utf8").split("\n").length, 42);
  assert.ok(!existsSync(`${csv}.part`));
  const nowhere = path.join(folder, "no", "where.csv");
  const lost = await runEgx(["query", "--data", data, "--output", nowhere, select]);
  assert.equal(lost.code, 78);
  assert.match(lost.stderr, /^error\[E_FILE_MISSING\]/);
  const wrong = await runEgx(["query", "--data", data, "--output", csv, "select nope from bars"]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^error\[E_QUERY\]/);
});

test("--as-of shows the bars as they were known then", async () => {
  const at = ["query", "--data", data, "--format", "csv", "select count(*) n from bars"];
  assert.equal((await runEgx([...at, "--as-of", "2020-01-01"])).stdout, "n\n0\n");
  assert.equal((await runEgx([...at, "--as-of", "2099-01-01T00:00:00Z"])).stdout, "n\n40\n");
  assert.equal((await runEgx([...at, "--as-of", "yesterday"])).code, 64);
});

test("a reader that goes away ends the query quietly", async () => {
  const args = ["query", "--data", data, "--format", "csv", "select * from bars a, bars b, bars c"];
  const child = spawn(process.execPath, [mainFile, ...args]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0);
  assert.equal(stderr, "");
});
