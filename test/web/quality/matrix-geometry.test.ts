import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type CanvasGrid,
  columnX,
  monthsOf,
  placeAfter,
  placeAtPoint,
  rowY,
  scrollTo,
  visibleRange,
} from "../../../web/src/pages/quality/matrix-geometry.ts";

test("months begin where they begin, whatever their length", () => {
  const sessions = ["2026-01-28", "2026-01-29", "2026-02-01", "2026-03-01", "2026-03-02"];
  assert.deepEqual(monthsOf(sessions), [
    { month: "2026-01", at: 0, length: 2 },
    { month: "2026-02", at: 2, length: 1 },
    { month: "2026-03", at: 3, length: 2 },
  ]);
  assert.deepEqual(monthsOf([]), []);
});

test("keys move in the grid and never out of it", () => {
  const size = { rows: 3, columns: 5, pageRows: 2 };
  const from = { row: 1, column: 2 };
  const after = (key: string, ctrl = false): string => {
    const place = placeAfter(from, { key, ctrl }, size);
    return place === null ? "none" : `${place.row},${place.column}`;
  };
  assert.equal(after("ArrowLeft"), "1,1");
  assert.equal(after("ArrowRight"), "1,3");
  assert.equal(after("ArrowUp"), "0,2");
  assert.equal(after("PageDown"), "2,2");
  assert.equal(after("PageUp"), "0,2");
  assert.equal(after("Home"), "1,0");
  assert.equal(after("End"), "1,4");
  assert.equal(after("Home", true), "0,0");
  assert.equal(after("End", true), "2,4");
  assert.equal(after("Tab"), "none", "Tab leaves the grid");
});

const gridOf = fc.record({
  rows: fc.integer({ min: 1, max: 300 }),
  columns: fc.integer({ min: 1, max: 300 }),
  cellWidth: fc.integer({ min: 4, max: 40 }),
  cellHeight: fc.integer({ min: 8, max: 40 }),
  headHeight: fc.constant(24),
  namesWidth: fc.constant(90),
  namesAt: fc.constantFrom("left" as const, "right" as const),
  viewWidth: fc.integer({ min: 200, max: 1400 }),
  viewHeight: fc.integer({ min: 100, max: 800 }),
  scrollLeft: fc.constant(0),
  scrollTop: fc.constant(0),
});

test("a cell that was scrolled to is drawn, and found under its own middle", () => {
  fc.assert(
    fc.property(gridOf, fc.nat(), fc.nat(), (given: CanvasGrid, anyRow, anyColumn) => {
      const place = { row: anyRow % given.rows, column: anyColumn % given.columns };
      const grid = { ...given, ...scrollTo(given, place) };
      const range = visibleRange(grid);
      assert.ok(range.fromRow <= place.row && place.row < range.toRow);
      assert.ok(range.fromColumn <= place.column && place.column < range.toColumn);
      const x = columnX(grid, place.column) + grid.cellWidth / 2;
      const y = rowY(grid, place.row) + grid.cellHeight / 2;
      assert.deepEqual(placeAtPoint(grid, x, y), place);
    }),
  );
});

test("names and the head are no cells", () => {
  const grid: CanvasGrid = {
    rows: 5,
    columns: 5,
    cellWidth: 10,
    cellHeight: 10,
    headHeight: 20,
    namesWidth: 50,
    namesAt: "right",
    viewWidth: 100,
    viewHeight: 80,
    scrollLeft: 0,
    scrollTop: 0,
  };
  assert.equal(placeAtPoint(grid, 60, 30), null);
  assert.equal(placeAtPoint(grid, 10, 10), null);
  assert.equal(placeAtPoint(grid, 10, 75), null, "below the last row");
  assert.deepEqual(placeAtPoint({ ...grid, namesAt: "left" }, 60, 30), { row: 1, column: 1 });
});
