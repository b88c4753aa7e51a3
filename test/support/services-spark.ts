import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { createInterface } from "node:readline";
import process from "node:process";
import { installPythonProject, sparkProject } from "../../scripts/services/python.ts";
import {
  installSparkS3a,
  sparkIsInstalled,
  sparkSubmitPath,
} from "../../scripts/services/spark.ts";
import type { S3Store } from "./services-minio.ts";
import { sparkCommand } from "../../src/cli/spark-engine.ts";
import type { LakeAddress } from "../../src/cli/config/addresses.ts";
import { mustRunServices } from "./services-kafka.ts";

/** Why tests on Spark do not run here, or false when they do. */
export const skipWithoutSpark: string | false =
  sparkIsInstalled() || mustRunServices()
    ? false
    : "Spark is not installed: npm run services -- install py-spark spark-s3a";

/** Brings Spark where it is to be there. */
export async function sparkForFile(): Promise<void> {
  if (skipWithoutSpark !== false) return;
  await installPythonProject(sparkProject);
  await installSparkS3a();
}

/** For short jobs: the quick compiler alone halves what they take. `npm test` has options of its own. */
export const sparkEnvironment: Readonly<Record<string, string | undefined>> = {
  JAVA_TOOL_OPTIONS: "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
  ...process.env,
};

export interface SparkEvent {
  readonly event: string;
  readonly [fact: string]: unknown;
}

export interface SparkRun {
  readonly address: LakeAddress;
  readonly store?: S3Store;
  readonly args?: readonly string[];
  /** The driver is killed this long after the event of this name. */
  readonly kill?: { readonly event: string; readonly afterMs: number };
  /** Told of each event while the job runs. */
  readonly onEvent?: (event: SparkEvent) => void;
}

export interface SparkEnd {
  readonly events: readonly SparkEvent[];
  readonly killed: boolean;
  readonly status: number | null;
  readonly errorText: string;
}

/** Runs spark/silver.py by spark-submit to its end, or kills all of its processes on the way. */
export async function runSpark(run: SparkRun): Promise<SparkEnd> {
  const { address, store, args = [], kill, onEvent } = run;
  const command = sparkCommand({
    address,
    rebuild: false,
    submit: sparkSubmitPath(),
    keys: store === undefined ? null : { accessKeyId: store.user, secretAccessKey: store.password },
    environment: sparkEnvironment,
  });
  // A process group of its own: the driver is the JVM and the Python that it starts.
  const child = spawn(command.submit, [...command.args, ...args], {
    env: command.environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  let errorText = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errorText += text));
  const events: SparkEvent[] = [];
  let killed = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = eventOf(line);
    if (event === null) return;
    events.push(event);
    onEvent?.(event);
    if (kill === undefined || killed || event.event !== kill.event) return;
    killed = true;
    void sleep(kill.afterMs).then(() => killGroup(child));
  });
  return { status: await ended, events, killed, errorText };
}

function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
}

function eventOf(line: string): SparkEvent | null {
  if (!line.startsWith("{")) return null;
  const value: unknown = JSON.parse(line);
  const isEvent = typeof value === "object" && value !== null && "event" in value;
  return isEvent ? { ...value, event: String(value.event) } : null;
}
