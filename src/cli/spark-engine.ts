import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { SparkJob } from "../silver/spark-job.ts";
import type { LakeAddress } from "./config/addresses.ts";
import type { Environment } from "./config/read.ts";

/** The job; in a clone and in the package it lies beside src/ and dist/. */
const script = fileURLToPath(new URL("../../spark/silver.py", import.meta.url));

export interface SparkAsked {
  readonly address: LakeAddress;
  readonly rebuild: boolean;
  /** `spark-submit`; else that of `npm run py:setup`, else the one on PATH. */
  readonly submit: string | undefined;
  /** Keys for the store where the environment names none. */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  readonly environment: Environment;
}

/** What starts Spark for a lake: arguments without secrets, and the environment with them. */
export function sparkCommand(asked: SparkAsked): Pick<SparkJob, "submit" | "args" | "environment"> {
  const { address, environment, keys } = asked;
  const submit = asked.submit ?? newest(environment, "py-spark", "venv/bin/spark-submit");
  const jars = newest(environment, "spark-s3a", "jars");
  const s3 = address.kind === "s3";
  const lake = s3 ? address.address : resolve(address.address);
  const endpoint = s3 && address.endpoint !== null ? ["--endpoint", address.endpoint] : [];
  return {
    submit: submit ?? "spark-submit",
    args: [
      "--master",
      environment["SPARK_MASTER"] ?? `local[${availableParallelism()}]`,
      ...(s3 && jars !== null ? ["--driver-class-path", join(jars, "*")] : []),
      script,
      "--once",
      "--lake",
      lake,
      ...endpoint,
      ...(asked.rebuild ? ["--rebuild"] : []),
    ],
    environment: {
      ...environment,
      ...(submit === null ? {} : pythonBeside(submit, environment)),
      // Spark would listen on all interfaces otherwise.
      SPARK_LOCAL_IP: environment["SPARK_LOCAL_IP"] ?? "127.0.0.1",
      SPARK_LOCAL_HOSTNAME: environment["SPARK_LOCAL_HOSTNAME"] ?? "localhost",
      ...(keys === null
        ? {}
        : { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey }),
    },
  };
}

/** The Python of the environment that a spark-submit belongs to. */
function pythonBeside(submit: string, environment: Environment): Environment {
  const folder = dirname(submit);
  const python = join(folder, "python");
  if (!existsSync(python)) return {};
  return {
    PATH: `${folder}${delimiter}${environment["PATH"] ?? ""}`,
    PYSPARK_PYTHON: python,
    PYSPARK_DRIVER_PYTHON: python,
  };
}

/** A path in the newest version of a part that `npm run py:setup` made; null without one. */
function newest(environment: Environment, part: string, path: string): string | null {
  const given = environment["EGX_CACHE"];
  const cache =
    given === undefined || given === "" ? join(homedir(), ".cache/egx-pipeline") : given;
  const parts = join(cache, "parts");
  const found = (existsSync(parts) ? readdirSync(parts) : [])
    .filter((name) => name.startsWith(`${part}-`))
    .map((name) => join(parts, name, path))
    .filter((candidate) => existsSync(candidate))
    .toSorted((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  return found[0] ?? null;
}
