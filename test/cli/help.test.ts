import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { z } from "../../src/base/schema.ts";
import { hasEscape, runEgx } from "./run-egx.ts";

test("bare egx fits on a screen, groups its commands, and gives examples", async () => {
  const { code, stdout, stderr } = await runEgx([]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  assert.ok(
    lines.every((line) => line.length <= 100),
    stdout,
  );
  for (const group of ["Run", "Load", "Look", "Fix"])
    assert.match(stdout, new RegExp(`^${group} `, "m"));
  assert.equal(lines.filter((line) => /^(Start|Ask|Prove): +egx /.test(line)).length, 3);
  for (const { name } of commands) assert.ok(stdout.includes(name.split(" ")[0] ?? name), name);
});

test("egx help says in a line what each command does", async () => {
  const { code, stdout } = await runEgx(["help"]);
  assert.equal(code, 0);
  for (const { name, summary } of commands) {
    if (!name.includes(" ")) assert.match(stdout, new RegExp(`${name} +${RegExp.escape(summary)}`));
  }
  for (const spelling of ["--help", "-h"]) {
    assert.equal((await runEgx([spelling])).stdout, stdout);
  }
});

test("--version is that of package.json", async () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync("package.json", "utf8")));
  for (const asked of ["--version", "-v", "version"]) {
    const { code, stdout } = await runEgx([asked]);
    assert.deepEqual([code, stdout], [0, `${version}\n`]);
  }
});

test("a Node that is too old is told in words which one it takes", () => {
  const older =
    "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})";
  const { status, stderr } = spawnSync(process.execPath, ["--import", older, "bin/egx.js"], {
    encoding: "utf8",
  });
  assert.equal(status, 78);
  assert.match(stderr, /^error\[E_CONFIG\] egx needs Node 26 or newer[^\n]*\n {2}hint: [^\n]*\n$/);
});

for (const command of commands) {
  test(`egx ${command.name} --help has its flags and examples that are understood`, async () => {
    const { code, stdout, stderr } = await runEgx([...command.name.split(" "), "--help"]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.ok(!hasEscape(stdout));
    for (const flag of ["--json", "--log-level", "--help"]) assert.ok(stdout.includes(flag), flag);
    assert.match(stdout, /^Examples:$/m);
    const examples = stdout.split("\n").filter((line) => line.startsWith("  $ "));
    assert.deepEqual(
      examples.map((line) => line.slice(4)),
      [...command.examples],
    );
    // With --help at its end an example runs nothing, and unknown flags are still refused.
    for (const example of command.examples) {
      const egx = example.replace(/^.*\| /, "").replace(/^egx /, "");
      const words = [...egx.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, bare]) => quoted ?? bare ?? "",
      );
      assert.equal(
        command.name.split(" ").every((word, index) => words[index] === word),
        true,
      );
      const known: readonly string[] = stdout.match(/--[a-z-]+/g) ?? [];
      for (const flag of words.filter((word) => word.startsWith("--"))) {
        assert.ok(known.includes(flag), `${example}: ${flag}`);
      }
    }
  });
}

test("a group alone names its commands", async () => {
  const alone = await runEgx(["dlq"]);
  assert.equal(alone.code, 64);
  assert.match(alone.stderr, /list, show/);
  for (const group of ["topics", "import", "dlq"]) {
    const { code, stdout } = await runEgx([group, "--help"]);
    assert.equal(code, 0);
    const members = commands.filter(({ name }) => name.startsWith(`${group} `));
    for (const { examples } of members) assert.ok(stdout.includes(`  $ ${examples[0]}\n`), stdout);
    for (const flag of ["--json", "--log-level"]) assert.ok(stdout.includes(flag), flag);
  }
});
