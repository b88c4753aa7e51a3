import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { QueryAnswer } from "../../../src/serve/api/query.ts";
import { chartData, ticksOf } from "../../../web/src/pages/sql/chart-data.ts";
import { csvFile, csvText, distinctNames, jsonText } from "../../../web/src/pages/sql/download.ts";
import { errorPlace, hasLimit } from "../../../web/src/pages/sql/error-place.ts";
import {
  historyMax,
  historyText,
  parseHistory,
  type PastQuery,
  withQuery,
} from "../../../web/src/pages/sql/history.ts";
import { rowWindow } from "../../../web/src/pages/sql/result-rows.ts";
import { kindOf, valueText, valueTimeMs } from "../../../web/src/pages/sql/result-values.ts";

const answer: QueryAnswer = {
  mode: { data: "simulated", feed: "simulator", delaySeconds: 900, replaySpeed: 60 },
  columns: [
    { name: "date", type: "DATE" },
    { name: "symbol", type: "VARCHAR" },
    { name: "close", type: "DOUBLE" },
    { name: "close", type: "DOUBLE" },
  ],
  rows: [
    ["2026-03-05", 'a "quoted", text', 83.5, null],
    ["2026-03-04", "", 82, 81],
  ],
  cut: false,
  milliseconds: 3.2,
};
const asOf = "2026-03-05T12:00:00Z";

test("a list of any length keeps its height, and what is in view is drawn", () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(4_000_000), (rows, scrollTop) => {
      const list = { rows, rowHeight: 28, viewHeight: 400, scrollTop };
      const { from, to, before, after } = rowWindow(list);
      assert.equal(before + (to - from) * 28 + after, rows * 28);
      assert.ok(rows <= 500 || to - from <= 60);
      const first = Math.min(Math.floor(scrollTop / 28), rows - 1);
      if (rows > 0 && scrollTop <= rows * 28 - 400) assert.ok(from <= first && first < to);
    }),
  );
});

test("a file says what its rows are and when they were asked for; null is no empty text", () => {
  const csv = csvText({ sql: "select 1", answer, asOf });
  const lines = csv.split("\r\n");
  assert.equal(lines[0], "date,symbol,close,close_2,mode,as_of");
  assert.equal(
    lines[1],
    `2026-03-05,"a ""quoted"", text",83.5,,"simulated, delayed 900 s",${asOf}`,
  );
  assert.match(lines[2] ?? "", /^2026-03-04,"",82,81,/);
  assert.equal(lines.length, 4, "it ends with a line break");
  const document: unknown = JSON.parse(jsonText({ sql: "select 1", answer, asOf }));
  assert.ok(typeof document === "object" && document !== null && "rows" in document);
  assert.deepEqual(document.rows, [
    { date: "2026-03-05", symbol: 'a "quoted", text', close: 83.5, close_2: null },
    { date: "2026-03-04", symbol: "", close: 82, close_2: 81 },
  ]);
  assert.ok("mode" in document && "asOf" in document);
});

test("invisible marks do not come along into a file", () => {
  const marked = { ...answer, rows: [["2026-03-05", "\u200e-5\u2069", 1, 2]] };
  assert.match(csvText({ sql: "", answer: marked, asOf }), /^2026-03-05,-5,1,2/m);
});

test("no text of a file is run as a formula; numbers stay numbers", () => {
  const texts = ["=1+1", "+cmd", "-cmd", "@x", "\u200e=1", "-5.25", "+3", "plain"];
  const rows = texts.map((text) => ["2026-03-05", text, -1, 2]);
  const lines = csvText({ sql: "", answer: { ...answer, rows }, asOf }).split("\r\n");
  assert.deepEqual(
    lines.slice(1, -1).map((line) => line.split(",")[1]),
    ["'=1+1", "'+cmd", "'-cmd", "'@x", "'=1", "-5.25", "+3", "plain"],
  );
  assert.ok(lines[1]?.includes(",-1,"));
});

test("a file with Arabic says in which letters it is written, another one needs not", () => {
  const arabic = { ...answer, rows: [["2026-03-05", "البنك", 1, 2]] };
  assert.match(csvFile({ sql: "", answer: arabic, asOf }), /^\ufeffdate,/);
  assert.match(csvFile({ sql: "", answer, asOf }), /^date,/);
});

test("columns of one name are told apart, whatever they are called", () => {
  assert.deepEqual(distinctNames(["a", "a_2", "a", "a"]), ["a", "a_2", "a_3", "a_4"]);
});

test("kinds and values of columns", () => {
  assert.equal(kindOf({ type: "DECIMAL(18,3)" }), "number");
  assert.equal(kindOf({ type: "TIMESTAMP WITH TIME ZONE" }), "time");
  assert.equal(kindOf({ type: "VARCHAR[]" }), "text");
  assert.equal(valueText(null), null);
  assert.equal(valueText(["a", 1]), '["a",1]');
  assert.equal(valueTimeMs("2026-03-05"), Date.UTC(2026, 2, 5));
  assert.equal(valueTimeMs("2026-03-05 10:00:00+02"), Date.UTC(2026, 2, 5, 8));
  assert.equal(valueTimeMs("COMI"), null);
});

test("dates against numbers are a line in the order of time, gaps left open", () => {
  const chart = chartData(answer);
  assert.equal(chart?.kind, "line");
  assert.deepEqual(chart.series, ["close", "close"]);
  assert.deepEqual(
    chart.points.map(({ label, at, values }) => [label, at, ...values]),
    [
      ["2026-03-04", 0, 82, 81],
      ["2026-03-05", 1, 83.5, null],
    ],
  );
  assert.deepEqual([chart.low, chart.high], [81, 83.5]);
});

test("names against numbers are bars from 0; other results make no picture", () => {
  const columns = [
    { name: "symbol", type: "VARCHAR" },
    { name: "n", type: "BIGINT" },
  ];
  const bars = chartData({
    columns,
    rows: [
      ["A", 5],
      ["B", "7"],
      ["C", null],
    ],
  });
  assert.equal(bars?.kind, "bar");
  assert.deepEqual([bars.low, bars.high], [0, 7]);
  assert.equal(chartData({ columns: columns.slice(0, 1), rows: [["A"], ["B"]] }), null);
  assert.equal(chartData({ columns, rows: [["A", 5]] }), null, "one bar compares nothing");
  assert.equal(
    chartData({
      columns,
      rows: [
        ["A", null],
        ["B", null],
      ],
    }),
    null,
  );
});

test("ticks are round and lie within", () => {
  assert.deepEqual(ticksOf(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticksOf(81, 83.5, 4), [81, 82, 83]);
  assert.deepEqual(ticksOf(5, 5, 4), [5]);
});

test("the newest query is first, and each is remembered once", () => {
  let history: readonly PastQuery[] = [];
  for (let atMs = 0; atMs < 60; atMs += 1) history = withQuery(history, { sql: `${atMs}`, atMs });
  assert.equal(history.length, historyMax);
  history = withQuery(history, { sql: " 30 ", atMs: 99 });
  assert.deepEqual(history[0], { sql: "30", atMs: 99 });
  assert.equal(history.filter(({ sql }) => sql === "30").length, 1);
  assert.equal(withQuery(history, { sql: "  ", atMs: 1 }), history);
  assert.deepEqual(parseHistory(historyText(history)), history);
  assert.deepEqual(parseHistory("{"), []);
  assert.deepEqual(parseHistory('[{"sql":1},{"sql":"x","atMs":2}]'), [{ sql: "x", atMs: 2 }]);
});

test("the place of an error", () => {
  const sql = "select\n  clos from bars";
  assert.deepEqual(errorPlace(sql, { line: 2, column: 3 }), {
    offset: 9,
    lineText: "  clos from bars",
    caretAt: 2,
  });
  assert.equal(errorPlace(sql, { line: 3, column: 1 }), null);
  assert.equal(errorPlace(sql, { line: undefined, column: undefined }), null);
});

test("a limit of the query's own is seen, one of a part of it or in a text is not", () => {
  assert.ok(hasLimit("select * from bars limit 5"));
  assert.ok(hasLimit("select * from bars LIMIT 5 OFFSET 2;"));
  assert.ok(!hasLimit("select * from (select * from bars limit 5)"));
  assert.ok(!hasLimit("select 'limit 5' -- limit 5"));
  assert.ok(!hasLimit("select * from bars"));
});
