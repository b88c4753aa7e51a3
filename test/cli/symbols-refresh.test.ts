import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { z } from "../../src/base/schema.ts";
import { releasedSymbols } from "../../src/market/known-universe.ts";
import { dailyRow, listingOf } from "../support/tradingview/listings.ts";
import type { ScannerRow } from "../support/tradingview/scanner.ts";
import { StandIn } from "../support/tradingview/server.ts";
import { runEgx, temporaryFolder } from "./run-egx.ts";

const changesSchema = z.object({
  refreshed: z.string().nullable(),
  changes: z.array(z.object({ kind: z.string(), symbol: z.string(), from: z.string().nullable() })),
});
const summarySchema = z.object({ published: z.number() });

interface Row {
  readonly symbol: string;
  readonly isin: string | null;
  readonly name: string | null;
  readonly currency: string | null;
}

/** All of this release's symbols, so that none has to be asked for by name. */
const released: readonly Row[] = releasedSymbols();
const added: Row = {
  symbol: "ADDED",
  isin: "EGS99991C019",
  name: "Added for Trading S.A.E.",
  currency: "EGP",
};

async function scannerOf(t: TestContext, symbols: readonly Row[]): Promise<StandIn> {
  const scanner = symbols.map(({ symbol, isin, name, currency }): ScannerRow => ({
    s: `EGX:${symbol}`,
    values: { name: symbol, description: name, type: "stock", currency, isin },
  }));
  const listings = [listingOf("COMI", { "1D": [dailyRow("2026-06-01", 1)] })];
  const standIn = await StandIn.start({ listings, scanner });
  t.after(async () => standIn.close());
  return standIn;
}

test("--refresh keeps the feed's symbols; --changes and the list work without the feed", async (t) => {
  const data = temporaryFolder(t);
  const one = await scannerOf(t, [...released, added]);
  const env = { EGX_TRADINGVIEW_SCANNER_URL: one.scannerUrl };
  const first = await runEgx(["symbols", "--refresh", "added", "--data", data], { env });
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /the feed has 225 symbols; against this release's list: 1 new\n/);
  assert.match(first.stdout, /^ADDED +Added for Trading/m);
  const renamed = { ...added, symbol: "OTHER" };
  const other = released.map((row) => (row.symbol === "COMI" ? { ...row, currency: "USD" } : row));
  const two = await scannerOf(t, [...other, renamed]);
  const again = await runEgx(["symbols", "--refresh", "--changes", "--json", "--data", data], {
    env: { EGX_TRADINGVIEW_SCANNER_URL: two.scannerUrl },
  });
  assert.equal(again.stderr, "");
  const { changes } = changesSchema.parse(JSON.parse(again.stdout));
  assert.deepEqual(
    changes.map(({ kind, symbol, from }) => [kind, symbol, from]),
    [
      ["renamed", "OTHER", "ADDED"],
      ["currency", "COMI", "EGP"],
      ["new", "ADDED", null],
    ],
  );
  const away = { EGX_TRADINGVIEW_SCANNER_URL: "http://127.0.0.1:1/" };
  const offline = await runEgx(["symbols", "--changes", "COMI", "--data", data], { env: away });
  assert.equal(offline.code, 0);
  assert.match(offline.stdout, /currency +COMI +EGP +USD +EGS60121C018\n$/);
  assert.match(offline.stderr, /^1 changes; the feed was asked on \d{4}-\d\d-\d\d\n$/);
});

test("a feed that cannot be asked leaves what is kept; a strange file is not guessed at", async (t) => {
  const data = temporaryFolder(t);
  const file = join(data, "universe.json");
  const env = { EGX_TRADINGVIEW_SCANNER_URL: "http://127.0.0.1:1/" };
  const none = await runEgx(["symbols", "--changes", "--data", data], { env });
  assert.deepEqual([none.code, /egx symbols --refresh/.test(none.stderr)], [3, true]);
  writeFileSync(file, "{}");
  const strange = await runEgx(["symbols", "--data", data], { env });
  assert.equal(strange.code, 78);
  assert.match(strange.stderr, /universe\.json is not as egx symbols --refresh writes it/);
  assert.equal(readFileSync(file, "utf8"), "{}");
});

test("--symbols all asks the feed for the symbols that are kept", async (t) => {
  const data = temporaryFolder(t);
  const standIn = await scannerOf(t, released);
  const universe = {
    format: 1,
    refreshed: "2026-11-20T09:00:00.000Z",
    source: "tradingview",
    symbols: ["COMI", "ADDED"].map((symbol) => ({
      symbol,
      isin: null,
      name: null,
      type: null,
      currency: null,
    })),
    changes: [],
  };
  writeFileSync(join(data, "universe.json"), JSON.stringify(universe));
  const args = ["producer", "--feed", "tradingview", "--interval", "Daily", "--once", "--json"];
  const { code, stdout, stderr } = await runEgx([...args, "--data", data], {
    env: { EGX_TRADINGVIEW_URL: standIn.url },
  });
  assert.equal(code, 3, stderr);
  assert.equal(summarySchema.parse(JSON.parse(stdout)).published, 1);
  assert.equal(standIn.seen.commands.get("resolve_symbol"), 2);
  assert.match(stderr, /ADDED/);
});
