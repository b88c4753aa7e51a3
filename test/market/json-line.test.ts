import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { jsonLine, parseJson, repeatedField } from "../../src/market/json-line.ts";

const numbers = ["1.10", "1e2", "-0", "0.0", "1E+5", "123456789012345678901234567890", "-1.50e-3"];
const strings = [
  '""',
  '"a b"',
  '" \\t "',
  '"\\u0041\\ud83d\\ude00"',
  '"\\""',
  '"\\\\"',
  '"\\\\\\" : { , "',
  '"{[}]"',
  '"كومي"',
  '"a\\/b"',
];
const gap = fc
  .array(fc.constantFrom(" ", "\t", "\n", "\r"), { maxLength: 3 })
  .map((parts) => parts.join(""));

/** Tokens of a JSON value in order, whose fields have names of `names`. */
function anyTokens(names: readonly string[]): fc.Arbitrary<readonly string[]> {
  const { value } = fc.letrec<{ value: readonly string[] }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(...numbers, ...strings, "true", "false", "null").map((token) => [token]),
      fc.array(tie("value"), { maxLength: 3 }).map((items) => joined("[", items, "]")),
      fc
        .array(fc.tuple(fc.constantFrom(...names), tie("value")), { maxLength: 4 })
        .map((fields) => fields.map(([name, item]) => [name, ":"].concat(item)))
        .map((fields) => joined("{", fields, "}")),
    ),
  }));
  return value;
}

function joined(open: string, items: readonly (readonly string[])[], close: string): string[] {
  const tokens = items.flatMap((item, at) => (at === 0 ? item : [","].concat(item)));
  return [open, ...tokens, close];
}

function spaced(tokens: readonly string[], gaps: readonly string[]): string {
  return tokens.map((token, at) => `${gaps[at % gaps.length]}${token}`).join("") + gaps[0];
}

const someGaps = fc.array(gap, { minLength: 1, maxLength: 20 });

test("whitespace between tokens goes, and every token stays as it was", () => {
  fc.assert(
    fc.property(anyTokens(strings), someGaps, (tokens, gaps) => {
      const { line } = jsonLine(spaced(tokens, gaps));
      assert.equal(line, tokens.join(""));
      assert.equal(jsonLine(line).line, line);
    }),
    { numRuns: 2000 },
  );
});

test("the line has the value that the text had", () => {
  // JSON.parse itself misreads escaped names; see parseJson.
  const names = strings.filter((token) => !token.includes("\\"));
  fc.assert(
    fc.property(anyTokens(names), someGaps, (tokens, gaps) => {
      const text = spaced(tokens, gaps);
      assert.deepEqual(JSON.parse(jsonLine(text).line), JSON.parse(text));
      assert.deepEqual(parseJson(text), JSON.parse(text));
    }),
    { numRuns: 1000 },
  );
});

test("an escaped name is read alike whatever was parsed before", () => {
  const moved = "\uE022";
  for (let round = 0; round < 50; round += 1) {
    JSON.parse(`{"r":${round},"\\\\":0}`);
    assert.deepEqual(parseJson(String.raw`{"r":1,"\"":2}`), { r: 1, [moved]: 2 });
    assert.deepEqual(parseJson(String.raw`{"r":1, "\"" :"\"", "\\":3}`), {
      r: 1,
      [moved]: '"',
      "\uE05C": 3,
    });
    assert.deepEqual(parseJson(String.raw`{"\u0063lose":"\u0063"}`), { close: "c" });
  }
});

test("what is no JSON is refused, escapes or not", () => {
  const wrong = [
    "",
    "{",
    '{"a',
    '{"a\\"',
    '{"\\":1}',
    '{"\\x":1}',
    '{"a":"\\x"}',
    '["a\\n":1]',
    '{"a":1}}',
  ];
  for (const text of wrong) assert.throws(() => parseJson(text), SyntaxError, text);
});

test("fields are counted at the top alone, repeated ones as often", () => {
  const cases = [
    ["{}", 0, null],
    ['{"a":1}', 1, null],
    ['{"a":{"b":1,"b":2},"c":[{"a":1}]}', 2, null],
    ['{"a":1,"b":"x","a":2}', 3, "a"],
    ['{"a":"b","b":"a"}', 2, null],
    ['{"a":1,"\\u0061":2}', 2, "a"],
    ['{"":1,"":2}', 2, ""],
    ['{"a:":":","b":"c\\":d"}', 2, null],
  ] as const;
  for (const [text, fields, repeated] of cases) {
    assert.equal(jsonLine(text).fields, fields, text);
    assert.equal(repeatedField(text), repeated, text);
  }
});
