import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { randomInt, seededRandom, type Random } from "../../src/base/random.ts";
import { runEgx, startEgx, temporaryFolder, type RunningEgx } from "../cli/run-egx.ts";

const trials = process.env["EGX_TEST_LONG"] === "1" ? 100 : 10;
const killsMax = 4;

/** Rows of a recorded file: symbol, UTC time, prices and volume. */
type Row = readonly [string, string, number, number, number, number, number];

function someRows(random: Random): Row[] {
  return ["COMI", "ETEL", "SWDY", "ABUK"].flatMap((symbol) =>
    ["2025-11-23", "2025-11-24"].flatMap((date) =>
      Array.from({ length: 150 }, (_, minute): Row => {
        const time = `${String(8 + Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
        const low = 50 + randomInt(random, 1000) / 100;
        const close = low + randomInt(random, 50) / 100;
        const volume = randomInt(random, 100_000);
        return [symbol, `${date} ${time}:00`, low, low + 1, low, close, volume];
      }),
    ),
  );
}

/** Kills a process after a random while, if it has not ended by then; true when it was killed. */
async function killSoon(running: RunningEgx, random: Random): Promise<boolean> {
  const state = { ended: false };
  void running.ended.then(() => {
    state.ended = true;
  });
  await sleep(randomInt(random, 1800));
  if (state.ended) return false;
  running.child.kill("SIGKILL");
  await once(running.child, "close");
  return true;
}

async function succeed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runEgx(args);
  assert.equal(code, 0, `egx ${args.join(" ")}\n${stderr}`);
  return stdout;
}

/** The whole pipeline in one process, killed again and again. */
async function inOneProcess(random: Random, folder: string, file: string): Promise<number> {
  const up = ["up", "--once", "--feed", "recorded", "--file", file, "--data", folder];
  let kills = 0;
  while (kills < killsMax) {
    if (!(await killSoon(startEgx(up), random))) break;
    kills += 1;
  }
  await succeed(...up);
  return kills;
}

/** A process for each stage, two consumers among them; each is killed at its own time. */
async function inManyProcesses(random: Random, folder: string, file: string): Promise<number> {
  const producer = ["producer", "--once", "--feed", "recorded", "--file", file, "--data", folder];
  const flush = ["--flush-records", String(20 + randomInt(random, 200)), "--flush-interval", "1"];
  const consumer = ["consumer", "--data", folder, ...flush];
  let kills = 0;
  for (let round = 0; round < 2; round += 1) {
    const killed = await Promise.all([
      killSoon(startEgx(producer), random),
      killSoon(startEgx(consumer), random),
      killSoon(startEgx(consumer), random),
    ]);
    kills += killed.filter(Boolean).length;
  }
  await succeed(...producer);
  await succeed("consumer", "--once", "--data", folder, ...flush);
  await succeed("silver", "--data", folder);
  return kills;
}

async function trial(t: TestContext, seed: number): Promise<void> {
  const random = seededRandom(`kill ${seed}`);
  const folder = temporaryFolder(t);
  const file = join(folder, "bars.csv");
  const rows = someRows(random);
  const header = "symbol,ts_utc,open,high,low,close,volume";
  await writeFile(file, `${[header, ...rows.map((row) => row.join(","))].join("\n")}\n`);
  const play = seed % 2 === 0 ? inOneProcess : inManyProcesses;
  const kills = await play(random, folder, file);
  t.diagnostic(`seed ${seed}: ${kills} kills`);
  await succeed("verify", "--data", folder);
  const select =
    "select symbol, strftime(datetime at time zone 'UTC', '%Y-%m-%d %H:%M:%S') as time, " +
    "open, high, low, close, volume from bars order by symbol, time";
  const csv = await succeed("query", "--data", folder, "--format", "csv", select);
  const stored = csv.trim().split(/\r?\n/).slice(1);
  const given = rows.map((row) => row.join(",")).toSorted();
  assert.deepEqual(stored.toSorted(), given);
}

test(
  `${trials} times kill -9 at random moments: silver equals the input`,
  { concurrency: 2 },
  async (t) => {
    const running: Promise<void>[] = [];
    for (let seed = 0; seed < trials; seed += 1) {
      running.push(t.test(`trial ${seed}`, (inner) => trial(inner, seed)));
    }
    await Promise.all(running);
  },
);
