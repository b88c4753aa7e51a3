import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/base/clock.ts";
import { z } from "../../src/base/schema.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { newestRun } from "../../src/market/schedule.ts";
import { runEgx } from "../cli/run-egx.ts";
import { Airflow, type AirflowServers, skipWithoutAirflow } from "../support/airflow.ts";

const dagsSchema = z.object({
  dags: z.array(
    z.object({
      dag_id: z.string(),
      has_import_errors: z.boolean(),
      timetable_summary: z.string().nullable(),
      next_dagrun_run_after: z.string().nullable(),
    }),
  ),
});
const runsSchema = z.object({
  dag_runs: z.array(
    z.object({
      dag_run_id: z.string(),
      run_type: z.string(),
      state: z.string(),
      run_after: z.string(),
      data_interval_start: z.string().nullable(),
    }),
  ),
});
type Run = z.output<typeof runsSchema>["dag_runs"][number];
const tasksSchema = z.object({
  task_instances: z.array(
    z.object({ task_id: z.string(), state: z.string().nullable(), try_number: z.number() }),
  ),
});
const toldSchema = z.object({
  status: z.string(),
  dag: z.string(),
  task: z.string().optional(),
  try: z.number().optional(),
  text: z.string(),
});

const patienceMs = 150_000;
const secretPath = "/services/a-secret-of-this-path";
const secretToken = "a-secret-of-this-token";

suite("Airflow's servers", { skip: skipWithoutAirflow }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-airflow-"));
  const told: { readonly place: string; readonly token: string; readonly body: unknown }[] = [];
  const open = new AsyncDisposableStack();
  let servers: AirflowServers;

  before(async () => {
    open.defer(() => rmSync(folder, { recursive: true, force: true }));
    const receiver = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const body: unknown = JSON.parse(text);
        told.push({
          place: request.url ?? "",
          token: request.headers.authorization ?? "",
          body,
        });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => {
      receiver.listen(0, "127.0.0.1", resolve);
    });
    open.defer(() => {
      receiver.close();
    });
    const address = receiver.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;

    // A lake of which one object is gone, so that the weekly look at it fails.
    const data = path.join(folder, "data");
    const simulated = ["--feed", "simulator", "--seed", "7", "--symbols", "ZBIM,ZBEB"];
    const dates = ["--from", "2025-11-24", "--to", "2025-11-24"];
    const made = await runEgx(["up", "--once", ...simulated, ...dates, "--data", data]);
    assert.equal(made.code, 0, made.stderr);
    const [object = ""] = globSync(path.join(data, "lake/streaming/**/*.json"));
    rmSync(object);

    const airflow = await Airflow.create(path.join(folder, "airflow"), {
      EGX_LOG: path.join(data, "log"),
      EGX_LAKE: path.join(data, "lake"),
      EGX_FEED: "simulator",
      EGX_SEED: "7",
      EGX_SYMBOLS: "ZBIM,ZBEB",
      EGX_RETRIES: "1",
      EGX_RETRY_SECONDS: "0.5",
      EGX_DEADLINE_SECONDS: "1",
      AIRFLOW_CONN_EGX_ALERTS: JSON.stringify({
        conn_type: "http",
        host: `http://127.0.0.1:${port}${secretPath}`,
        password: secretToken,
      }),
    });
    await airflow.run(["pools", "import", path.resolve("airflow/pools.json")]);
    servers = await airflow.serve();
    open.defer(() => servers.stop());
  });
  after(() => open.disposeAsync());

  /** Asks again until there is an answer. */
  async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const deadline = systemClock.nowMs() + patienceMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      assert.ok(systemClock.nowMs() < deadline, `${what}: ${JSON.stringify(told)}`);
      await sleep(500);
    }
  }

  async function ended(dag: string, wanted: (run: Run) => boolean): Promise<Run> {
    return eventually(`a run of ${dag}`, async () => {
      const { dag_runs: all } = runsSchema.parse(await servers.call("GET", `dags/${dag}/dagRuns`));
      return all.find((run) => wanted(run) && ["success", "failed"].includes(run.state));
    });
  }

  test("list the DAGs with their timetables; a run that is asked for succeeds", async () => {
    const dags = await eventually("the list", async () => {
      const { dags: all } = dagsSchema.parse(await servers.call("GET", "dags"));
      return all.length === 5 ? all : undefined;
    });
    dags.sort((one, other) => (one.dag_id < other.dag_id ? -1 : 1));
    assert.deepEqual(
      dags.map((dag) => [dag.dag_id, dag.has_import_errors, dag.timetable_summary]),
      [
        ["egx_daily", false, "EGX daily"],
        ["egx_intraday", false, "EGX intraday"],
        ["egx_monthly", false, "EGX monthly"],
        ["egx_warehouse", false, "Asset"],
        ["egx_weekly", false, "EGX weekly"],
      ],
    );
    await servers.call("PATCH", "dags/egx_warehouse", { is_paused: false });
    await servers.call("POST", "dags/egx_warehouse/dagRuns", {
      logical_date: "2025-11-24T12:00:00+02:00",
    });
    const run = await ended("egx_warehouse", ({ run_type: type }) => type === "manual");
    assert.equal(run.state, "success");
  });

  test("what fails is tried again and told; assets start what hangs on them; delays are told", async () => {
    await servers.call("PATCH", "dags/egx_weekly", { is_paused: false });
    const run = await ended("egx_weekly", () => true);
    const due = newestRun(egxCalendar(), "weekly", systemClock.nowMs());
    assert.equal(run.run_type, "scheduled");
    assert.equal(Date.parse(run.run_after), due?.atMs);
    assert.equal(Date.parse(run.data_interval_start ?? ""), due?.startMs);
    assert.equal(run.state, "failed");
    const { task_instances: tasks } = tasksSchema.parse(
      await servers.call("GET", `dags/egx_weekly/dagRuns/${run.dag_run_id}/taskInstances`),
    );
    assert.deepEqual(
      Object.fromEntries(tasks.map((task) => [task.task_id, `${task.state} ${task.try_number}`])),
      { backfill: "success 1", silver: "success 1", verify: "failed 2" },
    );
    const news = told.map(({ body }) => toldSchema.parse(body));
    const failures = news.filter(({ status }) => status === "failed");
    assert.deepEqual(failures, [
      {
        status: "failed",
        dag: "egx_weekly",
        task: "verify",
        try: 2,
        text: "egx_weekly.verify: failed: egx verify ended with 1",
      },
    ]);
    assert.ok(news.some(({ status, dag }) => status === "late" && dag === "egx_weekly"));
    for (const { place, token } of told) {
      assert.deepEqual([place, token], [secretPath, `Bearer ${secretToken}`]);
    }
    const built = await ended("egx_warehouse", ({ run_type: type }) => type === "asset_triggered");
    assert.equal(built.state, "success");
    for (const file of globSync(path.join(folder, "airflow/**/*.log"))) {
      const text = readFileSync(file, "utf8");
      assert.ok(!text.includes("a-secret-of"), `${file} holds a secret`);
    }
  });
});
