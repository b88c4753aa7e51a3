/**
 * Airflow's tests from a bare machine: `npm run test:airflow`.
 *
 * Installs Airflow, dbt, Kafka and MinIO where they are missing and runs test/airflow. Prints what
 * each step took.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import process from "node:process";

const began = performance.now();
const parts = ["kafka", "minio", "mc", "py-dbt", "py-airflow"];
process.exitCode =
  step("set-up", ["scripts/services.ts", "install", ...parts]) &&
  globSync("test/airflow/*.test.ts")
    .toSorted()
    .every((file) => step(file, ["--test", "--test-reporter=spec", file]))
    ? 0
    : 1;
console.log(`test:airflow: ${seconds(began)} s`);

/** Runs Node to its end and says how long it took; whether it went well. */
function step(name: string, args: readonly string[]): boolean {
  const start = performance.now();
  const env = { ...process.env, EGX_TEST_LONG: "1" };
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit", env });
  console.log(`${name}: ${status === 0 ? "done" : "failed"} in ${seconds(start)} s`);
  return status === 0;
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
