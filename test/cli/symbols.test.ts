import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "../../src/base/schema.ts";
import { hasEscape, minuteBars, runEgx, temporaryFolder } from "./run-egx.ts";

const document = z.object({
  asOf: z.string(),
  index: z.object({ index: z.string(), validFrom: z.string() }).nullable(),
  symbols: z.array(z.object({ symbol: z.string(), name: z.object({ ar: z.string().nullable() }) })),
});

test("egx symbols lists all, and searches in both scripts", async () => {
  const all = await runEgx(["symbols"]);
  assert.equal(all.code, 0);
  assert.equal(all.stdout.trimEnd().split("\n").length, 276);
  assert.ok(!hasEscape(all.stdout));
  assert.equal(all.stderr, "275 symbols, the list of 2026-08-20\n");
  for (const text of ["commercial international", "التجارى الدولى", "EGS60121C018"]) {
    const { stdout } = await runEgx(["symbols", text]);
    assert.match(stdout, /^COMI +Commercial International Bank-Egypt \(CIB\) +البنك التجاري/m);
  }
  const none = await runEgx(["symbols", "no such company"]);
  assert.deepEqual([none.code, none.stderr], [3, "0 symbols, the list of 2026-08-20\n"]);
});

test("--index names the members on a date", async () => {
  const { stdout, stderr } = await runEgx([
    "symbols",
    "--index",
    "egx30",
    "--as-of",
    "2026-08-20",
    "--json",
  ]);
  assert.equal(stderr, "");
  const answer = document.parse(JSON.parse(stdout));
  assert.deepEqual(answer.index, { index: "EGX30", validFrom: "2026-07-26" });
  assert.equal(answer.symbols.length, 31);
  const banks = await runEgx(["symbols", "banks", "--index", "egx30"]);
  assert.match(banks.stdout, /^ADIB .*\nCOMI /m);
  const early = await runEgx(["symbols", "--index", "egx30", "--as-of", "2020-01-01"]);
  assert.equal(early.code, 64);
  assert.match(early.stderr, /not known here[^]*of 2026-07-26/);
  const alone = await runEgx(["symbols", "--as-of", "2026-08-20"]);
  assert.deepEqual([alone.code, /give an index/.test(alone.stderr)], [64, true]);
});

test("--symbols egx30 asks a feed for the members", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "bars.csv");
  writeFileSync(file, minuteBars().replaceAll("ETEL", "ZZZZ"));
  const args = ["producer", "--file", file, "--data", folder, "--symbols", "egx30", "--json"];
  const { code, stdout } = await runEgx(args);
  // The file has one of the 31 members, and a symbol that is none.
  assert.equal(code, 3);
  assert.match(stdout, /"read":20\b/);
});
