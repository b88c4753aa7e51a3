import assert from "node:assert/strict";
import { execFile, type ExecFileException } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { isInstalled } from "../../scripts/services/cache.ts";
import { freePort } from "../../scripts/services/ports.ts";
import {
  airflowProject,
  installPythonProject,
  pythonOf,
  pythonProjectVersion,
} from "../../scripts/services/python.ts";
import { answersAt, startServer, type Server } from "../../scripts/services/server.ts";
import { z } from "../../src/base/schema.ts";
import { mainFile } from "../cli/run-egx.ts";
import { mustRunServices } from "./services-kafka.ts";

/** Why tests with Airflow do not run here, or false when they do. */
export const skipWithoutAirflow: string | false =
  isInstalled(airflowProject.name, pythonProjectVersion(airflowProject)) || mustRunServices()
    ? false
    : "Airflow is not installed: npm run py:setup";

const project = path.resolve(import.meta.dirname, "../..");
/** The project's own dbt, from any folder. */
export const realDbt = `npm --prefix ${project} run dbt --`;
const driver = path.join(project, "test/airflow/drive.py");

export interface DagRun {
  readonly dag: string;
  /** The logical date, `2025-11-24`. */
  readonly date: string;
  readonly conf?: Readonly<Record<string, unknown>>;
  /** Stays in the environment for the runs after it. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Driven {
  /** Jobs whose timetables are looked at. */
  readonly inspect?: readonly string[];
  /** What `egx calendar --runs all --json` wrote; for `inspect`. */
  readonly runsFile?: string;
  readonly runs?: readonly DagRun[];
}

/** What a timetable said; instants as JavaScript writes them. */
const timetableSchema = z.object({
  /** Start, end and due time of each run of 2024-2026. */
  runs: z.array(z.tuple([z.string(), z.string(), z.string()])),
  /** When the run is due that makes up for those that were missed, and the one after it. */
  missed: z.string(),
  next: z.string(),
  /** Starts that are found for manual runs. */
  manual: z.array(z.string()),
});
export type Timetable = z.output<typeof timetableSchema>;

const answerSchema = z.object({
  inspected: z
    .object({
      errors: z.record(z.string(), z.string()),
      warnings: z.array(z.string()),
      dags: z.record(
        z.string(),
        z.object({
          summary: z.string(),
          description: z.string(),
          tasks: z.record(z.string(), z.string()),
        }),
      ),
      /** What becomes of a task, by how its command ended. */
      judged: z.record(z.string(), z.string()),
      told: z.string(),
      fromFile: z.boolean(),
      timetables: z.record(z.string(), timetableSchema),
    })
    .nullable(),
  runs: z.array(z.object({ dag: z.string(), failure: z.string().nullable(), seconds: z.number() })),
});
type AirflowAnswer = z.output<typeof answerSchema>;

type Environment = Readonly<Record<string, string>>;

/** An Airflow of its own, in a folder. */
export class Airflow {
  readonly folder: string;
  readonly #env: Environment;
  #answers = 0;

  private constructor(folder: string, env: Environment) {
    this.folder = folder;
    this.#env = env;
  }

  /** Makes its database. `env` is what tasks find in their environment, beside `egx` itself. */
  static async create(folder: string, env: Environment): Promise<Airflow> {
    await installPythonProject(airflowProject);
    mkdirSync(folder, { recursive: true });
    const airflow = new Airflow(folder, {
      AIRFLOW_HOME: folder,
      AIRFLOW__CORE__DAGS_FOLDER: path.join(project, "airflow/dags"),
      AIRFLOW__CORE__PLUGINS_FOLDER: path.join(project, "airflow/plugins"),
      AIRFLOW__CORE__LOAD_EXAMPLES: "False",
      AIRFLOW__CORE__EXECUTOR: "LocalExecutor",
      AIRFLOW__CORE__PARALLELISM: "2",
      AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: "True",
      AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      EGX_COMMAND: `${process.execPath} ${mainFile}`,
      EGX_PROJECT: folder,
      EGX_DBT_COMMAND: "echo dbt",
      EGX_TRADINGVIEW_URL: "ws://127.0.0.1:1/",
      ...env,
    });
    await airflow.run(["db", "migrate"]);
    return airflow;
  }

  /** Runs a command of Airflow's. */
  async run(args: readonly string[]): Promise<string> {
    return this.#python(["-m", "airflow", ...args], "");
  }

  /** Looks at the DAGs of these jobs, then runs DAGs as `airflow dags test` does, in one process. */
  async drive(
    { inspect = [], runsFile, runs = [] }: Driven,
    env: Environment = {},
  ): Promise<AirflowAnswer> {
    this.#answers += 1;
    const answer = path.join(this.folder, `answer-${this.#answers}.json`);
    const log = await this.#python([driver], JSON.stringify({ answer, inspect, runsFile, runs }), {
      // In 3.3.2 `dags test` fails at the end of a run that has a deadline.
      EGX_DEADLINE_SECONDS: "0",
      ...env,
    });
    const found = answerSchema.parse(JSON.parse(readFileSync(answer, "utf8")));
    const failed = found.runs.filter(({ failure }) => failure !== null);
    const told = log.split("\n").filter((line) => /ended with|"error"|Traceback/.test(line));
    assert.deepEqual(failed, [], told.join("\n"));
    return found;
  }

  /** Starts the three servers on loopback, as docs/airflow.md says. */
  async serve(): Promise<AirflowServers> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      ...this.#env,
      AIRFLOW__API__BASE_URL: url,
      AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${url}/execution/`,
      AIRFLOW__API_AUTH__JWT_SECRET: "a secret of this test alone, that is long enough for HS512",
    };
    const start = async (
      args: readonly string[],
      ready: (log: string) => boolean | Promise<boolean>,
    ): Promise<Server> =>
      startServer({
        name: `airflow ${args[0] ?? ""}`,
        command: pythonOf(airflowProject),
        args: ["-m", "airflow", ...args],
        env,
        cwd: this.folder,
        logFile: path.join(this.folder, `${args[0] ?? ""}.log`),
        ready,
        readyWithinMs: 180_000,
      });
    const starting = await Promise.allSettled([
      start(
        ["api-server", "--host", "127.0.0.1", "--port", String(port)],
        answersAt(`${url}/api/v2/version`),
      ),
      start(["scheduler", "--skip-serve-logs"], (log) => log.includes("Worker starting up")),
      start(["dag-processor"], (log) => log.includes("egx_weekly")),
    ]);
    const servers = starting.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    for (const each of starting) {
      if (each.status === "fulfilled") continue;
      await Promise.all(servers.map((server) => server.stop()));
      throw each.reason;
    }
    return new AirflowServers(url, servers);
  }

  async #python(args: readonly string[], input: string, env: Environment = {}): Promise<string> {
    const ended = Promise.withResolvers<string>();
    const child = execFile(
      pythonOf(airflowProject),
      [...args],
      {
        cwd: this.folder,
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...this.#env, ...env },
        maxBuffer: 256 * 1024 * 1024,
      },
      (error: ExecFileException | null, stdout, stderr) => {
        if (error === null) ended.resolve(stdout + stderr);
        else ended.reject(new Error(`${args.join(" ")}: ${(stdout + stderr).slice(-8000)}`));
      },
    );
    child.stdin?.end(input);
    return ended.promise;
  }
}

/** Airflow's servers, and its REST interface. */
export class AirflowServers {
  readonly url: string;
  readonly #servers: readonly Server[];
  #token: string | null = null;

  constructor(url: string, servers: readonly Server[]) {
    this.url = url;
    this.#servers = servers;
  }

  /** Calls the interface; the answer as it is. On a busy machine its SQLite may be locked: again then. */
  async call(method: string, place: string, body?: unknown): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const { status, text } = await this.#send(method, place, body);
      if (status < 400) return JSON.parse(text);
      assert.ok(status >= 500 && attempt < 6, `${method} ${place}: ${status} ${text}`);
      await sleep(2000);
    }
  }

  async #send(
    method: string,
    place: string,
    body: unknown,
  ): Promise<{ readonly status: number; readonly text: string }> {
    this.#token ??= await this.#login();
    const response = await fetch(`${this.url}/api/v2/${place}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  async #login(): Promise<string> {
    const response = await fetch(`${this.url}/auth/token`);
    return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
  }
}
