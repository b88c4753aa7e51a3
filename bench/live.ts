/**
 * Live bars, from an update at the feed's server to the record in the log:
 * `npm run bench -- live [SYMBOLS] [UPDATES_A_SECOND] [SECONDS]`. The server is the stand-in of the
 * tests on this machine, without added latency; `egx producer --live` is a process of its own with
 * its defaults; the log is the embedded one, read here as a consumer reads it. Prints the
 * percentiles of the time from the one to the other, and the producer's share of a core.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { textOf } from "../src/base/bytes.ts";
import { systemClock } from "../src/base/clock.ts";
import { systemRandom } from "../src/base/random.ts";
import { z } from "../src/base/schema.ts";
import { openSqliteLog } from "../src/log/sqlite-log.ts";
import { madeUpListings } from "../test/support/tradingview/listings.ts";
import { StandIn } from "../test/support/tradingview/server.ts";

const count = Number(process.argv[2] ?? 250);
const perSecond = Number(process.argv[3] ?? 100);
const seconds = Number(process.argv[4] ?? 30);

const topic = "egx_market_data";
const ticksPerSecond = 100;
const symbols = Array.from({ length: count }, (_, place) => `S${String(place).padStart(3, "0")}`);
const barSchema = z.object({ volume: z.number().nullable() });

const folder = mkdtempSync(join(tmpdir(), "egx-live-"));
const standIn = await StandIn.start({
  listings: madeUpListings(symbols, { before: "2026-06-07", days: 3, minuteDays: 1 }),
});
/** When each update was made, by the volume that marks it. */
const sentMs = new Map<number, number>();
const delaysMs: number[] = [];
const reading = new AbortController();
const producer = startProducer();
try {
  await followed();
  const readers = await readLog();
  const cpuBefore = cpuSeconds(producer);
  const startedMs = performance.now();
  await update();
  const cpu = (cpuSeconds(producer) - cpuBefore) / ((performance.now() - startedMs) / 1000);
  await sleep(2000);
  reading.abort();
  await Promise.all(readers);
  report(cpu);
} finally {
  producer.kill();
  await once(producer, "close");
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
}

function startProducer(): ChildProcess {
  const args = ["producer", "--feed", "tradingview", "--live", "--interval", "1m"];
  const options = ["--symbols", symbols.join(","), "--data", folder, "--log-level", "warn"];
  return spawn(process.execPath, ["src/cli/main.ts", ...args, ...options], {
    env: { ...process.env, EGX_TRADINGVIEW_URL: standIn.url },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Waits until every symbol is followed and what was missed is published. */
async function followed(): Promise<void> {
  while ((standIn.seen.commands.get("create_series") ?? 0) < count) await sleep(100);
  await sleep(5000);
}

async function readLog(): Promise<readonly Promise<void>[]> {
  const log = await openSqliteLog({
    folder: join(folder, "log"),
    clock: systemClock,
    random: systemRandom,
  });
  const info = await log.describeTopic(topic);
  const offsets = await log.offsets(topic);
  const readers = offsets.map(async ({ partition, end }) => {
    let offset = end;
    while (!reading.signal.aborted) {
      const request = { topic, topicId: info?.id ?? "", partition, offset };
      const slice = await log.read({ ...request, maxWaitMs: 200 });
      for (const { value } of slice.records) seen(value === null ? "" : textOf(value));
      offset = slice.next;
    }
  });
  void Promise.allSettled(readers).then(async () => log.close());
  return readers;
}

function seen(text: string): void {
  const { volume } = barSchema.parse(JSON.parse(text));
  const madeMs = sentMs.get(volume ?? -1);
  if (madeMs !== undefined) delaysMs.push(performance.now() - madeMs);
}

/** Changes the present minute's bar of one symbol after the other, evenly over each second. */
async function update(): Promise<void> {
  const startedMs = performance.now();
  for (let made = 0; made < perSecond * seconds;) {
    const due = ((performance.now() - startedMs) / 1000) * perSecond;
    for (; made < due && made < perSecond * seconds; made += 1) {
      const volume = 1_000_000 + made;
      const start = Math.floor(standIn.nowMs() / 60_000) * 60;
      sentMs.set(volume, performance.now());
      standIn.push(`EGX:${symbols[made % count] ?? ""}`, "1", [start, 20, 22, 19, 21, volume]);
    }
    await sleep(1000 / ticksPerSecond);
  }
}

/** Processor seconds that a process has used, of all its threads; from Linux's /proc. */
function cpuSeconds({ pid = 0 }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function report(cpu: number): void {
  const sorted = delaysMs.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(
      1,
    );
  console.log(`${count} symbols, ${perSecond} updates/s for ${seconds} s`);
  console.log(`records of updates: ${sorted.length} of ${sentMs.size}`);
  console.log(`update to record: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
  console.log(`producer: ${(cpu * 100).toFixed(1)} % of a core`);
}
