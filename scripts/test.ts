/**
 * Runs the test suite: `npm test [-- --ci] [-- PATTERN …]`.
 *
 * Every `test/**\/*.test.ts` runs once; files named `*.tz.test.ts` run again under three more time
 * zones. `--ci`, or CI=true, asks for the long forms (EGX_TEST_LONG=1), installs the real parts that
 * tests start, and fails when a test was skipped for a reason that is not allowed there. PATTERN
 * keeps the files whose path contains it. The slowest files and all skips are named at the end.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
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
const slowestCount = 15;
/** One more than CI has cores: most of the long files wait for servers a good part of their time. */
const filesAtOnce = 3;

interface Skip {
  readonly name: string;
  readonly reason: string;
}

/** What the reporter told of all runs. */
interface Told {
  readonly skips: Skip[];
  /** How long each file took, in all zones together. */
  readonly milliseconds: Map<string, number>;
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
const javaFolder = join(scratch, "java");
mkdirSync(javaFolder);
/**
 * Tests start some thousand processes that live for moments: Node keeps what it compiled of the
 * sources, and Java takes its quick compiler alone, which halves a broker's start. What Spark
 * leaves behind when it is killed goes with the run's own folder.
 */
const quickStarts = {
  NODE_COMPILE_CACHE: join(scratch, "compiled"),
  JAVA_TOOL_OPTIONS: `-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.io.tmpdir=${javaFolder}`,
};
try {
  process.exitCode = main() ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function main(): boolean {
  if (ci && patterns.length === 0 && !installParts()) return false;
  const zoned = files.filter((file) => file.endsWith(".tz.test.ts"));
  const told: Told = { skips: [], milliseconds: new Map() };
  let passed = true;
  for (const zone of zones) {
    if (zoned.length > 0) passed = run(zone, zoned, told) && passed;
  }
  passed = run("UTC", files, told) && passed;
  reportSlowest(told.milliseconds);
  return reportSkips(told.skips) && passed;
}

/** Real parts are installed once and kept; see scripts/services.ts. */
function installParts(): boolean {
  const arguments_ = ["scripts/services.ts", "install", ...parts];
  const result = spawnSync(process.execPath, arguments_, { stdio: "inherit" });
  if (result.status !== 0) console.error(`the real parts could not be installed`);
  return result.status === 0;
}

/** Runs `paths` under one zone; true when all passed. */
function run(zone: string, paths: readonly string[], told: Told): boolean {
  console.log(`TZ=${zone}: ${paths.length} files`);
  const reportFile = join(scratch, `${zone.replaceAll("/", "-")}.ndjson`);
  const result = spawnSync(
    process.execPath,
    [
      "--test",
      `--test-concurrency=${filesAtOnce}`,
      `--test-timeout=${fileTimeoutMs}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=./scripts/test-reporter.ts",
      `--test-reporter-destination=${reportFile}`,
      ...paths,
    ],
    {
      stdio: "inherit",
      env: { ...quickStarts, ...process.env, TZ: zone, ...(ci ? { EGX_TEST_LONG: "1" } : {}) },
    },
  );
  readReport(reportFile, told);
  return result.status === 0;
}

function readReport(path: string, { skips, milliseconds }: Told): void {
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "") continue;
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) throw new TypeError(`no report: ${line}`);
    if ("name" in value && "reason" in value) {
      skips.push({ name: String(value.name), reason: String(value.reason) });
    } else if ("file" in value && "milliseconds" in value) {
      const file = relative(process.cwd(), String(value.file));
      milliseconds.set(file, (milliseconds.get(file) ?? 0) + Number(value.milliseconds));
    } else throw new TypeError(`the reporter wrote a line of another form: ${line}`);
  }
}

function reportSlowest(milliseconds: ReadonlyMap<string, number>): void {
  if (milliseconds.size < slowestCount) return;
  console.log("slowest files:");
  const slowest = [...milliseconds].toSorted(([, one], [, other]) => other - one);
  for (const [file, each] of slowest.slice(0, slowestCount)) {
    console.log(`${(each / 1000).toFixed(1).padStart(8)} s  ${file}`);
  }
}

/** Names what was skipped; false when something was that had to run. */
function reportSkips(skips: readonly Skip[]): boolean {
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
