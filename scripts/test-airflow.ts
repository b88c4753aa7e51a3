/**
 * Airflow's tests from a bare machine: `npm run test:airflow`.
 *
 * Installs Airflow, dbt, Kafka and MinIO where they are missing and runs test/airflow. Prints what
 * each step took.
 */
import { runAtLength } from "./at-length.ts";

runAtLength({
  name: "test:airflow",
  parts: ["kafka", "minio", "mc", "py-dbt", "py-airflow"],
  folder: "test/airflow",
});
