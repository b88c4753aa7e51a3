import assert from "node:assert/strict";
import { test } from "node:test";
import { recordsText, tableText, tableWidth } from "../../../src/cli/output/table.ts";

test("columns are aligned, numbers to the right, and lines end without spaces", () => {
  const text = tableText({
    head: ["symbol", "close"],
    rows: [
      ["COMI", "80.5"],
      ["A", "1,000.25"],
    ],
    numeric: new Set([1]),
  });
  assert.equal(text, "symbol     close\nCOMI        80.5\nA       1,000.25\n");
});

test("colours and the marks of Arabic letters take no place", () => {
  const text = tableText({
    head: ["\u001B[1mname\u001B[22m", "n"],
    rows: [
      ["بَنك", "1"],
      ["bank", "2"],
    ],
  });
  const ends = text.split("\n").map((line) => line.at(-1));
  assert.deepEqual(ends, ["n", "1", "2", undefined]);
  assert.equal(text.split("\n")[1], "بَنك   1");
});

test("any number of rows", () => {
  const rows = Array.from({ length: 300_000 }, (_, index) => [String(index)]);
  assert.equal(tableText({ head: ["n"], rows }).length, rows.join("\n").length + 3);
});

test("what is too wide for a line stands in a line a cell", () => {
  const head = ["symbol", "name"];
  const rows = [
    ["COMI", "البنك التجاري الدولي"],
    ["A", ""],
  ];
  assert.equal(tableWidth({ head, rows }), "symbol".length + 2 + 20);
  assert.equal(
    recordsText({ head, rows }),
    "row 1\n  symbol  COMI\n  name    البنك التجاري الدولي\nrow 2\n  symbol  A\n  name\n",
  );
});
