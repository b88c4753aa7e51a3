import { copyFileSync, existsSync, globSync, mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { lakeAddress, type LakeAddress } from "../../src/cli/config/addresses.ts";
import { readConfig, type Environment } from "../../src/cli/config/read.ts";
import { schemas } from "../../src/cli/config/schemas.ts";
import {
  dbtProject,
  dbtSparkProject,
  installPythonProject,
  pythonOf,
  type PythonProject,
} from "./python.ts";
import { needTools, ServiceError } from "./tools.ts";

/** How dbt is to be run on a lake. */
export interface DbtRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The targets of warehouse/profiles.yml. */
const targets = ["duckdb", "duckdb_s3", "spark"] as const;
type Target = (typeof targets)[number];

/**
 * dbt's arguments and environment for the lake that the environment names as it does for `egx`
 * (EGX_LAKE, EGX_BUCKET, MINIO_ENDPOINT, AWS_…). Installs dbt on its first run.
 *
 * What dbt writes goes to EGX_WAREHOUSE: else beside the lake if that is a folder, else to
 * ./data/warehouse.
 * @throws EgxError with E_USAGE for a strange address; ServiceError when dbt cannot be installed.
 */
export async function prepareDbt(args: readonly string[], from: Environment): Promise<DbtRun> {
  const { config, origins } = readConfig(schemas.silver, new Map(), from);
  const lake = lakeAddress(config, origins);
  const target = targetOf(args) ?? (lake.kind === "s3" ? "duckdb_s3" : "duckdb");
  checkLake(lake, target);
  const project = target === "spark" ? dbtSparkProject : dbtProject;
  await installPythonProject(project);
  const root = lake.kind === "s3" ? lake.address.replace(/\/+$/, "") : resolve(lake.address);
  const beside = lake.kind === "s3" ? "data/warehouse" : join(dirname(root), "warehouse");
  const given = from["EGX_WAREHOUSE"] ?? "";
  const warehouse = resolve(given === "" ? beside : given);
  mkdirSync(warehouse, { recursive: true });
  return {
    // The environment was moved into its place, and its programs name the one before.
    command: pythonOf(project),
    args: ["-c", "from dbt.cli.main import cli; cli(prog_name='dbt')", ...args],
    env: {
      EGX_LAKE: root,
      EGX_WAREHOUSE: warehouse,
      EGX_DBT_TARGET: target,
      DBT_PROJECT_DIR: dbtProject.folder,
      DBT_PROFILES_DIR: dbtProject.folder,
      DBT_TARGET_PATH: join(warehouse, "dbt", target),
      DBT_LOG_PATH: join(warehouse, "dbt", "logs"),
      DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
      DO_NOT_TRACK: "1",
      ...(target === "spark" ? sparkEnvironment() : {}),
      ...(lake.kind === "s3" ? s3Environment(lake.endpoint, from) : {}),
      ...(target === "duckdb_s3" ? { EGX_DUCKDB_EXTENSIONS: extensionFolder(project) } : {}),
    },
  };
}

/** @throws ServiceError when the target cannot read the lake. */
function checkLake(lake: LakeAddress, target: Target): void {
  if (lake.kind === "folder" && !existsSync(lake.address)) {
    throw new ServiceError(`there is no lake in ${lake.address}: set EGX_LAKE`);
  }
  if ((target === "duckdb_s3") === (lake.kind === "s3")) return;
  const what = target === "duckdb_s3" ? "in a bucket" : "in a folder";
  throw new ServiceError(`the target ${target} reads a lake ${what}, and not ${lake.address}`);
}

/** The target that dbt's own flag names, or null. */
function targetOf(args: readonly string[]): Target | null {
  const place = args.findIndex((argument) => /^(--target|-t)(=|$)/.test(argument));
  const given = args[place]?.split("=")[1] ?? (place < 0 ? undefined : args[place + 1]);
  const target = targets.find((known) => known === given);
  if (given === undefined || target !== undefined) return target ?? null;
  throw new ServiceError(`there is no target ${given}; known: ${targets.join(", ")}`);
}

/** What profiles.yml asks for, of an endpoint as `egx` knows it; null is AWS. */
function s3Environment(endpoint: string | null, from: Environment): Record<string, string> {
  const region = from["AWS_REGION"] ?? from["AWS_DEFAULT_REGION"] ?? "us-east-1";
  if (endpoint === null) return { AWS_REGION: region };
  const url = new URL(endpoint);
  const named = (from["AWS_ACCESS_KEY_ID"] ?? "") !== "";
  const unguarded = !named && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  return {
    AWS_REGION: region,
    EGX_S3_HOST: url.host,
    EGX_S3_URL_STYLE: "path",
    EGX_S3_SSL: String(url.protocol === "https:"),
    ...(unguarded ? { AWS_ACCESS_KEY_ID: "minioadmin", AWS_SECRET_ACCESS_KEY: "minioadmin" } : {}),
  };
}

/** @throws ServiceError when there is no Java. */
function sparkEnvironment(): Record<string, string> {
  needTools("the target spark", ["java"]);
  return { SPARK_LOCAL_IP: "127.0.0.1", SPARK_CONF_DIR: join(dbtProject.folder, "spark-conf") };
}

/** Puts DuckDB's httpfs where DuckDB looks for it: the Python package keeps it elsewhere. */
function extensionFolder(project: PythonProject): string {
  const venv = dirname(dirname(pythonOf(project)));
  const pattern = "lib/python*/site-packages/duckdb_extension_httpfs/extensions/*/*";
  const found = globSync(pattern, { cwd: venv })[0];
  if (found === undefined) throw new ServiceError("DuckDB's httpfs is not in the environment");
  const folder = join(dirname(venv), "extensions");
  // The package holds the one for this machine.
  const system = process.platform === "darwin" ? "osx" : "linux";
  const platform = `${system}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const file = join(folder, basename(dirname(found)), platform, basename(found));
  if (existsSync(file)) return folder;
  mkdirSync(dirname(file), { recursive: true });
  // Renamed into its place, so that no other run finds half of it.
  const unfinished = `${file}.${process.pid}`;
  copyFileSync(join(venv, found), unfinished);
  renameSync(unfinished, file);
  return folder;
}
