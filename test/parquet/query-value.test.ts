import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { cellText, floatNumber, isoOfMicros, wholeNumber } from "../../src/parquet/query-value.ts";
import { makeLake, rowsOf } from "../support/silver-lake.ts";

suite("values of an answer", () => {
  test("of every type of SQL are plain", async (t) => {
    const testLake = await makeLake(t);
    const cases: readonly (readonly [string, unknown])[] = [
      ["null", null],
      ["true", true],
      ["1::tinyint", 1],
      ["9007199254740991::bigint", 9_007_199_254_740_991],
      ["9007199254740992::bigint", "9007199254740992"],
      ["-9007199254740992::bigint", "-9007199254740992"],
      ["sum(2)", 2],
      [
        "170141183460469231731687303715884105727::hugeint",
        "170141183460469231731687303715884105727",
      ],
      ["1.5::double", 1.5],
      ["0.1::float", 0.100_000_001_490_116_12],
      ["'nan'::double", "NaN"],
      ["'-infinity'::double", "-Infinity"],
      ["1.25", 1.25],
      ["12345678901234567.89::decimal(38, 2)", "12345678901234567.89"],
      ["'سهم'", "سهم"],
      ["date '2025-11-24'", "2025-11-24"],
      ["timestamptz '2025-11-24 10:00:00+02'", "2025-11-24T08:00:00Z"],
      ["timestamptz '2025-11-24 10:00:00.123+02'", "2025-11-24T08:00:00.123Z"],
      ["timestamptz '2025-11-24 10:00:00.000456+02'", "2025-11-24T08:00:00.000456Z"],
      ["timestamptz 'infinity'", "infinity"],
      ["timestamp '2025-11-24 10:00:00'", "2025-11-24T10:00:00"],
      ["time '10:00:00'", "10:00:00"],
      ["[1, null, 3]", [1, null, 3]],
      ["[]::varchar[]", []],
      ["[timestamptz '2025-11-24 08:00:00Z']", ["2025-11-24T08:00:00Z"]],
      ["array_value(1, 2)", [1, 2]],
      ["{'a': 1, 'b': [date '2025-01-01']}", { a: 1, b: ["2025-01-01"] }],
      ["map {'a': 1}", [{ key: "a", value: 1 }]],
      ["union_value(n := 5)", 5],
      ["'a'::enum ('a', 'b')", "a"],
      ["'ab'::blob", "ab"],
      ["uuid '00000000-0000-4000-8000-000000000001'", "00000000-0000-4000-8000-000000000001"],
    ];
    for (const [sql, expected] of cases) {
      assert.deepEqual(await rowsOf(testLake, `select ${sql}`), [[expected]], sql);
    }
  });

  test("are cells of CSV and tables", () => {
    assert.equal(cellText(null), "");
    assert.equal(cellText("a,b"), "a,b");
    assert.equal(cellText(1.5), "1.5");
    assert.equal(cellText(false), "false");
    assert.equal(cellText(["open-outside-range"]), '["open-outside-range"]');
  });

  test("before 1970 and beyond what can be written are right", () => {
    assert.equal(isoOfMicros(-1n), "1969-12-31T23:59:59.999999Z");
    assert.equal(isoOfMicros(0n), "1970-01-01T00:00:00Z");
    assert.equal(isoOfMicros(8_640_000_000_000_001_000n), null);
    assert.equal(wholeNumber(-5n), -5);
    assert.equal(floatNumber(Infinity), "Infinity");
  });
});
