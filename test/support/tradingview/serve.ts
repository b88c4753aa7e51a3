/**
 * The stand-in as a process, for other programs and other people's clients:
 *
 *     node test/support/tradingview/serve.ts [--port 0] [--symbols COMI,ETEL | --count 250]
 *       [--days 300] [--minute-days 5] [--before 2026-06-07] [--csv FILE --resolution 1D]
 *       [--replay CAPTURE] [--latency 80] [--updates 100] [--any-origin] [--window 20000]
 *
 * Prints one line of JSON with its addresses, then answers until it is ended. `--updates` changes
 * or adds that many bars of one minute a second. On standard input it takes one command a line:
 * `cut`, `down`, `up`, `silent`, `loud`, `freeze`, `status 429`, `status off`.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { systemClock } from "../../../src/base/clock.ts";
import { cairoDateOf } from "../../../src/market/cairo-time.ts";
import { listingsOfCsv } from "./csv.ts";
import { madeUpListings, type Listing } from "./listings.ts";
import { Recording } from "./recording.ts";
import { StandIn } from "./server.ts";

const { values: given } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    symbols: { type: "string" },
    count: { type: "string", default: "3" },
    days: { type: "string", default: "300" },
    "minute-days": { type: "string", default: "5" },
    before: { type: "string" },
    csv: { type: "string" },
    resolution: { type: "string", default: "1D" },
    replay: { type: "string" },
    latency: { type: "string", default: "0" },
    updates: { type: "string", default: "0" },
    window: { type: "string", default: "20000" },
    "any-origin": { type: "boolean", default: false },
  },
});

const listings = listingsAsked();
const standIn = await StandIn.start({
  listings,
  port: Number(given.port),
  latencyMs: Number(given.latency),
  windowBars: Number(given.window),
  needsOrigin: !given["any-origin"],
  scanner: listings.map(({ name }) => ({
    s: name,
    values: {
      name: name.slice("EGX:".length),
      description: `${name} S.A.E.`,
      type: "stock",
      currency: "EGP",
    },
  })),
  ...(given.replay === undefined
    ? {}
    : { recording: new Recording(readFileSync(given.replay, "utf8")) }),
});
const { url, scannerUrl } = standIn;
process.stdout.write(`${JSON.stringify({ url, scannerUrl, symbols: listings.length })}\n`);
update(Number(given.updates));
createInterface({ input: process.stdin }).on("line", obey);

function listingsAsked(): readonly Listing[] {
  if (given.csv !== undefined) return listingsOfCsv(given.csv, given.resolution);
  const symbols =
    given.symbols?.split(",") ??
    Array.from({ length: Number(given.count) }, (_, place) => `S${String(place).padStart(3, "0")}`);
  return madeUpListings(symbols, {
    before: given.before ?? cairoDateOf(systemClock.nowMs()),
    days: Number(given.days),
    minuteDays: Number(given["minute-days"]),
  });
}

/** Changes the present minute's bar of one symbol after the other. */
function update(perSecond: number): void {
  if (perSecond <= 0) return;
  const startedMs = systemClock.monotonicMs();
  let made = 0;
  setInterval(() => {
    const due = ((systemClock.monotonicMs() - startedMs) / 1000) * perSecond;
    for (; made < due; made += 1) {
      const name = listings[made % listings.length]?.name ?? "";
      const seconds = Math.floor(standIn.nowMs() / 60_000) * 60;
      standIn.push(name, "1", [seconds, 20, 22, 19, 20 + (made % 100) / 100, made]);
    }
  }, 5);
}

function obey(line: string): void {
  const [command = "", argument = ""] = line.trim().split(" ");
  if (command === "cut" || command === "down") standIn.cut();
  if (command === "down" || command === "up") standIn.isDown = command === "down";
  if (command === "silent" || command === "loud") standIn.isSilent = command === "silent";
  if (command === "freeze") standIn.freeze();
  if (command === "status") standIn.refuseStatus = argument === "off" ? null : Number(argument);
}
