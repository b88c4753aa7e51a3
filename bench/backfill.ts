/**
 * History of 250 symbols × 300 daily bars from a stand-in of the live feed that answers after 80 ms:
 * `npm run bench -- backfill [SYMBOLS] [LATENCY_MS]`. In one run it measures `egx backfill` as a
 * process, from its start to its end; the feed alone; and a reference that does as tvDatafeed does: a
 * socket a call, one symbol after the other, all commands sent at once, done when series_completed
 * has come. Each must bring all bars.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { WebSocket } from "ws";
import { systemClock } from "../src/base/clock.ts";
import { systemRandom } from "../src/base/random.ts";
import { z } from "../src/base/schema.ts";
import { encodeCommand } from "../src/feeds/tradingview/frames.ts";
import { tradingviewFeed } from "../src/feeds/tradingview/tradingview.ts";
import { parseInterval } from "../src/market/interval.ts";

const count = Number(process.argv[2] ?? 250);
const latencyMs = Number(process.argv[3] ?? 80);
const bars = 300;
const symbols = Array.from({ length: count }, (_, place) => `S${String(place).padStart(3, "0")}`);

const serve = ["test/support/tradingview/serve.ts", "--any-origin", "--minute-days", "0"];
const asked = ["--count", String(count), "--days", String(bars), "--latency", String(latencyMs)];
const server = spawn(process.execPath, [...serve, ...asked], {
  stdio: ["pipe", "pipe", "inherit"],
});
const folder = mkdtempSync(join(tmpdir(), "egx-bench-"));
try {
  const line = await new Promise<string>((resolve) => {
    server.stdout.once("data", (text) => resolve(String(text)));
  });
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(line));
  const reference = await measured("a socket a call", async () => socketACall(url));
  const feed = await measured("the feed alone", async () => feedAlone(url));
  const loaded = await measured("egx backfill", async () => backfill(url));
  console.log(`ratio: feed ${ratio(reference, feed)}, egx backfill ${ratio(reference, loaded)}`);
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs `work`, which gives how many bars it brought; gives its seconds. */
async function measured(name: string, work: () => Promise<number>): Promise<number> {
  const startedMs = performance.now();
  const read = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  if (read !== count * bars) throw new Error(`${name}: ${read} bars instead of ${count * bars}`);
  console.log(`${name.padEnd(16)} ${seconds.toFixed(2).padStart(8)} s  ${read} bars`);
  return seconds;
}

function ratio(slow: number, fast: number): string {
  return `${(slow / fast).toFixed(1)} times as fast`;
}

async function feedAlone(url: string): Promise<number> {
  const feed = tradingviewFeed({ url, clock: systemClock, random: systemRandom });
  const request = { symbols, interval: parseInterval("1d"), barsMax: bars };
  let read = 0;
  for await (const event of feed.history(request, new AbortController().signal)) {
    if (event.kind === "bars") read += event.bars.length;
  }
  await feed.close();
  return read;
}

async function backfill(url: string): Promise<number> {
  const args = ["backfill", "--feed", "tradingview", "--symbols", symbols.join(",")];
  const options = ["--interval", "Daily", "--lake", join(folder, "lake"), "--json"];
  const run = spawnSync(process.execPath, ["src/cli/main.ts", ...args, ...options], {
    env: { ...process.env, EGX_TRADINGVIEW_URL: url },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status !== 0) throw new Error(`egx backfill: ${run.status}: ${run.stderr}`);
  return z.object({ read: z.number() }).parse(JSON.parse(run.stdout)).read;
}

async function socketACall(url: string): Promise<number> {
  let read = 0;
  for (const symbol of symbols) read += await oneCall(url, symbol);
  return read;
}

async function oneCall(url: string, symbol: string): Promise<number> {
  const socket = new WebSocket(url);
  let raw = "";
  const done = new Promise<void>((resolve) => {
    socket.on("message", (data: unknown) => {
      raw += String(data);
      if (raw.includes("series_completed")) resolve();
    });
  });
  socket.on("open", () => {
    for (const [name, ...parameters] of [
      ["set_auth_token", "unauthorized_user_token"],
      ["chart_create_session", "cs_ref", ""],
      ["resolve_symbol", "cs_ref", "symbol_1", `EGX:${symbol}`],
      ["create_series", "cs_ref", "s1", "s1", "symbol_1", "1D", bars],
      ["switch_timezone", "cs_ref", "exchange"],
    ] as const) {
      socket.send(encodeCommand(name, parameters));
    }
  });
  await done;
  socket.terminate();
  return raw.split('"v":[').length - 1;
}
