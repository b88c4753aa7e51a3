/**
 * The warehouse's tests at length: `npm run test:dbt`.
 *
 * Installs dbt for DuckDB and for Spark and MinIO where they are missing, and runs test/warehouse with
 * all symbols and years and with every test on Spark, too. Needs the files of real bars (EGX_SHARED, or
 * ../shared) and Java 17. Prints what each step took.
 */
import { runAtLength } from "./at-length.ts";

runAtLength({
  name: "test:dbt",
  parts: ["minio", "mc", "py-dbt", "py-dbt-spark"],
  folder: "test/warehouse",
  env: { EGX_DBT_LONG: "1" },
});
