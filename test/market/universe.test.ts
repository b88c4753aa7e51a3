import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { simulatedUniverse, symbolsMax } from "../../src/feeds/simulator-universe.ts";
import { foldText } from "../../src/market/fold.ts";
import { isSymbol } from "../../src/market/symbol.ts";
import {
  indexMemberLists,
  indexMembers,
  indexNames,
  listingOf,
  listings,
  searchListings,
  sectorNamed,
} from "../../src/market/universe.ts";

test("every listing is whole: a safe ticker, an ISIN whose check digit is right", () => {
  assert.equal(listings.length, 275);
  assert.equal(listings.filter(({ listed }) => listed).length, 224);
  const tickers = listings.map(({ symbol }) => symbol);
  assert.deepEqual(tickers, [...new Set(tickers)].toSorted());
  for (const { symbol, isin, name, currency, listedDate, listedShares, sector } of listings) {
    assert.ok(isSymbol(symbol), symbol);
    assert.ok(name.en !== "" && name.ar !== "", symbol);
    if (isin !== null) assert.ok(isIsin(isin), `${symbol}: ${isin}`);
    assert.ok(currency === null || ["EGP", "USD"].includes(currency), symbol);
    if (listedDate !== null)
      assert.equal(Temporal.PlainDate.from(listedDate).toString(), listedDate);
    assert.ok(
      listedShares === null || (Number.isSafeInteger(listedShares) && listedShares > 0),
      symbol,
    );
    assert.ok(sector === null || /\p{Script=Arabic}/u.test(sector.ar ?? ""), symbol);
  }
});

test("a sector is known by its name in either language, however it is spelt", () => {
  const realEstate = { en: "Real Estate", ar: "عقارات" };
  for (const name of ["Real Estate", "REAL  ESTATE", "عقارات"]) {
    assert.deepEqual(sectorNamed(name), realEstate);
  }
  assert.deepEqual(sectorNamed("Sleep"), { en: "Sleep", ar: null });
});

test("a ticker, an ISIN and a former ticker lead to the listing", () => {
  const comi = listingOf("COMI");
  assert.deepEqual(comi, {
    symbol: "COMI",
    isin: "EGS60121C018",
    name: {
      en: "Commercial International Bank-Egypt (CIB)",
      ar: "البنك التجاري الدولي -مصر (سى اى بى )",
    },
    sector: { en: "Banks", ar: "بنوك" },
    currency: "EGP",
    listedDate: "1995-02-02",
    listedShares: 3_405_139_100,
    listed: true,
    formerSymbols: [],
  });
  assert.equal(listingOf("EGS60121C018"), comi);
  assert.deepEqual([listingOf("MNHD")?.symbol, listingOf("AUTO")?.symbol], ["MASR", "GBCO"]);
  assert.deepEqual([listingOf("comi"), listingOf("")], [undefined, undefined]);
  assert.deepEqual(
    listings.filter(({ currency }) => currency === "USD").map(({ symbol }) => symbol),
    ["CFGH", "EGBE", "EGSA", "FAITA", "GPPL", "GTEX", "MOIL", "NAHO", "TRTO", "VLMR"],
  );
});

test("texts are folded: case, accents, letters that stand for one another, digits", () => {
  const cases = [
    ["Commercial INTERNATIONAL", "commercial international"],
    ["أبو ظبى", "ابو ظبي"],
    ["إآأٱا", "ااااا"],
    ["شركة", "شركه"],
    ["مُحَمَّد", "محمد"],
    ["مـــصر", "مصر"],
    ["٢٠٢٦ و ۲۰۲۶", "2026 و 2026"],
    ["  B-Tech, S.A.E. ", "b tech s a e"],
    ["Crédit", "credit"],
    // One sign of a font for two letters.
    ["\uFBF9", "يي"],
    ["", ""],
  ] as const;
  for (const [text, folded] of cases) assert.equal(foldText(text), folded, text);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(foldText(foldText(text)), foldText(text));
    }),
  );
});

test("searches find a listing by any spelling of its name", () => {
  const first = (text: string): string | undefined => searchListings(text)[0]?.symbol;
  const cases = [
    ["comi", "COMI"],
    ["EGS60121C018", "COMI"],
    ["commercial international", "COMI"],
    ["التجاري الدولي", "COMI"],
    ["التجارى الدولى", "COMI"],
    ["ابو ظبي الاسلامى", "ADIB"],
    ["أبو ظبي الإسلامي", "ADIB"],
    ["abou kir fert", "ABUK"],
    ["mnhd", "MASR"],
    ["مدينه مصر", "MASR"],
  ] as const;
  for (const [text, symbol] of cases) assert.equal(first(text), symbol, text);
  assert.ok(searchListings("بنوك").length >= 12);
  assert.deepEqual(
    searchListings("banks").every(({ sector, name }) =>
      `${sector?.en} ${name.en}`.includes("Bank"),
    ),
    true,
  );
  assert.deepEqual(
    [searchListings(""), searchListings(" - "), searchListings("qqqq")],
    [[], [], []],
  );
});

test("every listing is found by its ticker and by its whole names", () => {
  for (const listing of listings) {
    assert.equal(searchListings(listing.symbol.toLowerCase())[0], listing);
    assert.ok(searchListings(listing.name.en).includes(listing), listing.symbol);
    if (listing.name.ar !== null) assert.ok(searchListings(listing.name.ar).includes(listing));
  }
});

test("members of an index are those of the newest list on or before a date", () => {
  const counts = { EGX30: 31, EGX70: 70, EGX100: 101, SHARIAH: 34 };
  for (const index of indexNames) {
    const members = indexMembers(index, "2026-08-20");
    assert.equal(members?.symbols.length, counts[index]);
    assert.deepEqual(indexMembers(index), members);
    assert.equal(indexMembers(index, "2026-07-25"), null);
    for (const symbol of members.symbols) assert.ok(listingOf(symbol)?.listed, symbol);
  }
  assert.equal(indexMembers("EGX30", "2026-07-26")?.validFrom, "2026-07-26");
  assert.equal(indexMembers("EGX100", "2026-08-11"), null);
  const members = new Set(indexMembers("EGX30")?.symbols);
  const others = indexMembers("EGX70")?.symbols ?? [];
  assert.deepEqual([...members, ...others].toSorted(), indexMembers("EGX100")?.symbols.toSorted());
  assert.ok(
    indexMemberLists.every(({ validFrom, validTo }) => validTo === null || validFrom < validTo),
  );
});

test("no simulated symbol has the ticker of a real one", () => {
  const universe = simulatedUniverse("1", symbolsMax);
  assert.deepEqual(
    universe.filter(({ symbol }) => listingOf(symbol) !== undefined),
    [],
  );
});

/** Letters count as 10-35, then Luhn's sum. */
function isIsin(text: string): boolean {
  if (!/^EG[A-Z0-9]{9}\d$/.test(text)) return false;
  const digits = Array.from(text, (letter) => Number.parseInt(letter, 36)).join("");
  const sum = Array.from(digits)
    .toReversed()
    .map((digit, place) => Number(digit) * (1 + (place % 2)))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return sum % 10 === 0;
}
