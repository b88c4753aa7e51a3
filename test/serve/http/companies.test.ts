import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  companiesKey,
  encodeCompanies,
  unknownCompany,
  type CompanyFacts,
} from "../../../src/ledger/companies.ts";
import { sectorsAnswer, snapshotAnswer } from "../../../src/serve/api/market.ts";
import { matrixAnswer } from "../../../src/serve/api/quality.ts";
import { symbolAnswer, symbolsAnswer } from "../../../src/serve/api/symbols.ts";
import { makeApiData, startApi, type ApiServer } from "../../support/api-rig.ts";
import { barOf, LakeWriter } from "../../support/silver-lake.ts";

const said: readonly CompanyFacts[] = [
  {
    ...unknownCompany("ZAAB"),
    name_en: "Zaab Bank",
    name_ar: "بنك زاب",
    sector: "banks",
    isin: "EGS00000C001",
    listed_shares: 2_000,
    listed_date: "2020-02-29",
  },
  { ...unknownCompany("ZEEB"), sector: "Sleep" },
  { ...unknownCompany("COMI"), industry: "Regional Banks", listed_shares: 1_000 },
];

async function answer(api: ApiServer, address: string): Promise<unknown> {
  const response = await api.get(`/api/v1/${address}`);
  assert.equal(response.status, 200, address);
  return response.json();
}

const banks = { en: "Banks", ar: "بنوك" };

async function startKnowing(t: TestContext): Promise<ApiServer> {
  const data = await makeApiData(t);
  const at = "2025-11-27T10:00:00+02:00";
  await new LakeWriter(data.testLake.lake, 1, data.logId).append([
    barOf({ symbol: "ZAAB", at }),
    barOf({ symbol: "ZEEB", at }),
  ]);
  await data.testLake.lake.put(companiesKey, encodeCompanies(said));
  await data.testLake.build();
  return startApi(data);
}

test("the market has the lake's names, sectors and shares, else this release's", async (t) => {
  await using api = await startKnowing(t);
  const { quotes } = snapshotAnswer.parse(await answer(api, "market/snapshot"));
  const known = new Map(quotes.map((quote) => [quote.symbol, quote]));
  const zaab = known.get("ZAAB");
  assert.deepEqual(
    [zaab?.name, zaab?.sector, zaab?.marketValue],
    [{ en: "Zaab Bank", ar: "بنك زاب" }, banks, 2_000 * 10.5],
  );
  assert.deepEqual(known.get("ZEEB")?.name, { en: null, ar: null });
  assert.deepEqual(known.get("ZEEB")?.sector, { en: "Sleep", ar: null });
  assert.equal(known.get("COMI")?.name.en, "Commercial International Bank-Egypt (CIB)");
  assert.equal(known.get("COMI")?.marketValue, 1_000 * 107);
  assert.equal(known.get("ETEL")?.name.en, "Telecom Egypt");

  const { sectors } = sectorsAnswer.parse(await answer(api, "market/sectors"));
  const ofBanks = sectors.find(({ sector }) => sector.en === "Banks");
  assert.deepEqual([ofBanks?.sector, ofBanks?.symbols], [banks, 2]);
  const range = "from=2025-11-02&to=2025-11-27";
  const matrix = matrixAnswer.parse(await answer(api, `quality/matrix?${range}`));
  const row = matrix.rows.find(({ symbol }) => symbol === "ZAAB");
  assert.deepEqual([row?.name.en, row?.sector], ["Zaab Bank", banks]);
  assert.deepEqual(api.failures, []);
});

test("a symbol's own facts are the lake's, and it is found by them", async (t) => {
  await using api = await startKnowing(t);
  const comi = symbolAnswer.parse(await answer(api, "symbols/COMI"));
  assert.deepEqual(
    [comi.industry, comi.listedShares, comi.isin, comi.sector],
    ["Regional Banks", 1_000, "EGS60121C018", banks],
  );
  const one = symbolAnswer.parse(await answer(api, "symbols/ZAAB"));
  assert.deepEqual([one.isin, one.listedDate, one.listed], ["EGS00000C001", "2020-02-29", false]);
  const unheld = symbolAnswer.parse(await answer(api, "symbols/SWDY"));
  assert.notEqual(unheld.name.ar, null);

  for (const search of ["بنك زاب", "EGS00000C001", "zaab bank"]) {
    const address = `symbols?search=${encodeURIComponent(search)}`;
    const found = symbolsAnswer.parse(await answer(api, address));
    assert.equal(found.symbols[0]?.symbol, "ZAAB", search);
  }
  const inSector = symbolsAnswer.parse(await answer(api, "symbols?sector=Sleep"));
  assert.deepEqual(
    inSector.symbols.map(({ symbol }) => symbol),
    ["ZEEB"],
  );
  assert.deepEqual(api.failures, []);
});
