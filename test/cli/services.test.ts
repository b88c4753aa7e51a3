import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { z } from "../../src/base/schema.ts";
import { dayBar } from "../support/services/days.ts";
import { eodhdStandIn, eodhdToken } from "../support/services/eodhd.ts";
import { kaggleStandIn } from "../support/services/kaggle.ts";
import { yahooStandIn } from "../support/services/yahoo.ts";
import { zipOf } from "../support/zip.ts";
import { runEgx, temporaryFolder, type Outcome } from "./run-egx.ts";

const secret = "KGAT_5f3a9c";
const investingHeader = '"Date","Price","Open","High","Low","Vol.","Change %"\n';
const zip = zipOf([
  { name: "README.md", content: "Educational only" },
  {
    name: "COMI Historical Data.csv",
    content:
      investingHeader +
      '"11/24/2025","81.50","80.50","82.00","80.00","1.25M","1.24%"\n' +
      '"11/23/2025","80.50","80.00","81.00","79.00","1.2M","0.60%"\n',
  },
  { name: "broken.csv", content: "<html>Please log in</html>" },
]);

const outcomeSchema = z.record(z.string(), z.unknown());

function documentOf({ stdout }: Outcome): Readonly<Record<string, unknown>> {
  return outcomeSchema.parse(JSON.parse(stdout));
}

async function queried(data: string, sql: string): Promise<unknown> {
  const { stdout, stderr } = await runEgx(["query", sql, "--data", data, "--format", "json"]);
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

suite("egx import kaggle", { concurrency: 3 }, () => {
  test("brings a set, twice, without a secret anywhere", async (t) => {
    const data = temporaryFolder(t);
    const authorization = `Bearer ${secret}`;
    const standIn = await kaggleStandIn(t, { "owner/set": { zip, authorization } });
    const env = { EGX_KAGGLE_URL: standIn.url, KAGGLE_API_TOKEN: secret, HOME: data };
    const args = [
      "import",
      "kaggle",
      "owner/set",
      "--data",
      data,
      "--json",
      "--log-level",
      "debug",
    ];
    const first = await runEgx(args, { env });
    // One file of the set is none of bars.
    assert.equal(first.code, 3, first.stderr);
    const { source, version, licence, files, leftOut, added, bars } = documentOf(first);
    assert.deepEqual(
      [source, version, licence, files, leftOut, added, bars],
      ["kaggle:owner/set", 3, "CC0-1.0", 1, "broken.csv", true, 2],
    );
    const again = await runEgx(args, { env });
    assert.deepEqual([again.code, documentOf(again)["added"]], [3, false]);
    assert.equal((await runEgx(["silver", "--data", data])).code, 0);
    assert.deepEqual(
      await queried(data, "select symbol, close, volume, source from bars order by date"),
      [
        { symbol: "COMI", close: 80.5, volume: 1_200_000, source: "kaggle:owner/set" },
        { symbol: "COMI", close: 81.5, volume: 1_250_000, source: "kaggle:owner/set" },
      ],
    );
    const entries = globSync(path.join(data, "lake/_ledger/batch/*.json"));
    assert.equal(entries.length, 1);
    const entry = readFileSync(entries[0] ?? "", "utf8");
    assert.match(
      entry,
      /"origin":\{"site":"kaggle","dataset":"owner\/set","version":3,"licence":"CC0-1.0"/,
    );
    for (const text of [first.stdout, first.stderr, again.stderr, entry]) {
      assert.ok(!text.includes(secret), text);
    }
    assert.equal((await runEgx(["verify", "--data", data])).code, 0);
  });

  test("takes an archive that is here, when it is said whose it is", async (t) => {
    const data = temporaryFolder(t);
    const file = path.join(data, "set.zip");
    writeFileSync(file, zip);
    const args = ["import", "kaggle", file, "--data", data, "--json"];
    const unsaid = await runEgx(args);
    assert.deepEqual([unsaid.code, /--source kaggle:/.test(unsaid.stderr)], [64, true]);
    const said = await runEgx([...args, "--source", "kaggle:owner/set"]);
    assert.deepEqual([documentOf(said)["bars"], documentOf(said)["licence"]], [2, null]);
  });

  test("says what is wrong with the name, the credentials or the set", async (t) => {
    const data = temporaryFolder(t);
    const standIn = await kaggleStandIn(t, { "owner/set": { zip, authorization: "Bearer other" } });
    const env = {
      EGX_KAGGLE_URL: standIn.url,
      HOME: data,
      KAGGLE_USERNAME: "me",
      KAGGLE_KEY: secret,
    };
    const asked = async (set: string): Promise<Outcome> =>
      runEgx(["import", "kaggle", set, "--data", path.join(data, "d")], { env });
    const [named, denied, absent] = await Promise.all([
      asked("set"),
      asked("owner/set"),
      asked("owner/x"),
    ]);
    assert.deepEqual([named.code, denied.code, absent.code], [64, 78, 1]);
    assert.match(denied.stderr, /KAGGLE_API_TOKEN/);
    assert.match(absent.stderr, /Dataset not found/);
    assert.ok(!denied.stderr.includes(secret), denied.stderr);
  });
});

suite("egx backfill", { concurrency: 3 }, () => {
  test("--feed yahoo: one series for each adjustment, and --resume knows them apart", async (t) => {
    const data = temporaryFolder(t);
    const bars = [
      dayBar("2025-11-23", [80, 81, 79, 80.5], 1200),
      dayBar("2025-11-24", [80.5, 82, 80, 81.5], 1250),
    ];
    const standIn = await yahooStandIn(t, { "COMI.CA": { bars, adjusted: [40.25, 81.5] } });
    const env = { EGX_YAHOO_URL: standIn.url };
    const args = ["backfill", "--feed", "yahoo", "--symbols", "COMI", "--to", "2025-11-24"];
    const run = async (...more: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
      documentOf(await runEgx([...args, "--data", data, "--json", "--resume", ...more], { env }));
    assert.deepEqual((await run())["added"], 2);
    assert.deepEqual((await run())["skipped"], 1);
    assert.deepEqual((await run("--adjusted", "dividends"))["added"], 2);
    assert.deepEqual((await run("--adjusted", "dividends"))["skipped"], 1);
    assert.equal((await runEgx(["silver", "--data", data])).code, 0);
    const sql = "select adjusted, close from bar_revisions where date = '2025-11-23' order by 1";
    assert.deepEqual(await queried(data, sql), [
      { adjusted: "dividends", close: 40.25 },
      { adjusted: "splits", close: 80.5 },
    ]);
  });

  test("--feed eodhd: needs its token, which shows nowhere", async (t) => {
    const data = temporaryFolder(t);
    const days = [
      {
        date: "2025-11-24",
        open: 80.5,
        high: 82,
        low: 80,
        close: 81.5,
        adjusted_close: 81.5,
        volume: 7,
      },
    ];
    const standIn = await eodhdStandIn(t, { "COMI.EGX": { days } });
    const args = ["backfill", "--feed", "eodhd", "--to", "2025-11-24", "--data", data, "--json"];
    const without = await runEgx(args, { env: { EGX_EODHD_URL: standIn.url } });
    assert.deepEqual([without.code, /EODHD_API_TOKEN/.test(without.stderr)], [78, true]);
    const wrong = await runEgx(args, {
      env: { EGX_EODHD_URL: standIn.url, EODHD_API_TOKEN: secret },
    });
    assert.equal(wrong.code, 78, wrong.stderr);
    assert.ok(!wrong.stderr.includes(secret), wrong.stderr);
    const env = { EGX_EODHD_URL: standIn.url, EODHD_API_TOKEN: eodhdToken };
    const right = await runEgx([...args, "--log-level", "debug"], { env });
    assert.deepEqual([right.code, documentOf(right)["added"]], [0, 1], right.stderr);
    assert.ok(!right.stderr.includes(eodhdToken), right.stderr);
  });

  test("--adjusted is refused where a feed has one kind", async () => {
    const { code, stderr } = await runEgx([
      "backfill",
      "--adjusted",
      "none",
      "--feed",
      "simulator",
    ]);
    assert.deepEqual([code, /yahoo and eodhd/.test(stderr)], [64, true]);
  });
});

test("egx import companies: silver's symbols have its facts, and the same file changes nothing", async (t) => {
  const data = temporaryFolder(t);
  const bars = path.join(data, "bars.csv");
  writeFileSync(bars, "symbol,date,close\nCOMI,2025-11-23,80.5\nCOMI,2025-11-24,81.5\n");
  const companies = path.join(data, "companies.csv");
  writeFileSync(
    companies,
    "Ticker;Industry;Listed Shares;Listing Date\n" +
      "COMI.CA;Regional Banks;٣٬٤٠٥٬١٣٩٬١٠٠;02/02/1995\nabuk;Chemicals;nobody knows;\nETEL;Telecoms;;31/12/2005\n",
  );
  assert.equal((await runEgx(["import", "csv", bars, "--data", data])).code, 0);
  const first = await runEgx(["import", "companies", companies, "--data", data, "--json"]);
  assert.deepEqual(
    [first.code, documentOf(first)],
    [3, { file: "companies.csv", companies: 2, changed: true, refused: 1 }],
  );
  assert.match(first.stderr, /line 3 .*nobody knows.* is not a number of shares/);
  const again = await runEgx(["import", "companies", companies, "--data", data, "--json"]);
  assert.equal(documentOf(again)["changed"], false);
  assert.equal((await runEgx(["silver", "--data", data])).code, 0);
  const sql = "select industry, listed_shares, isin, listed_date from symbols";
  assert.deepEqual(await queried(data, sql), [
    {
      industry: "Regional Banks",
      listed_shares: 3_405_139_100,
      isin: "EGS60121C018",
      listed_date: "1995-02-02",
    },
  ]);
});
