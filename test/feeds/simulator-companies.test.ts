import assert from "node:assert/strict";
import { test } from "node:test";
import { simulatedCompanies } from "../../src/feeds/simulator-companies.ts";
import { simulatedUniverse, symbolsMax } from "../../src/feeds/simulator-universe.ts";
import { sectorNamed } from "../../src/market/universe.ts";

test("every listing has a company that says it is simulated, of a sector of the exchange", () => {
  const companies = simulatedCompanies(1, symbolsMax);
  const tickers = simulatedUniverse("1", symbolsMax).map(({ symbol }) => symbol);
  assert.deepEqual(
    companies.map(({ symbol }) => symbol),
    tickers,
  );
  for (const { symbol, nameEn, nameAr, sector, listedShares } of companies) {
    assert.match(nameEn, /^[A-Z][A-Za-z ]+ \(simulated\)$/, symbol);
    assert.match(nameAr, /^[\p{Script=Arabic} ]+ \(محاكاة\)$/u, symbol);
    assert.equal(sectorNamed(sector).en, sector);
    assert.notEqual(sectorNamed(sector).ar, null, sector);
    assert.ok(Number.isSafeInteger(listedShares) && listedShares > 0, symbol);
  }
  assert.equal(new Set(companies.map(({ nameEn }) => nameEn)).size, symbolsMax);
  assert.equal(new Set(companies.map(({ sector }) => sector)).size, 12);
});

test("a sector's name is that of the symbol's moves, and the seed alone decides", () => {
  const nameByNumber = new Map<number, string>();
  const companies = simulatedCompanies("x");
  for (const [place, { sector }] of simulatedUniverse("x", companies.length).entries()) {
    const name = companies[place]?.sector ?? "";
    assert.equal(nameByNumber.get(sector) ?? name, name);
    nameByNumber.set(sector, name);
  }
  assert.equal(new Set(nameByNumber.values()).size, nameByNumber.size);
  assert.deepEqual(simulatedCompanies("x"), companies);
  assert.notDeepEqual(simulatedCompanies("y"), companies);
});
