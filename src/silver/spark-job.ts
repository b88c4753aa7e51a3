import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { EgxError, systemCodeOf } from "../base/errors.ts";
import { z } from "../base/schema.ts";

export interface SparkJob {
  /** What starts Spark's programs: `spark-submit`, on PATH or with its path. */
  readonly submit: string;
  readonly args: readonly string[];
  /** The whole environment of the process; credentials go this way alone. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Stops the job; what it has not put is left as it was. */
  readonly signal: AbortSignal;
  /** Told of each micro-batch that changed silver. */
  readonly onBatch?: (batch: SparkBatch) => void;
}

/** What one micro-batch did. */
export type SparkBatch = z.output<typeof batch>;

/** What a job did, all micro-batches together. */
export type SparkOutcome = z.output<typeof done>;

const count = z.number().int().min(0);
const batch = z.object({
  event: z.literal("built"),
  entries: count,
  rows: count,
  bad_lines: count,
  objects: count,
});
const done = z.object({
  event: z.literal("done"),
  entries: count,
  rows: count,
  /** Stored lines that are no bars; they are in silver/bad_lines.parquet. */
  bad_lines: count,
  objects: count,
  rebuilt: z.enum(["asked", "damaged", "format"]).nullable(),
});
const failed = z.object({ event: z.literal("failed"), code: z.string(), text: z.string() });
const line = z.discriminatedUnion("event", [batch, done, failed]);

/** Of what a job says on standard error, the end is kept for the error. */
const errorTextMax = 4000;

/**
 * Runs spark/silver.py to its end. It writes one JSON line an event on standard output.
 * @throws E_SPARK_MISSING when it cannot be started, E_SPARK_FAILED when it fails, E_ABORTED.
 */
export async function runSparkJob(job: SparkJob): Promise<SparkOutcome> {
  const child = spawn(job.submit, job.args, {
    env: job.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.withResolvers<number | null>();
  child.once("error", ended.reject);
  child.once("close", ended.resolve);
  const stop = (): void => {
    child.kill("SIGTERM");
  };
  job.signal.addEventListener("abort", stop);
  let errorText = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errorText = (errorText + text).slice(-errorTextMax);
  });
  const told: { outcome: SparkOutcome | null; failure: string | null } = {
    outcome: null,
    failure: null,
  };
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (text) => {
    const event = eventOf(text);
    if (event?.event === "built") job.onBatch?.(event);
    if (event?.event === "done") told.outcome = event;
    if (event?.event === "failed") told.failure = `${event.text} (${event.code})`;
  });
  let status: number | null;
  try {
    status = await ended.promise;
  } catch (error) {
    throw notStarted(job.submit, error);
  } finally {
    job.signal.removeEventListener("abort", stop);
  }
  if (job.signal.aborted) throw new EgxError("E_ABORTED", "the build was stopped");
  if (status === 0 && told.outcome !== null) return told.outcome;
  if (isWithoutJava(errorText)) throw missing("Spark needs Java", errorText);
  const why = told.failure ?? `it ended with ${String(status)}`;
  throw new EgxError("E_SPARK_FAILED", `Spark: ${why}`, {
    details: { stderr: errorText },
  });
}

function eventOf(text: string): z.output<typeof line> | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Spark's own words are for people.
    return null;
  }
  const parsed = line.safeParse(value);
  return parsed.success ? parsed.data : null;
}

function notStarted(submit: string, error: unknown): unknown {
  const code = systemCodeOf(error);
  if (code !== "ENOENT" && code !== "EACCES") return error;
  return missing(`${submit} cannot be started`, error);
}

function missing(text: string, cause: unknown): EgxError {
  return new EgxError("E_SPARK_MISSING", text, { cause });
}

/** What Spark's own scripts say when there is no Java. */
function isWithoutJava(text: string): boolean {
  return text.includes("JAVA_HOME is not set") || /java: (not found|No such file)/i.test(text);
}
