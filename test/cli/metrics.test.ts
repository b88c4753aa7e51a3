import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { suite, test } from "node:test";
import { freePort } from "../../scripts/services/ports.ts";
import { isInstalled } from "../../scripts/services/cache.ts";
import { debianProgram, prometheusPart } from "../../scripts/services/prometheus.ts";
import { mustRunServices } from "../support/services-kafka.ts";
import { until } from "../support/until.ts";
import { runEgx, startEgx, temporaryFolder } from "./run-egx.ts";

const skipPromtool =
  isInstalled(prometheusPart.name, prometheusPart.version) || mustRunServices()
    ? false
    : "Prometheus is not installed: npm run services -- install prometheus";

const told = [
  /^egx_build_info\{version="[^"]+",node="26\./m,
  /^egx_feed_state\{state="giving"\} 1$/m,
  /^egx_published_records_total [1-9]/m,
  /^egx_partitions 6$/m,
  /^egx_lag_seconds\{partition="5"\} /m,
  /^egx_lake_calls_total\{operation="create",outcome="ok"\} /m,
];

suite("--metrics-port", () => {
  test("egx up serves metrics and health, and ends in order", async (t) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const data = temporaryFolder(t);
    const args = ["up", "--feed", "simulator", "--history-sessions", "0", "--data", data];
    const running = startEgx(args, { env: { EGX_METRICS_PORT: String(port) } });
    t.after(() => running.child.kill("SIGKILL"));
    await running.told(/metrics and health at/);
    let text = "";
    await until("the pipeline is ready and tells of all its stages", async () => {
      const ready = await fetch(`${url}/readyz`);
      const metrics = await fetch(`${url}/metrics`);
      text = await metrics.text();
      return ready.status === 200 && told.every((pattern) => pattern.test(text));
    });
    await t.test("which promtool finds nothing wrong with", { skip: skipPromtool }, () => {
      const promtool = debianProgram(prometheusPart, "promtool");
      const checked = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
      assert.deepEqual([checked.status, checked.stdout, checked.stderr], [0, "", ""]);
    });
    running.child.kill("SIGINT");
    const { code } = await running.ended;
    assert.equal(code, 0);
  });

  test("a port that is taken ends the command with 78", async (t) => {
    const port = await freePort();
    const first = startEgx(["consumer", "--data", temporaryFolder(t)], {
      env: { EGX_METRICS_PORT: String(port) },
    });
    t.after(() => first.child.kill("SIGKILL"));
    await first.told(/metrics and health at/);
    const outcome = await runEgx([
      "producer",
      "--feed",
      "simulator",
      "--live",
      "--metrics-port",
      String(port),
      "--data",
      temporaryFolder(t),
    ]);
    assert.equal(outcome.code, 78);
    assert.match(outcome.stderr, /E_PORT_BUSY/);
  });
});
