import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode } from "../../src/base/errors.ts";
import { checkKey } from "../../src/lake/key.ts";
import { isSymbol, parseSymbol, parseSymbolList } from "../../src/market/symbol.ts";

test("tickers of the exchange are symbols", () => {
  for (const symbol of ["COMI", "VLMRA", "0", "EGX30", "A..B", "A-B", "B_1.CA", "A".repeat(32)]) {
    assert.ok(isSymbol(symbol), symbol);
    assert.equal(parseSymbol(symbol), symbol);
  }
});

test("what could leave a path, or is not spelt as a ticker, is no symbol", () => {
  const wrong = ["", ".", "..", "-rf", "_A", "comi", "CO MI", "A/B", "../A", "A\\B", "A\n", "A\0"];
  for (const text of [...wrong, "A".repeat(33), "کومی", "É"]) {
    assert.equal(isSymbol(text), false, JSON.stringify(text));
    assert.throws(
      () => parseSymbol(text),
      (error) => hasCode(error, "E_BAR_SYMBOL") && error.message.includes(JSON.stringify(text)),
    );
  }
});

test("no symbol can make a key that escapes its prefix", () => {
  const part = fc.constantFrom("A", "z", "9", ".", "-", "_", "/", "\\", "=", " ", "%", "\n", "é");
  const text = fc.oneof(
    fc.array(part, { maxLength: 40 }).map((parts) => parts.join("")),
    fc.string(),
  );
  let symbols = 0;
  fc.assert(
    fc.property(text, (candidate) => {
      if (!isSymbol(candidate)) return;
      symbols += 1;
      const key = `streaming/date=2025-11-24/${candidate}/symbol=${candidate}/x.json`;
      assert.equal(checkKey(key), key);
      const url = new URL(`https://lake/${candidate}/x`);
      assert.equal(url.pathname, `/${candidate}/x`);
    }),
    { numRuns: 2000 },
  );
  assert.ok(symbols > 0, "the property saw no symbol");
});

test("a list keeps its order, drops repetitions and allows spaces", () => {
  assert.deepEqual(parseSymbolList("COMI"), ["COMI"]);
  assert.deepEqual(parseSymbolList("ETEL, COMI,ETEL ,SWDY"), ["ETEL", "COMI", "SWDY"]);
});

test("a wrong list is a usage error that names the part", () => {
  const cases = [
    ["comi,ETEL", /"comi" is not a symbol; did you mean COMI\?/],
    ["COMI,../X", /"\.\.\/X" is not a symbol; symbols are written/],
    ["COMI,,ETEL", /a symbol is missing in "COMI,,ETEL"/],
    ["", /a symbol is missing in ""/],
  ] as const;
  for (const [text, expected] of cases) {
    assert.throws(
      () => parseSymbolList(text),
      (error) => hasCode(error, "E_USAGE") && expected.test(error.message),
    );
  }
});
