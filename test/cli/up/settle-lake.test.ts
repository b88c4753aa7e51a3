import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { z } from "../../../src/base/schema.ts";
import { minuteBars, runEgx, temporaryFolder } from "../run-egx.ts";

const symbolRows = z
  .array(
    z.object({
      symbol: z.string(),
      name_en: z.string().nullable(),
      name_ar: z.string().nullable(),
      sector: z.string().nullable(),
      listed_shares: z.number().nullable(),
    }),
  )
  .min(1);
type SymbolRows = z.output<typeof symbolRows>;

async function upOnce(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runEgx(["up", "--once", ...args]);
  assert.equal(code, 0, stderr);
}

async function symbolsIn(data: string): Promise<SymbolRows> {
  const sql = "select symbol, name_en, name_ar, sector, listed_shares from symbols order by 1";
  const { stdout, stderr } = await runEgx(["query", "--data", data, "--json", sql]);
  assert.equal(stderr, "");
  return symbolRows.parse(JSON.parse(stdout));
}

/** The first company: indices come before it. */
async function companyIn(data: string): Promise<SymbolRows[number] | undefined> {
  return (await symbolsIn(data)).find(({ symbol }) => symbol.startsWith("Z"));
}

function simulation(t: TestContext): {
  readonly folder: string;
  readonly data: string;
  readonly args: readonly string[];
} {
  const folder = temporaryFolder(t);
  const data = path.join(folder, "data");
  const dates = ["--interval", "1d", "--from", "2025-11-24", "--to", "2025-11-24"];
  return { folder, data, args: ["--feed", "simulator", ...dates, "--data", data] };
}

test("a simulated lake knows its companies, which say that they are simulated", async (t) => {
  const { data, args } = simulation(t);
  await upOnce(...args);
  const rows = await symbolsIn(data);
  assert.ok(rows.length > 100, `${rows.length} symbols`);
  for (const { symbol, name_en, name_ar, sector, listed_shares } of rows) {
    assert.match(name_en ?? "", /\(simulated\)$/, symbol);
    assert.match(name_ar ?? "", /\(محاكاة\)$/, symbol);
    // An index has no sector and no shares.
    if (symbol.startsWith("EGX")) assert.deepEqual([sector, listed_shares], [null, null]);
    else assert.ok(sector !== null && (listed_shares ?? 0) > 0, symbol);
  }
});

test("what a lake knows of companies stays, and a real lake is told of none", async (t) => {
  const { folder, data, args } = simulation(t);
  await upOnce(...args);
  const first = await companyIn(data);
  const facts = path.join(folder, "facts.csv");
  writeFileSync(facts, `symbol,name\n${first?.symbol},Renamed\n`);
  const imported = await runEgx(["import", "companies", facts, "--data", data]);
  assert.equal(imported.code, 0, imported.stderr);
  await upOnce(...args);
  const renamed = await companyIn(data);
  assert.deepEqual(renamed, { ...first, name_en: "Renamed" });

  const bars = path.join(folder, "bars.csv");
  writeFileSync(bars, minuteBars().replaceAll("COMI", first?.symbol ?? ""));
  const real = path.join(folder, "real");
  await upOnce("--file", bars, "--data", real);
  const names = (await symbolsIn(real)).map(({ symbol, name_en }) => [symbol, name_en]);
  assert.deepEqual(names, [
    ["ETEL", "Telecom Egypt"],
    [first?.symbol, null],
  ]);
});
