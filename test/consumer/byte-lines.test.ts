import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { textOf } from "../../src/base/bytes.ts";
import { ByteLines } from "../../src/consumer/byte-lines.ts";

test("lines are kept as they were, whatever their length and their characters", () => {
  const line = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 30 }),
    fc.string({ unit: "binary", maxLength: 2000 }),
    fc.nat(3000).map((length) => "x".repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (texts) => {
      const lines = new ByteLines();
      const bytes = texts.reduce((sum, text) => sum + lines.add(text), 0);
      assert.equal(textOf(lines.bytes()), texts.map((text) => `${text}\n`).join(""));
      assert.equal(lines.bytes().length, bytes);
      assert.equal(lines.count, texts.length);
    }),
  );
});
