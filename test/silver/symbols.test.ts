import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { suite, test } from "node:test";
import { hasCode } from "../../src/base/errors.ts";
import {
  companiesKey,
  encodeCompanies,
  mergeCompanies,
  unknownCompany,
  type CompanyFacts,
} from "../../src/ledger/companies.ts";
import { Database } from "../../src/parquet/duckdb.ts";
import { encodeState, readState } from "../../src/silver/built-state.ts";
import { builtKey, symbolsKey } from "../../src/silver/silver-keys.ts";
import { barOf, LakeWriter, makeLake, rowsOf } from "../support/silver-lake.ts";

const facts = "select symbol, sector, industry, isin, listed_date, listed_shares from symbols";

function company(symbol: string, known: Partial<CompanyFacts>): CompanyFacts {
  return { ...unknownCompany(symbol), ...known };
}

suite("symbols.parquet", () => {
  test("has the facts of this release, and null for what nobody knows", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf(), barOf({ symbol: "ZZZZ" })]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, `${facts} order by 1`), [
      ["COMI", "Banks", null, "EGS60121C018", "1995-02-02", 3_405_139_100],
      ["ZZZZ", null, null, null, null, null],
    ]);
  });

  test("takes the lake's own facts first, at the next build, with nothing else new", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf(), barOf({ symbol: "ZZZZ" })]);
    await testLake.build();
    const said = [
      company("ZZZZ", {
        industry: "Sleep",
        listed_shares: 5_000_000_000,
        listed_date: "2020-02-29",
      }),
      company("COMI", { industry: "Regional Banks" }),
    ];
    await testLake.lake.put(companiesKey, encodeCompanies(said));
    const first = await testLake.build();
    assert.deepEqual([first.objects, first.rebuilt], [1, null]);
    assert.deepEqual(await rowsOf(testLake, `${facts} order by 1`), [
      ["COMI", "Banks", "Regional Banks", "EGS60121C018", "1995-02-02", 3_405_139_100],
      ["ZZZZ", null, "Sleep", null, "2020-02-29", 5_000_000_000],
    ]);
    assert.equal((await testLake.build()).objects, 0);
  });

  test("of an earlier release is read with nulls, and written anew by the next build", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    await testLake.build();
    const before = await rowsOf(testLake, facts);
    const { state } = await readState(testLake.lake);
    assert.ok(state !== null);
    const old = path.join(testLake.scratchFolder, "old.parquet");
    const whole = testLake.lake.localPath(symbolsKey) ?? "";
    const temporaryFolder = path.join(testLake.scratchFolder, "spill");
    const database = await Database.open({ memoryBytes: 1e8, threads: 1, temporaryFolder });
    t.after(() => database.close());
    await database.run(
      "COPY (SELECT * EXCLUDE (industry, listed_date, listed_shares) " +
        `FROM read_parquet('${whole}')) TO '${old}' (FORMAT parquet)`,
    );
    await testLake.lake.put(symbolsKey, await readFile(old));
    await testLake.lake.put(builtKey, encodeState({ ...state, symbols: null }));
    assert.deepEqual(await rowsOf(testLake, facts), [
      ["COMI", "Banks", null, "EGS60121C018", null, null],
    ]);
    const built = await testLake.build();
    assert.deepEqual([built.objects, built.rebuilt], [1, null]);
    assert.deepEqual(await rowsOf(testLake, facts), before);
  });

  test("is not made from facts that are damaged", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    const text = Buffer.from(encodeCompanies([company("COMI", { sector: "Banks" })])).toString();
    await testLake.lake.put(companiesKey, Buffer.from(text.replace("Banks", "Tanks")));
    await assert.rejects(testLake.build(), (error) => hasCode(error, "E_LEDGER_DAMAGED"));
  });
});

test("later facts count, and what they leave open keeps what it was", () => {
  const before = [company("COMI", { sector: "Banks", isin: "EGS60121C018" }), company("ETEL", {})];
  const after = mergeCompanies(before, [company("COMI", { sector: "Banking", industry: "Banks" })]);
  assert.deepEqual(after, [
    company("COMI", { sector: "Banking", industry: "Banks", isin: "EGS60121C018" }),
    company("ETEL", {}),
  ]);
  assert.deepEqual(encodeCompanies(after), encodeCompanies(after.toReversed()));
});
