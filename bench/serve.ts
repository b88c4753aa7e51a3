/**
 * A real `egx serve` under load: `npm run bench -- serve [SECONDS] [BARS_PER_SECOND]`. 200 readers
 * of live bars and 100 requests a second, each for a year of daily bars of one of 230 symbols,
 * while bars come through the log: 20 a second, five times what an exchange of 230 symbols makes.
 * Tells the latency of the first answers, which are made from silver, one after another; of those
 * under load, which the server keeps until silver changes; how late bars reach their readers; and
 * the server's memory. Readers and requests come from this process, the server is another one.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { utf8 } from "../src/base/bytes.ts";
import { systemClock } from "../src/base/clock.ts";
import { seededRandom } from "../src/base/random.ts";
import type { Log } from "../src/log/log.ts";
import { openSqliteLog } from "../src/log/sqlite-log.ts";
import { egxCalendar, tradingDaysBetween } from "../src/market/calendar.ts";
import { encodeBar } from "../src/market/codec.ts";
import { runEgx, startEgx, type RunningEgx } from "../test/cli/run-egx.ts";
import { barOf, intervalOf } from "../test/support/silver-lake.ts";

const topic = "egx_market_data";
const symbolsCount = 230;
const readers = 200;
const requestsPerSecond = 100;
const publishesPerSecond = 10;
const seconds = Number(process.argv[2] ?? 60);
const barsPerSecond = Number(process.argv[3] ?? 20);
const symbols = Array.from({ length: symbolsCount }, (_, n) => `S${String(n).padStart(3, "0")}`);

const folder = await mkdtemp(join(tmpdir(), "egx-bench-"));
try {
  await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const lake = join(folder, "lake");
  const days = await makeLake(lake);
  const log = await openSqliteLog({
    folder: join(folder, "log"),
    clock: systemClock,
    random: seededRandom(1),
  });
  await log.createTopic({ name: topic, partitions: 6, retentionMs: null, retentionBytes: null });
  const addresses = ["--log", join(folder, "log"), "--lake", lake];
  const server = startEgx(["serve", "--port", "0", ...addresses]);
  try {
    const url = await addressOf(server);
    console.log(`${symbolsCount} symbols × ${days} daily bars; ${seconds} s`);
    await load({ url, log, pid: server.child.pid ?? 0 });
  } finally {
    server.child.kill("SIGTERM");
    await server.ended;
    await log.close();
  }
}

/** A year of daily bars of every symbol, as a user would load them. Gives the number of days. */
async function makeLake(lake: string): Promise<number> {
  const [from, to] = [new Temporal.PlainDate(2024, 11, 24), new Temporal.PlainDate(2025, 11, 24)];
  const days = tradingDaysBetween(egxCalendar(), from, to);
  const rows = symbols.flatMap((symbol, place) =>
    days.map((date, day) => {
      const close = 10 + place + (day % 7) / 10;
      return `${symbol},${date.toString()},${close},${close + 1},${close - 1},${close},1000`;
    }),
  );
  const file = join(folder, "bars.csv");
  await writeFile(file, ["symbol,date,open,high,low,close,volume", ...rows, ""].join("\n"));
  await done(["import", "csv", file, "--source", "csv:bench", "--lake", lake]);
  await done(["silver", "--lake", lake]);
  return days.length;
}

async function done(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runEgx(args);
  if (code !== 0) throw new Error(`egx ${args.join(" ")} ended with ${code}: ${stderr}`);
}

/** In a pipe, the address is all that standard output says. */
async function addressOf({ child, ended }: RunningEgx): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.stdout?.once("data", (text: string) => resolve(text.trim()));
  void ended.then(({ stderr }) => reject(new Error(`egx serve ended: ${stderr}`)));
  return promise;
}

interface Loaded {
  readonly url: string;
  readonly log: Log;
  readonly pid: number;
}

async function load({ url, log, pid }: Loaded): Promise<void> {
  const ended = new AbortController();
  const late: number[] = [];
  let heard = 0;
  const reading = Array.from({ length: readers }, async () => {
    const response = await fetch(`${url}/api/v1/events?kinds=bar`, { signal: ended.signal });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      if (!(chunk instanceof Uint8Array)) continue;
      const text = decoder.decode(chunk, { stream: true });
      heard += text.split("event: bar").length - 1;
      const received = /"received":"([^"]+)"/.exec(text)?.[1];
      if (received !== undefined) late.push(Date.now() - Date.parse(received));
    }
  });
  await sleep(2_000);
  const first: number[] = [];
  for (const symbol of symbols) {
    const startedMs = performance.now();
    await barsOf(url, symbol);
    first.push(performance.now() - startedMs);
  }
  const publishing = publish(log, ended.signal);
  const { latencies, memory } = await ask(url, pid);
  ended.abort();
  await Promise.allSettled([...reading, publishing]);
  console.log(
    `first answers: ${first.length}, p50 ${at(first, 0.5)} ms, p99 ${at(first, 0.99)} ms`,
  );
  console.log(
    `requests: ${latencies.length}, p50 ${at(latencies, 0.5)} ms, p99 ${at(latencies, 0.99)} ms`,
  );
  console.log(
    `live: ${heard} bars to ${readers} readers, p50 ${at(late, 0.5)} ms, p99 ${at(late, 0.99)} ms after they were made`,
  );
  console.log(`memory of the server, MiB every 10 s: ${memory.join(" ")}`);
}

async function publish(log: Log, signal: AbortSignal): Promise<void> {
  const producer = await log.producer(topic);
  let next = 0;
  while (!signal.aborted) {
    const bars = Array.from({ length: barsPerSecond / publishesPerSecond }, () => {
      next += 1;
      const symbol = symbols[next % symbolsCount] ?? "S000";
      return barOf({ symbol, interval: intervalOf("1m"), ingestedMs: Date.now() });
    });
    await producer.send(
      bars.map((bar) => ({ key: utf8(bar.symbol), value: utf8(encodeBar(bar)) })),
    );
    await sleep(1_000 / publishesPerSecond);
  }
  await producer.close();
}

interface Asked {
  readonly latencies: readonly number[];
  readonly memory: readonly number[];
}

/** Requests at their times, whether those before were answered or not. */
async function ask(url: string, pid: number): Promise<Asked> {
  const latencies: number[] = [];
  const memory: number[] = [];
  const waiting: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let n = 0; n < seconds * requestsPerSecond; n += 1) {
    const dueMs = startedMs + (n * 1_000) / requestsPerSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
    const symbol = symbols[(n * 7) % symbolsCount] ?? "S000";
    waiting.push(
      (async () => {
        await barsOf(url, symbol);
        latencies.push(performance.now() - dueMs);
      })(),
    );
    if (n % (requestsPerSecond * 10) === 0) memory.push(await residentMiB(pid));
  }
  await Promise.all(waiting);
  memory.push(await residentMiB(pid));
  return { latencies, memory };
}

async function barsOf(url: string, symbol: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/symbols/${symbol}/bars?interval=1d`);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${symbol}: ${response.status}`);
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
}

function at(values: readonly number[], share: number): string {
  const sorted = values.toSorted((left, right) => left - right);
  return (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
}
