import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { decodeMessage, encodeBar } from "../../src/market/codec.ts";
import { parseStoredLine, storedLine, type Origin } from "../../src/market/stored-line.ts";
import { anyBar } from "./bars.ts";

const anyOrigin: fc.Arbitrary<Origin> = fc.record(
  {
    logId: fc.stringMatching(/^[0-9a-f]{8}$/),
    partition: fc.nat(2_147_483_647),
    offset: fc.maxSafeNat(),
  },
  { noNullPrototype: true },
);
const someOrigin = { logId: "9f3c21ab", partition: 3, offset: 12_345 };

test("the origin is the end of the object", () => {
  const end = '"log_id":"9f3c21ab","log_partition":3,"log_offset":12345}';
  assert.equal(storedLine('{"a":1}', someOrigin), `{"a":1,${end}`);
  assert.equal(storedLine("{}", someOrigin), `{${end}`);
});

test("a stored line is read back: bar, date, origin and the message's own line", () => {
  const extra = fc.option(
    fc.oneof(
      fc.jsonValue(),
      fc.constant(storedLine('{"x":1}', someOrigin)),
      fc.constant({ log_id: "9f3c21ab" }),
    ),
  );
  fc.assert(
    fc.property(anyBar, anyOrigin, extra, (bar, origin, note) => {
      const message = `${encodeBar(bar).slice(0, -1)},"note":${JSON.stringify(note)}}`;
      const decoded = decodeMessage(utf8(message));
      assert.ok(decoded.ok);
      const text = storedLine(decoded.line, origin);
      assert.ok(text.endsWith(`,"log_offset":${origin.offset}}`));
      assert.deepEqual(parseStoredLine(text), { ...decoded, origin });
    }),
    { numRuns: 1000 },
  );
});

test("a line without its origin, or with a damaged one, is refused", () => {
  const decoded = decodeMessage(
    utf8(encodeBar(fc.sample(anyBar, { numRuns: 1, seed: 1 })[0] ?? assert.fail())),
  );
  assert.ok(decoded.ok);
  const whole = storedLine(decoded.line, someOrigin);
  const wrong = [
    "",
    decoded.line,
    whole.slice(0, -1),
    `${whole}}`,
    whole.replace("9f3c21ab", "9f3c21a"),
    whole.replace("12345", "-1"),
    whole.replace('"log_partition":3,', ""),
    storedLine(whole, someOrigin),
    storedLine("{}", someOrigin),
  ];
  for (const text of wrong) assert.equal(parseStoredLine(text).ok, false, text);
});
