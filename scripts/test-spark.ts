/**
 * Silver by Spark at length: `npm run test:spark`. Installs what it needs (Spark, S3A, MinIO), then
 * runs test/spark/ with the driver killed ten times, and prints how long each part took.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import process from "node:process";

const parts = ["minio", "mc", "py-spark", "spark-s3a"];
const steps: readonly (readonly [string, readonly string[]])[] = [
  ["set-up", ["scripts/services.ts", "install", ...parts]],
  ["tests", ["--test", "--test-concurrency=1", ...globSync("test/spark/*.test.ts").toSorted()]],
];

for (const [name, args] of steps) {
  const began = performance.now();
  const environment = { ...process.env, EGX_TEST_SPARK_KILLS: "10", EGX_TEST_LONG: "1" };
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit", env: environment });
  console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (status !== 0) {
    process.exitCode = 1;
    break;
  }
}
