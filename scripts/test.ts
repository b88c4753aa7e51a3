/**
 * Runs the test suite: `npm test [-- --ci] [-- PATTERN …]`.
 *
 * Every `test/**\/*.test.ts` runs once; files named `*.tz.test.ts` run again under three more time
 * zones. `--ci`, or CI=true, asks for the long forms (EGX_TEST_LONG=1), installs the real parts that
 * tests start, and fails when a test was skipped for a reason that is not allowed there. PATTERN
 * keeps the files whose path contains it. Skips are counted and named at the end.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { allowedSkips } from "./allowed-skips.ts";

const zones = ["America/Los_Angeles", "Africa/Cairo", "Asia/Tokyo"];
const parts = [
  "kafka",
  "minio",
  "mc",
  "versitygw",
  "toxiproxy",
  "prometheus",
  "alertmanager",
  "chromium",
  "py-interop",
  "py-dbt",
  "py-dbt-spark",
  "py-airflow",
  "py-spark",
  "spark-s3a",
];
const fileTimeoutMs = 45 * 60_000;

interface Skip {
  readonly name: string;
  readonly reason: string;
}

const given = process.argv.slice(2);
const ci = given.includes("--ci") || process.env["CI"] === "true";
const patterns = given.filter((argument) => !argument.startsWith("--"));
const files = globSync("test/**/*.test.ts")
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .toSorted();
if (files.length === 0) {
  console.error(`no test file matches ${patterns.join(" ")}`);
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), "egx-test-"));
try {
  process.exitCode = main() ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function main(): boolean {
  if (ci && patterns.length === 0 && !installParts()) return false;
  const zoned = files.filter((file) => file.endsWith(".tz.test.ts"));
  const skips: Skip[] = [];
  let passed = true;
  for (const zone of zones) {
    if (zoned.length > 0) passed = run(zone, zoned, skips) && passed;
  }
  passed = run("UTC", files, skips) && passed;
  return report(skips) && passed;
}

/** Real parts are installed once and kept; see scripts/services.ts. */
function installParts(): boolean {
  const arguments_ = ["scripts/services.ts", "install", ...parts];
  const result = spawnSync(process.execPath, arguments_, { stdio: "inherit" });
  if (result.status !== 0) console.error(`the real parts could not be installed`);
  return result.status === 0;
}

/** Runs `paths` under one zone; true when all passed. */
function run(zone: string, paths: readonly string[], skips: Skip[]): boolean {
  console.log(`TZ=${zone}: ${paths.length} files`);
  const skipFile = join(scratch, `${zone.replaceAll("/", "-")}.ndjson`);
  const result = spawnSync(
    process.execPath,
    [
      "--test",
      "--test-concurrency=2",
      `--test-timeout=${fileTimeoutMs}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=./scripts/skip-reporter.ts",
      `--test-reporter-destination=${skipFile}`,
      ...paths,
    ],
    {
      stdio: "inherit",
      env: { ...process.env, TZ: zone, ...(ci ? { EGX_TEST_LONG: "1" } : {}) },
    },
  );
  skips.push(...readSkips(skipFile));
  return result.status === 0;
}

function readSkips(file: string): Skip[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => parseSkip(JSON.parse(line)));
}

function parseSkip(value: unknown): Skip {
  if (typeof value !== "object" || value === null || !("name" in value) || !("reason" in value)) {
    throw new TypeError("the skip reporter wrote a line of another form");
  }
  return { name: String(value.name), reason: String(value.reason) };
}

/** Names what was skipped; false when something was that had to run. */
function report(skips: readonly Skip[]): boolean {
  const distinct = new Map(skips.map((skip) => [`${skip.name}: ${skip.reason}`, skip]));
  console.log(`skipped: ${distinct.size}`);
  let allowed = true;
  for (const [text, { reason }] of distinct) {
    const fine = allowedSkips.some((pattern) => pattern.test(reason));
    if (!fine) allowed = false;
    console.log(`  ${ci && !fine ? "NOT ALLOWED  " : ""}${text}`);
  }
  if (ci && !allowed) console.error("tests were skipped that have to run here");
  return !ci || allowed;
}
