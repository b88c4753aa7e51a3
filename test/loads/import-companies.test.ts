import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { EgxError } from "../../src/base/errors.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { companiesKey, readCompanies, type CompanyFacts } from "../../src/ledger/companies.ts";
import { importCompanies, type CompaniesSummary } from "../../src/loads/import-companies.ts";
import { fileOf, storeOf } from "../support/loads.ts";
import { makeLake, type TestLake } from "../support/silver-lake.ts";

async function taken(
  t: TestContext,
  { lake }: Pick<TestLake, "lake">,
  text: string,
): Promise<CompaniesSummary> {
  return importCompanies(storeOf(lake), await fileOf(t, text, "companies.csv"));
}

async function companiesOf(lake: Lake): Promise<readonly CompanyFacts[]> {
  return (await readCompanies(lake)).companies;
}

suite("facts of companies", () => {
  test("are known by the usual names of their columns, in any form of number and date", async (t) => {
    const testLake = await makeLake(t);
    const summary = await taken(
      t,
      testLake,
      "\uFEFFTicker,ISIN Code,Company Name,Name (AR),Sector Name,Industry,Listing Date,No. of listed shares\n" +
        'EGX:COMI,egs60121c018,CIB,"البنك التجاري",Banks,Regional Banks,31/12/1995,"3,405,139,100"\n' +
        "etel.ca,,Telecom Egypt,,,-,14/12/2005,1707071600.0\n",
    );
    assert.deepEqual(summary, { companies: 2, changed: true, refused: [] });
    assert.deepEqual(await companiesOf(testLake.lake), [
      {
        symbol: "COMI",
        isin: "EGS60121C018",
        name_en: "CIB",
        name_ar: null,
        sector: "Banks",
        industry: "Regional Banks",
        listed_date: "1995-12-31",
        listed_shares: 3_405_139_100,
      },
      {
        symbol: "ETEL",
        isin: null,
        name_en: "Telecom Egypt",
        name_ar: null,
        sector: null,
        industry: null,
        listed_date: "2005-12-14",
        listed_shares: 1_707_071_600,
      },
    ]);
  });

  test("by an ISIN alone are the listing's; what is unknown is refused with its line", async (t) => {
    const testLake = await makeLake(t);
    const summary = await taken(
      t,
      testLake,
      "isin,sector,shares\nEGS60121C018,Banks,5\nEGS00000X000,Banks,5\nEG1,Banks,5\n" +
        "EGS60121C018,Banks,1.5\n",
    );
    assert.equal(summary.companies, 1);
    assert.deepEqual(
      summary.refused.map(({ line, reason }) => [line, reason.replace(/^".*" is/, "is")]),
      [
        [3, "is not a symbol"],
        [4, "is not an ISIN"],
        [5, "is not a number of shares"],
      ],
    );
    const [company] = await companiesOf(testLake.lake);
    assert.deepEqual([company?.symbol, company?.listed_shares], ["COMI", 5]);
  });

  test("join those of earlier files: the last one counts, what it leaves open stays", async (t) => {
    const testLake = await makeLake(t);
    await taken(t, testLake, "symbol,sector,industry\nCOMI,Banks,Banks\nETEL,Telecom,Telecom\n");
    const later = "symbol,sector,industry\nCOMI,,Regional Banks\n";
    assert.equal((await taken(t, testLake, later)).changed, true);
    assert.equal((await taken(t, testLake, later)).changed, false);
    const known = await companiesOf(testLake.lake);
    assert.deepEqual(
      known.map(({ symbol, sector, industry }) => [symbol, sector, industry]),
      [
        ["COMI", "Banks", "Regional Banks"],
        ["ETEL", "Telecom", "Telecom"],
      ],
    );
  });

  test("of two processes at once are all kept", async (t) => {
    const testLake = await makeLake(t);
    const { lake } = testLake;
    let between = true;
    const racing: Lake = {
      ...lake,
      url: lake.url,
      get: async (key) => {
        const stored = await lake.get(key);
        if (key === companiesKey && between) {
          between = false;
          await taken(t, testLake, "symbol,sector\nETEL,Telecom\n");
        }
        return stored;
      },
      replace: (key, body, expected) => lake.replace(key, body, expected),
      create: (key, body) => lake.create(key, body),
    };
    await taken(t, { lake: racing }, "symbol,sector\nCOMI,Banks\n");
    const symbols = (await companiesOf(lake)).map(({ symbol }) => symbol);
    assert.deepEqual(symbols, ["COMI", "ETEL"]);
  });

  test("a file that says nothing of companies is refused, and nothing is written", async (t) => {
    const testLake = await makeLake(t);
    const texts = [
      "symbol,close\nCOMI,80\n",
      "company,sector\nCIB,Banks\n",
      "symbol,sector\n???,Banks\n",
      "symbol,listed_date\nCOMI,01/02/1995\n",
      "<html>Log in</html>",
    ];
    for (const text of texts) {
      const error: unknown = await taken(t, testLake, text).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof EgxError && error.code === "E_FILE_FORMAT", text);
    }
    assert.equal(await testLake.lake.get(companiesKey), null);
  });
});
