import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";

test("docs/cli.md and docs/errors.md are as the source has them", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/docs.ts", "--check"], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
});
