import assert from "node:assert/strict";
import path from "node:path";
import { suite, test } from "node:test";
import { writeFileSync } from "node:fs";
import { minuteBars, runEgx, startEgx, temporaryFolder } from "./run-egx.ts";

suite("egx status", () => {
  test("works with nothing there, and says so", async (t) => {
    const { code, stdout } = await runEgx(["status", "--data", temporaryFolder(t)]);
    assert.equal(code, 0);
    assert.match(stdout, /^WARN {2}log +there is no log in /m);
    assert.match(stdout, /^WARN {2}lake +there is no lake in /m);
    assert.match(stdout, /^ok {4}market +(closed|continuous|pre-open|closing|trade)/m);
  });

  test("tells what waits, worst first; --json has the same facts", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "bars.csv");
    writeFileSync(file, minuteBars());
    const data = ["--data", path.join(folder, "data")];
    await runEgx(["up", "--once", "--file", file, ...data]);
    writeFileSync(file, minuteBars().replaceAll("80.5", "80.6"));
    await runEgx(["producer", "--file", file, ...data]);
    const { stdout } = await runEgx(["status", ...data]);
    assert.match(stdout, /log +40 records not stored, the oldest for \d+ s/);
    assert.match(stdout, /^ok {4}dead letters +none open$/m);
    assert.match(stdout, /^WARN {2}silver 1m +newest bar of 2025-11-24, \d+ sessions behind$/m);
    const levels = stdout.split("\n").map((line) => line.slice(0, 4).trim());
    const firstFine = levels.indexOf("ok");
    assert.ok(levels.slice(0, firstFine).includes("WARN"), stdout);
    assert.ok(!levels.slice(firstFine).includes("WARN"), stdout);
    const json = await runEgx(["status", "--json", ...data]);
    const report: unknown = JSON.parse(json.stdout);
    assert.ok(typeof report === "object" && report !== null && "lag" in report);
    assert.match(JSON.stringify(report.lag), /"records":40,"lost":0/);
  });

  test("--watch goes on until it is interrupted", async (t) => {
    const running = startEgx(["status", "--watch", "--json", "--data", temporaryFolder(t)]);
    t.after(() => running.child.kill("SIGKILL"));
    let lines = 0;
    const twice = new Promise<void>((resolve) => {
      running.child.stdout?.on("data", () => {
        lines += 1;
        if (lines === 2) resolve();
      });
    });
    await twice;
    running.child.kill("SIGINT");
    const { code } = await running.ended;
    assert.equal(code, 0);
  });
});
