import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chooseRows,
  type MatrixRow,
  type RowChoice,
  sectorsOf,
} from "../../../web/src/pages/quality/matrix-rows.ts";

const row = (symbol: string, given: Partial<MatrixRow> = {}): MatrixRow => ({
  symbol,
  name: { en: `${symbol} Co.`, ar: null },
  sector: null,
  completeness: 1,
  missing: 0,
  degraded: 0,
  runs: [],
  ...given,
});

const banks = { en: "Banks", ar: "البنوك" };
const rows = [
  row("AAAA"),
  row("BBBB", { completeness: 0.5, missing: 4, sector: banks }),
  row("CCCC", { completeness: 0.5, missing: 1, degraded: 3 }),
  row("DDDD", { completeness: null, runs: [runOf("u")] }),
  row("EEEE", { name: { en: null, ar: "البنك التجاري" }, completeness: 0.9, degraded: 1 }),
];

function runOf(state: "u"): MatrixRow["runs"][number] {
  return { at: 0, length: 3, state, share: null, backfilled: false, marked: false };
}

const all: RowChoice = { filter: "all", order: "worst", sector: null, text: "" };
const fold = (text: string): string => text.toLowerCase();
const symbolsOf = (choice: Partial<RowChoice>): string =>
  chooseRows(rows, { ...all, ...choice }, fold)
    .map(({ symbol }) => symbol)
    .join(" ");

test("the worst come first; of what is not known nobody says that it is bad", () => {
  assert.equal(symbolsOf({}), "BBBB CCCC EEEE AAAA DDDD");
  assert.equal(symbolsOf({ order: "symbol" }), "AAAA BBBB CCCC DDDD EEEE");
  assert.equal(symbolsOf({ order: "sector" }), "BBBB AAAA CCCC DDDD EEEE");
});

test("each filter keeps what it names", () => {
  assert.equal(symbolsOf({ filter: "trouble" }), "BBBB CCCC EEEE");
  assert.equal(symbolsOf({ filter: "missing" }), "BBBB CCCC");
  assert.equal(symbolsOf({ filter: "degraded" }), "CCCC EEEE");
  assert.equal(symbolsOf({ filter: "uncertified" }), "DDDD");
  assert.equal(symbolsOf({ sector: "Banks" }), "BBBB");
});

test("a row is found by its ticker and its names in both scripts", () => {
  assert.equal(symbolsOf({ text: "bbb" }), "BBBB");
  assert.equal(symbolsOf({ text: " البنك " }), "EEEE");
  assert.equal(symbolsOf({ text: "nothing of the kind" }), "");
});

test("sectors are named once", () => {
  assert.deepEqual(sectorsOf([...rows, row("FFFF", { sector: banks })]), [banks]);
});
