import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseLines } from "../../src/feeds/recorded-csv.ts";

test("what is written as RFC 4180 says is read back, field by field", () => {
  const field = fc.string({ unit: "binary" }).map((text) => text.replaceAll(/[\r\n]/g, ""));
  const row = fc.array(field, { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      const lines = rows.map((fields) =>
        fields
          .map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
          .join(","),
      );
      assert.deepEqual(parseLines(lines), rows);
    }),
  );
});

test("a broken quote costs its own line alone", () => {
  const broken = ['"b,1', 'b"x"y,1', '"b"x,1', '"'];
  for (const line of broken) {
    assert.deepEqual(parseLines(["a,1", line, "c,2", 'd,"2"']), [
      ["a", "1"],
      null,
      ["c", "2"],
      ["d", "2"],
    ]);
  }
});

test("two broken quotes do not make one good field of what lies between them", () => {
  assert.deepEqual(parseLines(['a,"1', "b,2", 'c,3"']), [null, ["b", "2"], null]);
});
