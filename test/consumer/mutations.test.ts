import assert from "node:assert/strict";
import { test } from "node:test";
import { mutations } from "../support/sim/mutations.ts";
import { simulate } from "../support/sim/simulate.ts";

const seedsMax = 400;

for (const [name, mutation] of Object.entries(mutations)) {
  test(`the simulator notices: ${name}`, async (t) => {
    for (let seed = 0; seed < seedsMax; seed += 1) {
      const { violations } = await simulate(seed, mutation);
      const [first] = violations;
      if (first === undefined) continue;
      t.diagnostic(`seed ${seed}: ${first}`);
      return;
    }
    assert.fail(`${seedsMax} seeds went by without a loss or a double`);
  });
}
