import assert from "node:assert/strict";
import { test } from "node:test";
import { defectCounts, defectsSql } from "../../../web/src/pages/quality/defects.ts";
import { partsOf, verdictOf } from "../../../web/src/pages/quality/limits.ts";

const counts = {
  interval: "1d",
  symbols: 3,
  first: "2026-01-01",
  last: "2026-03-05",
  units: 200,
  complete: 180,
  degraded: 15,
  missing: 5,
  pending: 3,
  untraded: 20,
  waived: 4,
  backfilled: 2,
  completeness: 0.9,
  symbolsAffected: 3,
  revised: 1,
} as const;

test("the parts add up to the whole, each session in one of them", () => {
  const parts = partsOf(counts);
  assert.equal(
    parts.reduce((sum, { count }) => sum + count, 0),
    200,
  );
  assert.ok(Math.abs(parts.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
  assert.equal(parts.find(({ name }) => name === "complete")?.count, 156);
  assert.deepEqual(partsOf({ ...counts, units: 0 }), []);
});

test("a limit is met, missed, or nobody knows", () => {
  assert.equal(verdictOf(0.99, { min: 0.99 }), "met");
  assert.equal(verdictOf(0.98, { min: 0.99 }), "missed");
  assert.equal(verdictOf(0, { max: 0.01 }), "met");
  assert.equal(verdictOf(null, { min: 0.99 }), "unknown");
  assert.equal(verdictOf(0.5, {}), "no-limit");
});

test("every rule has a count, also one that nothing broke", () => {
  const counted = defectCounts({
    rows: [
      ["missing", 5, 2, 1],
      ["late", 3, 0, 3],
    ],
  });
  assert.deepEqual(counted[0], { name: "missing", count: 5, recent: 2, before: 1 });
  assert.deepEqual(counted.at(-1), { name: "late", count: 3, recent: 0, before: 3 });
  assert.equal(counted.length, 9);
  assert.ok(counted.slice(1, -1).every(({ count }) => count === 0));
  assert.match(defectsSql("1d", "2026-03-05"), /DATE '2026-02-04'.*DATE '2026-01-05'/);
});
