import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "../../src/base/schema.ts";
import { egxCalendar, tradingDaysBetween } from "../../src/market/calendar.ts";
import { hasEscape, runEgx, temporaryFolder } from "./run-egx.ts";

const dates = tradingDaysBetween(
  egxCalendar(),
  Temporal.PlainDate.from("2025-06-01"),
  Temporal.PlainDate.from("2025-11-20"),
).map(String);

/** Daily bars of two symbols, but for those of `without`. */
function dailyBars(without: ReadonlySet<string> = new Set()): string {
  const rows = dates.flatMap((date, at) =>
    ["COMI", "ETEL"]
      .filter((symbol) => !without.has(`${symbol} ${date}`))
      .map((symbol) => `${symbol},${date},80.1,82.5,79,${80 + at / 100},${1000 + at}`),
  );
  return `symbol,date,open,high,low,close,volume\n${rows.join("\n")}\n`;
}

/** A data folder whose silver lacks some bars, and the file that has all of them. */
async function damagedData(t: TestContext): Promise<{ data: string; full: string }> {
  const folder = temporaryFolder(t);
  const data = path.join(folder, "data");
  const [cut, full] = ["cut", "full"].map((name) => path.join(folder, name, "bars.csv"));
  assert.ok(cut !== undefined && full !== undefined);
  for (const file of [cut, full]) mkdirSync(path.dirname(file));
  const lost = new Set(["COMI 2025-09-10", "COMI 2025-09-11", "ETEL 2025-10-15"]);
  writeFileSync(cut, dailyBars(lost));
  writeFileSync(full, dailyBars());
  const made = await runEgx(["import", "csv", cut, "--data", data, "--source", "csv:bars.csv"]);
  assert.equal(made.code, 0, made.stderr);
  const built = await runEgx(["silver", "--data", data]);
  assert.equal(built.code, 0, built.stderr);
  return { data, full };
}

const documentSchema = z.object({
  ok: z.boolean(),
  healed: z.object({ healed: z.number(), bars: z.number() }).nullable(),
  totals: z.object({ missing: z.number(), complete: z.number() }),
  symbols: z.array(
    z.object({
      symbol: z.string(),
      holes: z.array(z.object({ from: z.string(), to: z.string(), units: z.number() })),
    }),
  ),
});

test("egx quality names holes; --heal fills them; a second run finds nothing", async (t) => {
  const { data, full } = await damagedData(t);
  const asked = ["quality", "--interval", "Daily", "--data", data];
  const found = await runEgx(asked);
  assert.equal(found.code, 1, found.stderr);
  assert.match(found.stdout, /^COMI +Daily +regularly .* 2025-09-10…2025-09-11 \(2\)$/m);
  assert.match(found.stdout, /^ETEL .* 2025-10-15$/m);
  assert.ok(!hasEscape(found.stdout));
  const coloured = await runEgx(asked, { env: { FORCE_COLOR: "1" } });
  assert.ok(hasEscape(coloured.stdout));
  const json = await runEgx([...asked, "--json", "--symbols", "COMI"]);
  const document = documentSchema.parse(JSON.parse(json.stdout));
  assert.deepEqual([json.code, document.ok, document.totals.missing], [1, false, 2]);
  assert.deepEqual(document.symbols, [
    { symbol: "COMI", holes: [{ from: "2025-09-10", to: "2025-09-11", units: 2 }] },
  ]);
  const healed = await runEgx([...asked, "--heal", "--feed", "recorded", "--file", full, "--json"]);
  assert.equal(healed.code, 0, healed.stderr);
  assert.deepEqual(documentSchema.parse(JSON.parse(healed.stdout)).healed, { healed: 3, bars: 3 });
  const again = await runEgx([...asked, "--json"]);
  assert.deepEqual([again.code, documentSchema.parse(JSON.parse(again.stdout)).ok], [0, true]);
  const verified = await runEgx(["verify", "--data", data]);
  assert.equal(verified.code, 0, verified.stdout);
  const complete = await runEgx([
    "query",
    "--data",
    data,
    "--format",
    "csv",
    "select count(*) n from complete_bars",
  ]);
  assert.equal(complete.stdout, `n\n${dates.length * 2}\n`);
});

test("egx trace leads from a bar to its load, and says when there is no such bar", async (t) => {
  const { data } = await damagedData(t);
  const found = await runEgx(["trace", "COMI", "2025-10-15", "--data", data]);
  assert.equal(found.code, 0, found.stderr);
  assert.match(found.stdout, /^COMI Daily 2025-10-15T10:00:00\+03:00$/m);
  assert.match(found.stdout, /^ {2}object +batch\/date=.*\.parquet$/m);
  assert.match(found.stdout, /^ {2}digest +as written$/m);
  const none = await runEgx(["trace", "COMI", "2025-09-10", "--data", data]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^error\[E_TRACE_NOTHING\]/);
  assert.match(none.stderr, /It has Daily bars from 2025-06-01 to 2025-11-20\./);
  const wrong = await runEgx(["trace", "COMI", "yesterday", "--data", data]);
  assert.equal(wrong.code, 64);
});
