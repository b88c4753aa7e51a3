import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  knownUniverseText,
  lastChanges,
  listingsBeyond,
  parseKnownUniverse,
  releasedSymbols,
  tickersOf,
  universeAfter,
  type KnownSymbol,
  type KnownUniverse,
} from "../../src/market/known-universe.ts";

const first = "2026-11-20T09:00:00.000Z";
const second = "2026-11-24T09:00:00.000Z";

function known(symbol: string, isin: string | null = null, currency = "EGP"): KnownSymbol {
  return { symbol, isin, name: `${symbol} S.A.E.`, type: "stock", currency };
}

function universe(symbols: readonly KnownSymbol[]): KnownUniverse {
  return { refreshed: first, source: "tradingview", symbols, changes: [] };
}

function changesOf(
  before: readonly KnownSymbol[],
  now: readonly KnownSymbol[],
  unsure: readonly string[] = [],
): readonly string[] {
  const looked = { refreshed: second, source: "tradingview", symbols: now, unsure };
  return lastChanges(universeAfter(universe(before), looked)).map(
    ({ kind, symbol, from, to }) => `${kind} ${symbol} ${from} ${to}`,
  );
}

test("new, gone, renamed and other currencies are told, and nothing when nothing changed", () => {
  const before = [known("AAA"), known("OLD", "EGS000000001"), known("CUR"), known("END")];
  assert.deepEqual(changesOf(before, before), []);
  assert.deepEqual(
    changesOf(before, [
      known("AAA"),
      known("NEWNAME", "EGS000000001"),
      known("CUR", null, "USD"),
      known("ADDED"),
    ]),
    [
      "renamed NEWNAME OLD NEWNAME",
      "currency CUR EGP USD",
      "new ADDED null ADDED",
      "gone END END null",
    ],
  );
});

test("a ticker that another company has taken over is one gone and one new", () => {
  assert.deepEqual(changesOf([known("TAKE", "EGS000000001")], [known("TAKE", "EGS000000002")]), [
    "new TAKE null TAKE",
    "gone TAKE TAKE null",
  ]);
});

test("what could not be learned stays", () => {
  const before = universe([known("AAA"), known("BBB")]);
  const looked = { refreshed: second, source: "x", symbols: [known("AAA")], unsure: ["BBB"] };
  const after = universeAfter(before, looked);
  assert.deepEqual(tickersOf(after), ["AAA", "BBB"]);
  assert.deepEqual(after.changes, []);
});

test("a first look is held against this release, whose other tickers are no renaming", () => {
  const released = releasedSymbols();
  const comi = released.find(({ symbol }) => symbol === "COMI");
  const symbols = [...released.filter((one) => one !== comi), known("CIB", comi?.isin ?? "")];
  const looked = { refreshed: first, source: "tradingview", symbols, unsure: [] };
  assert.deepEqual(universeAfter(null, looked).changes, []);
  assert.ok(tickersOf(null).includes("COMI") && tickersOf(null).length > 200);
});

test("a ticker gets the ISIN that is known of it; what is beyond this release is a listing", () => {
  const symbols = [known("COMI"), known("BRANDNEW")];
  const looked = { refreshed: second, source: "tradingview", symbols, unsure: [] };
  const after = universeAfter(universe(symbols), looked);
  assert.deepEqual(
    after.symbols.map(({ isin }) => isin),
    ["EGS60121C018", null],
  );
  assert.deepEqual(
    listingsBeyond(after).map(({ symbol, name }) => [symbol, name.en]),
    [["BRANDNEW", "BRANDNEW S.A.E."]],
  );
});

test("a file is read back as it was written; any other text is none", () => {
  const whole = universeAfter(universe([known("AAA")]), {
    refreshed: second,
    source: "tradingview",
    symbols: [known("BBB")],
    unsure: [],
  });
  const content = knownUniverseText(whole);
  assert.deepEqual(parseKnownUniverse(content), whole);
  fc.assert(
    fc.property(fc.nat(content.length - 3), (length) => {
      assert.equal(parseKnownUniverse(content.slice(0, length)), null);
    }),
  );
  assert.equal(parseKnownUniverse(content.replace('"format": 1', '"format": 2')), null);
  assert.equal(parseKnownUniverse(content.replace('"kind": "new"', '"kind": "odd"')), null);
  assert.equal(parseKnownUniverse("{}"), null);
});
