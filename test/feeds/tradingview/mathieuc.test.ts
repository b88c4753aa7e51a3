import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { z } from "../../../src/base/schema.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { madeUpListings } from "../../support/tradingview/listings.ts";
import { answerOf, never } from "../events.ts";
import { feedOf, standInFor } from "./rig.ts";

/**
 * What somebody does who uses npm's `@mathieuc/tradingview`. It takes no address, so its socket
 * library is told another one; the client itself is untouched.
 */
const program = `
const wsPath = require.resolve("ws", { paths: [require.resolve("@mathieuc/tradingview")] });
const Real = require(wsPath);
require.cache[wsPath].exports = class extends Real {
  constructor(url, ...rest) {
    super(url.replace(/^wss:\\/\\/[^/]+/, process.env.STAND_IN), ...rest);
  }
};
const { Client } = require("@mathieuc/tradingview");
const [symbol, timeframe, range] = process.argv.slice(-3);
const client = new Client();
const chart = new client.Session.Chart();
let ended = false;
const end = (answer) => {
  // An error comes for the symbol, and for its series.
  if (!ended) process.stdout.write(JSON.stringify(answer), () => process.exit(0));
  ended = true;
};
chart.onError((...error) => end({ error: error.join(" ") }));
chart.onUpdate(() => end({ bars: chart.periods }));
chart.setMarket(symbol, { timeframe, range: Number(range) });
`;

const answerSchema = z.union([
  z.object({
    bars: z.array(
      z.object({
        time: z.number(),
        open: z.number(),
        max: z.number(),
        min: z.number(),
        close: z.number(),
        volume: z.number(),
      }),
    ),
  }),
  z.object({ error: z.string() }),
]);

async function askOther(
  address: string,
  ...asked: readonly [symbol: string, timeframe: string, bars: string]
): Promise<z.output<typeof answerSchema>> {
  const child = spawn(process.execPath, ["-e", program, "--", ...asked], {
    env: { ...process.env, STAND_IN: `ws://${new URL(address).host}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (part: unknown) => (said += String(part)));
  await once(child, "close");
  return answerSchema.parse(JSON.parse(said));
}

for (const [code, timeframe, bars] of [
  ["1d", "1D", "300"],
  ["1m", "1", "540"],
] as const) {
  test(`npm's other client gets the same ${code} bars as ours`, async (t) => {
    const sizes = { before: "2026-06-07", days: 300, minuteDays: 2 };
    const listings = madeUpListings(["COMI", "ETEL"], sizes);
    const standIn = await standInFor(t, { listings, latencyMs: 5 });
    for (const symbol of ["COMI", "ETEL"]) {
      const other = await askOther(standIn.url, `EGX:${symbol}`, timeframe, bars);
      assert.ok("bars" in other, JSON.stringify(other));
      const feed = feedOf(t, standIn);
      const request = { symbols: [symbol], interval: parseInterval(code), barsMax: Number(bars) };
      const ours = await answerOf(feed.history(request, never));
      assert.equal(ours.bars.length, Number(bars));
      assert.deepEqual(
        // Its bars of a day are stamped with the session's start as well, in seconds; newest first.
        other.bars
          .toReversed()
          .map(({ time, open, max, min, close, volume }) => [time, open, max, min, close, volume]),
        ours.bars.map(({ startMs, open, high, low, close, volume }) => [
          startMs / 1000,
          open,
          high,
          low,
          close,
          volume,
        ]),
      );
    }
  });
}

test("npm's other client and ours are told the same of a symbol that there is not", async (t) => {
  const standIn = await standInFor(t, { listings: [] });
  const other = await askOther(standIn.url, "EGX:NOSUCH", "1D", "10");
  assert.ok("error" in other);
  assert.match(other.error, /invalid symbol/);
  const request = { symbols: ["NOSUCH"], interval: parseInterval("1d"), barsMax: 10 };
  const { failed } = await answerOf(feedOf(t, standIn).history(request, never));
  assert.match(failed[0]?.error.message ?? "", /invalid symbol/);
});
