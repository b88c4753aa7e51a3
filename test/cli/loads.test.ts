import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "../../src/base/schema.ts";
import { randomInt, seededRandom } from "../../src/base/random.ts";
import { realFile } from "../feeds/files.ts";
import { runEgx, startEgx, temporaryFolder } from "./run-egx.ts";

const daily = realFile("egx-daily.csv.gz");

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runEgx([...args, "--json"]);
  assert.equal(code, 0, `egx ${args.join(" ")}\n${stderr}`);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
}

/** Daily bars of some symbols as a CSV file's text. */
function dailyBars(symbols: number, days: number): string {
  const lines = ["symbol,date,open,high,low,close,volume"];
  const first = Temporal.PlainDate.from("2015-01-01");
  for (let symbol = 0; symbol < symbols; symbol += 1) {
    for (let day = 0; day < days; day += 1) {
      const close = 10 + ((day * 7 + symbol) % 50) / 10;
      lines.push(`S${symbol},${first.add({ days: day }).toString()},10,16,9,${close},${day}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

suite("egx import csv", () => {
  test(
    "takes the real daily file: its rows are bars or refused, and silver has them",
    {
      skip: daily.skip,
    },
    async (t) => {
      const data = temporaryFolder(t);
      const asked = ["import", "csv", daily.path, "--source", "csv:egx-daily", "--data", data];
      const rows = gunzipSync(readFileSync(daily.path)).toString().trimEnd().split("\n").length - 1;
      const first = await json(...asked);
      assert.equal(first["rows"], rows);
      assert.equal(rows, 204_329);
      assert.deepEqual([first["bars"], first["rejected"]], [204_312, { E_BAR_PRICE: 17 }]);
      const silver = await json("silver", "--data", data);
      assert.deepEqual([silver["rows"], silver["bars"]], [204_312, 204_312]);
      const verify = await json("verify", "--data", data);
      assert.deepEqual(
        [verify["ok"], verify["loads"], verify["loadedRows"], verify["refusedRows"]],
        [true, 1, 204_312, 17],
      );
      assert.equal((await json(...asked))["added"], false);
      const again = await json("silver", "--data", data);
      assert.deepEqual([again["entries"], again["objects"]], [0, 0]);
      const sql = "select count(*) n, count(distinct symbol) s, min(source) as origin from bars";
      const { stdout } = await runEgx(["query", sql, "--data", data, "--format", "json"]);
      assert.deepEqual(JSON.parse(stdout), [{ n: 204_312, s: 249, origin: "csv:egx-daily" }]);
    },
  );

  test("says how it reads the file, and asks nothing in a pipe", async (t) => {
    const data = temporaryFolder(t);
    const file = path.join(data, "COMI Historical Data.csv");
    writeFileSync(file, '"Date","Price","Vol."\n"03/02/2025","80.5","1.2M"\n');
    const args = ["import", "csv", file, "--data", path.join(data, "lake")];
    const ambiguous = await runEgx([...args, "--symbols", "COMI"]);
    assert.equal(ambiguous.code, 78);
    assert.match(ambiguous.stderr, /--date-order mdy/);
    const nameless = await runEgx([...args, "--date-order", "dmy"]);
    assert.equal(nameless.code, 78);
    assert.match(nameless.stderr, /--symbols COMI/);
    const done = await runEgx([...args, "--date-order", "dmy", "--symbols", "COMI"]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stderr, /date=Date,close=Price,volume=Vol\./);
  });

  test("makes nothing for a file that is not there", async (t) => {
    const cwd = temporaryFolder(t);
    for (const form of ["csv", "parquet", "companies"]) {
      const { code, stderr } = await runEgx(["import", form, "nowhere.csv"], { cwd });
      assert.equal(code, 78, stderr);
      assert.match(stderr, /^error\[E_FILE_MISSING\] nowhere\.csv does not exist$/m);
    }
    assert.deepEqual(readdirSync(cwd), []);
  });

  test("refuses what it cannot mean", async (t) => {
    const data = temporaryFolder(t);
    const file = path.join(data, "prices.csv");
    writeFileSync(file, "symbol,date,close\nCOMI,2025-11-23,80\n");
    const cases: readonly (readonly [string[], RegExp])[] = [
      [["--source", "tradingview"], /csv:NAME/],
      [["--source", "simulator:7"], /csv:NAME/],
      [["--source", "Not A Kind:x"], /csv:prices/],
      [["--map", "clse=Close"], /did you mean close/],
      [["--map", "close"], /field=Column/],
      [["--map", "close=A,close=B"], /two columns/],
      [["--currency", "pounds"], /EGP/],
      [["--date-order", "ydm"], /ymd/],
      [["--map", "close=Last"], /did you mean/],
    ];
    for (const [flags, said] of cases) {
      const { code, stderr } = await runEgx(["import", "csv", file, "--data", data, ...flags]);
      assert.equal(code, 64, `${flags.join(" ")}: ${stderr}`);
      assert.match(stderr, said);
    }
    assert.equal(existsSync(path.join(data, "lake", "_ledger", "batch")), false);
  });

  test("killed at any moment and started again stores the file once", async (t) => {
    const data = temporaryFolder(t);
    const file = path.join(data, "prices.csv.gz");
    writeFileSync(file, gzipSync(dailyBars(60, 1000)));
    const random = seededRandom(7);
    const own = path.join(data, "own");
    const args = ["import", "csv", file, "--data", own];
    for (let kills = 0; kills < 4; kills += 1) {
      const running = startEgx(args);
      await Promise.race([sleep(300 + randomInt(random, 1200)), running.ended]);
      running.child.kill("SIGKILL");
      await running.ended;
    }
    if (existsSync(own)) assert.equal((await runEgx(["verify", "--data", own])).code, 0);
    await json(...args);
    const verify = await json("verify", "--data", own);
    const counts = [verify["loads"], verify["loadedRows"], verify["inProgress"]];
    assert.deepEqual(counts, [1, 60_000, 0]);
    assert.equal(globSync(path.join(own, "lake/batch/**/*.parquet")).length, 1);
    assert.equal((await json("silver", "--data", own))["bars"], 60_000);
  });
});

suite("egx backfill", () => {
  test("names what it could not have, ends with 3, and goes on with --resume", async (t) => {
    const data = temporaryFolder(t);
    const file = path.join(data, "prices.csv");
    writeFileSync(file, dailyBars(3, 100));
    const args = ["backfill", "--feed", "recorded", "--file", file, "--data", data, "--json"];
    const first = await runEgx([...args, "--symbols", "S0,S1,NOSUCH"]);
    assert.equal(first.code, 3, first.stderr);
    assert.match(first.stderr, /NOSUCH could not be had/);
    const counts = z.record(z.string(), z.unknown()).parse(JSON.parse(first.stdout));
    assert.deepEqual([counts["added"], counts["symbolsFailed"]], [200, 1]);
    const second = await runEgx([...args, "--symbols", "S0,S1,S2", "--resume"]);
    assert.equal(second.code, 0, second.stderr);
    const more = z.record(z.string(), z.unknown()).parse(JSON.parse(second.stdout));
    assert.deepEqual([more["skipped"], more["added"]], [2, 100]);
    assert.equal((await json("silver", "--data", data))["bars"], 300);
    const simulated = await runEgx(["backfill", "--feed", "simulator", "--data", data]);
    assert.equal(simulated.code, 78);
    assert.match(simulated.stderr, /E_LAKE_KIND/);
  });

  test("of the simulator loads its sessions", async (t) => {
    const data = temporaryFolder(t);
    const dates = ["--from", "2025-11-02", "--to", "2025-11-06", "--interval", "1d"];
    const args = ["backfill", "--feed", "simulator", ...dates, "--data", data];
    const { added } = await json(...args);
    assert.ok(typeof added === "number" && added > 100, String(added));
    assert.equal((await json(...args))["added"], 0);
    assert.equal((await json("silver", "--data", data))["bars"], added);
    assert.equal((await json("verify", "--data", data))["kind"], "simulated");
  });
});
