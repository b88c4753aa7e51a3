/**
 * Silver by Spark at length: `npm run test:spark`. Installs what it needs (Spark, S3A, MinIO), then
 * runs test/spark/ with the driver killed ten times, and prints how long each part took.
 */
import { runAtLength } from "./at-length.ts";

runAtLength({
  name: "test:spark",
  parts: ["minio", "mc", "py-spark", "spark-s3a"],
  folder: "test/spark",
  env: { EGX_TEST_SPARK_KILLS: "10" },
});
