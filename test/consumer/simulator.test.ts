import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { simulate } from "../support/sim/simulate.ts";

const long = process.env["EGX_TEST_LONG"] === "1";
const one = process.env["EGX_SIM_SEED"];
const seeds =
  one === undefined
    ? Array.from({ length: long ? 20_000 : 2_000 }, (_, seed) => seed)
    : [Number(one)];

test(`${seeds.length} storms: nothing lost, nothing doubled`, async (t) => {
  let entries = 0;
  let steps = 0;
  for (const seed of seeds) {
    const outcome = await simulate(seed);
    entries += outcome.entries;
    steps += outcome.steps;
    assert.deepEqual(
      outcome.violations,
      [],
      `seed ${seed} (replay: EGX_SIM_SEED=${seed}):\n${outcome.history.join("\n")}`,
    );
  }
  t.diagnostic(`${seeds.length} seeds, ${steps} steps, ${entries} entries`);
});
