import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { LakeContract, NamedCase } from "./lake-case.ts";
import { keys, listings, reads } from "./lake-reads.ts";
import { exclusiveWrites, wholeObjects } from "./lake-writes.ts";

/** Runs every sentence of the port `src/lake/lake.ts` against an adapter. */
export function lakeContract(name: string, contract: LakeContract): void {
  const cases = new Map<NamedCase[0], NamedCase[1]>([
    ...wholeObjects,
    ...exclusiveWrites,
    ...reads,
    ...listings,
    ...keys,
  ]);
  const skip = contract.skip ?? {};
  for (const title of Object.keys(skip)) {
    assert.ok(cases.has(title), `${name} skips a case that there is none of: ${title}`);
  }
  suite(`${name} keeps the contract of a lake`, () => {
    for (const [title, run] of cases) {
      const reason = skip[title];
      test(title, reason === undefined ? {} : { skip: reason }, async (t) => run(contract, t));
    }
  });
}
