/**
 * Runs dbt on the warehouse: `npm run dbt -- build [dbt's own flags]`.
 *
 * The lake is the one that `egx` takes from the environment: EGX_LAKE (a folder or s3://bucket),
 * EGX_BUCKET, else ./data/lake. Marts go to EGX_WAREHOUSE, else to `warehouse` beside the lake.
 * `--target spark` builds the same marts with Spark. dbt is installed on the first run. The exit
 * code is dbt's: 0 done, 1 a model or a test failed, 2 wrong usage; 78 wrong set-up. docs/warehouse.md says more.
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { EgxError } from "../src/base/errors.ts";
import { prepareDbt } from "./services/dbt.ts";
import { ServiceError } from "./services/tools.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const run = await prepareDbt(args, process.env);
    const env = { ...process.env, ...run.env };
    const result = spawnSync(run.command, run.args, { stdio: "inherit", env });
    if (result.error !== undefined) throw result.error;
    return result.status ?? 1;
  } catch (error) {
    if (!(error instanceof ServiceError) && !(error instanceof EgxError)) throw error;
    console.error(error.message);
    return 78;
  }
}
