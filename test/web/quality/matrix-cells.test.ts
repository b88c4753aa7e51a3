import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { MatrixRun, MatrixState } from "../../../src/serve/api/quality.ts";
import {
  cellAt,
  cellsOf,
  lookOf,
  type MatrixCell,
} from "../../../web/src/pages/quality/matrix-cells.ts";

const states = ["c", "n", "w", "d", "m", "p", "u", "-"] as const;
const cell = (state: MatrixState, share: number | null = null): MatrixCell => ({
  state,
  share,
  backfilled: false,
  marked: false,
});

/** Runs as the server encodes cells: equal neighbours are one. */
function encoded(cells: readonly MatrixCell[]): readonly MatrixRun[] {
  const runs: MatrixRun[] = [];
  for (const [at, one] of cells.entries()) {
    const last = runs.at(-1);
    const same = last !== undefined && last.state === one.state && last.share === one.share;
    if (same) runs[runs.length - 1] = { ...last, length: last.length + 1 };
    else runs.push({ at, length: 1, ...one });
  }
  return runs;
}

test("any part of a row is decoded as it was encoded", () => {
  const cells = fc.array(
    fc.record({
      state: fc.constantFrom(...states),
      share: fc.constantFrom(null, 0, 0.5),
      backfilled: fc.constant(false),
      marked: fc.constant(false),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(cells, fc.nat(40), fc.nat(40), (given, start, length) => {
      const from = start % given.length;
      const to = Math.min(given.length, from + length);
      const decoded = cellsOf(encoded(given), from, to);
      const plain = decoded.map(({ state, share }) => ({ state, share }));
      assert.deepEqual(
        plain,
        given.slice(from, to).map(({ state, share }) => ({ state, share })),
      );
    }),
  );
});

test("outside of every run nothing is known, which is not zero", () => {
  const runs = [{ at: 2, length: 1, ...cell("c") }];
  assert.deepEqual(
    cellsOf(runs, 0, 5).map(({ state }) => state),
    ["u", "u", "c", "u", "u"],
  );
  assert.equal(cellAt([], 0).state, "u");
  assert.deepEqual(lookOf(cellAt([], 0)), { sign: "unknown", step: null, corner: null });
});

test("every state has a sign of its own, and only bars have a shade", () => {
  const signs = states.map((state) => lookOf(cell(state)).sign);
  assert.equal(new Set(signs).size, states.length);
  const shaded = states.filter((state) => lookOf(cell(state)).step !== null);
  assert.deepEqual(shaded, ["c", "d"]);
});

test("the less of a session is stored, the lighter it is", () => {
  const steps = [0, 0.2, 0.25, 0.6, 0.9].map((share) => lookOf(cell("d", share)).step);
  assert.deepEqual(steps, [0, 0, 1, 2, 3]);
  assert.equal(lookOf(cell("c", 0.4)).step, 4, "a thin symbol's session is whole as it is");
});

test("provisional and suspect bars are told before a mended one", () => {
  assert.equal(lookOf({ ...cell("c"), backfilled: true }).corner, "backfilled");
  assert.equal(lookOf({ ...cell("c"), backfilled: true, marked: true }).corner, "marked");
});
