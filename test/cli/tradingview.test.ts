import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { z } from "../../src/base/schema.ts";
import { cairoDateOf } from "../../src/market/cairo-time.ts";
import { listingOf, madeUpListings } from "../support/tradingview/listings.ts";
import { Recording } from "../support/tradingview/recording.ts";
import { StandIn } from "../support/tradingview/server.ts";
import { runEgx, startEgx, temporaryFolder } from "./run-egx.ts";

const lagSchema = z.object({ partitions: z.array(z.object({ end: z.number() })) });
const summarySchema = z.object({ read: z.number(), published: z.number() });

async function standInFor(t: TestContext): Promise<StandIn> {
  const before = cairoDateOf(systemClock.nowMs());
  const sizes = { before, days: 60, minuteDays: 2 };
  const listings = [...madeUpListings(["COMI", "ETEL"], sizes), listingOf("NEW", {})];
  const standIn = await StandIn.start({ listings });
  t.after(async () => standIn.close());
  return standIn;
}

test("producer publishes what can be had, names what cannot, and exits with 3", async (t) => {
  const standIn = await standInFor(t);
  const data = path.join(temporaryFolder(t), "data");
  const asked = ["--symbols", "COMI,NOSUCH,ETEL", "--interval", "Daily", "--n-bars", "10"];
  const args = ["producer", "--feed", "tradingview", ...asked, "--once", "--json", "--data", data];
  const env = { EGX_TRADINGVIEW_URL: standIn.url };
  const { code, stdout, stderr } = await runEgx(args, { env });
  assert.equal(code, 3, stderr);
  assert.equal(summarySchema.parse(JSON.parse(stdout)).published, 20);
  const lines = stderr.split("\n").filter((line) => line.includes("NOSUCH"));
  assert.ok(
    lines.some((line) => line.includes("invalid symbol")),
    stderr,
  );
  const again = await runEgx(args, { env });
  assert.equal(summarySchema.parse(JSON.parse(again.stdout)).published, 0);
});

test("producer without dates or a number publishes the newest ten", async (t) => {
  const standIn = await standInFor(t);
  const data = path.join(temporaryFolder(t), "data");
  const args = ["producer", "--symbols", "COMI", "--json", "--data", data];
  const { code, stdout } = await runEgx(args, { env: { EGX_TRADINGVIEW_URL: standIn.url } });
  assert.equal(code, 0);
  assert.equal(summarySchema.parse(JSON.parse(stdout)).read, 10);
});

test("a token that is refused ends with exit code 78, and is not shown", async (t) => {
  const standIn = await standInFor(t);
  const data = path.join(temporaryFolder(t), "data");
  const env = { EGX_TRADINGVIEW_URL: standIn.url, EGX_TRADINGVIEW_TOKEN: "bad" };
  const args = ["producer", "--feed", "tradingview", "--symbols", "COMI", "--data", data];
  const { code, stderr } = await runEgx(args, { env });
  assert.equal(code, 78);
  assert.match(stderr, /E_FEED_TOKEN/);
});

test("up without a feed follows the live one when it is there", { timeout: 60_000 }, async (t) => {
  const standIn = await standInFor(t);
  const folder = temporaryFolder(t);
  const env = { EGX_TRADINGVIEW_URL: standIn.url };
  const args = ["up", "--symbols", "COMI", "--json"];
  const running = startEgx(args, { env, cwd: folder });
  await running.told(/following 1 Minute bars of tradingview, 15 min late/);
  const lag = ["lag", "--data", path.join(folder, "data"), "--json"];
  let published = 0;
  while (published < 270) {
    const { code, stdout } = await runEgx(lag);
    if (code !== 0) continue;
    const { partitions } = lagSchema.parse(JSON.parse(stdout));
    published = partitions.reduce((sum, { end }) => sum + end, 0);
  }
  running.child.kill("SIGTERM");
  const { code, stdout } = await running.ended;
  assert.equal(code, 0);
  assert.deepEqual(summarySchema.parse(JSON.parse(stdout)), { read: 270, published: 270 });
});

test("up without a feed says why there is none, and shows a simulation", async (t) => {
  const standIn = await standInFor(t);
  standIn.refuseStatus = 403;
  const env = { EGX_TRADINGVIEW_URL: standIn.url };
  const run = { env, cwd: temporaryFolder(t) };
  const { code, stderr } = await runEgx(["up", "--once", "--symbols", "ZDOP"], run);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /live feed: cannot be reached: .*HTTP 403/);
  assert.match(stderr, /source: simulator/);
  assert.match(stderr, /data in \.\/data\/demo/);
});

test("capture records what can be played again, without the token", async (t) => {
  const standIn = await standInFor(t);
  const file = path.join(temporaryFolder(t), "capture.ndjson");
  const env = { EGX_TRADINGVIEW_URL: standIn.url, EGX_TRADINGVIEW_TOKEN: "secret" };
  const asked = ["--symbols", "COMI,NOSUCH", "--interval", "Daily", "--for", "1"];
  const { code, stderr } = await runEgx(["capture", ...asked, "--output", file], { env });
  assert.equal(code, 3, stderr);
  assert.match(stderr, /NOSUCH could not be had: NOSUCH: invalid symbol/);
  const capture = readFileSync(file, "utf8");
  assert.ok(!capture.includes("secret"));
  const recording = new Recording(capture);
  const player = await StandIn.start({ listings: [], recording });
  t.after(async () => player.close());
  const data = path.join(temporaryFolder(t), "data");
  const args = ["producer", "--symbols", "COMI", "--json", "--data", data];
  const played = await runEgx(args, { env: { EGX_TRADINGVIEW_URL: player.url } });
  assert.ok(summarySchema.parse(JSON.parse(played.stdout)).published >= 5);
});
