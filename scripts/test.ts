/**
 * Runs the test suite: `npm test [-- --ci] [-- PATTERN …]`.
 *
 * Every `test/**\/*.test.ts` runs once; files named `*.tz.test.ts` run again under three more time
 * zones. `--ci` asks for the long forms (EGX_TEST_LONG=1) and fails when a test is skipped that
 * ought to have run there. PATTERN keeps the files whose path contains it.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import process from "node:process";

const zones = ["UTC", "Africa/Cairo", "America/Los_Angeles", "Asia/Tokyo"];
const arguments_ = process.argv.slice(2);
const long = arguments_.includes("--ci");
const patterns = arguments_.filter((argument) => !argument.startsWith("--"));

const files = globSync("test/**/*.test.ts")
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .toSorted();
if (files.length === 0) {
  console.error(`no test file matches ${patterns.join(" ")}`);
  process.exit(1);
}
const zoned = files.filter((file) => file.endsWith(".tz.test.ts"));

let failed = false;
for (const zone of zones.slice(1)) {
  if (zoned.length > 0) failed = run(zone, zoned) || failed;
}
failed = run("UTC", files) || failed;
process.exitCode = failed ? 1 : 0;

/** Runs `paths` under one zone; true when a test failed. */
function run(zone: string, paths: readonly string[]): boolean {
  console.log(`TZ=${zone}: ${paths.length} files`);
  const result = spawnSync(
    process.execPath,
    ["--test", "--test-concurrency=2", "--test-timeout=900000", "--test-reporter=spec", ...paths],
    {
      stdio: "inherit",
      env: { ...process.env, TZ: zone, ...(long ? { EGX_TEST_LONG: "1" } : {}) },
    },
  );
  return result.status !== 0;
}
