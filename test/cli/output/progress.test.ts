import assert from "node:assert/strict";
import { test } from "node:test";
import { progressText } from "../../../src/cli/output/progress.ts";

test("a bar is as full as the work is done, and says what is left", () => {
  const half = `${"█".repeat(12)}${"░".repeat(12)}`;
  assert.equal(progressText(500, 1_000, 75), `${half} 500/1,000  50%  1 min 15 s left`);
  assert.equal(progressText(999, 1_000, Number.NaN), `${"█".repeat(23)}░ 999/1,000  99%`);
});

test("without a known end there is no bar, least of all a full one", () => {
  assert.equal(progressText(0, null, 0), "0");
  assert.equal(progressText(12_345, null, 0), "12,345");
  assert.equal(progressText(0, 0, 0), "0");
});
