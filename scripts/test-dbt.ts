/**
 * The warehouse's tests at length: `npm run test:dbt`.
 *
 * Installs dbt for DuckDB and for Spark and MinIO where they are missing, and runs test/warehouse with
 * all symbols and years and with every test on Spark, too. Needs the files of real bars (EGX_SHARED, or
 * ../shared) and Java 17. Prints what each step took.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import process from "node:process";

const began = performance.now();
const parts = ["minio", "mc", "py-dbt", "py-dbt-spark"];
process.exitCode =
  step("set-up", ["scripts/services.ts", "install", ...parts]) &&
  globSync("test/warehouse/*.test.ts")
    .toSorted()
    .every((file) => step(file, ["--test", "--test-reporter=spec", file]))
    ? 0
    : 1;
console.log(`test:dbt: ${seconds(began)} s`);

/** Runs Node to its end and says how long it took; whether it went well. */
function step(name: string, args: readonly string[]): boolean {
  const start = performance.now();
  const env = { ...process.env, EGX_DBT_LONG: "1", EGX_TEST_LONG: "1" };
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit", env });
  console.log(`${name}: ${status === 0 ? "done" : "failed"} in ${seconds(start)} s`);
  return status === 0;
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
