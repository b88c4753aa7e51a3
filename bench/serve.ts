/**
 * The HTTP API under load: `npm run bench -- serve [SECONDS]`. 200 readers of live bars and 100
 * requests a second, each for a year of daily bars of one of 20 symbols, over a lake of a year,
 * while 200 bars a second come through the log. Tells the latency of requests, how late bars
 * reach their readers, and what memory the server takes over time.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { utf8 } from "../src/base/bytes.ts";
import { systemClock } from "../src/base/clock.ts";
import { seededRandom } from "../src/base/random.ts";
import { openFolderLake } from "../src/lake/folder-lake.ts";
import { settleLakeKind } from "../src/ledger/lake-kind.ts";
import { logIdOf } from "../src/ledger/layout.ts";
import type { Log } from "../src/log/log.ts";
import { openSqliteLog } from "../src/log/sqlite-log.ts";
import type { Bar } from "../src/market/bar.ts";
import { egxCalendar, tradingDaysBetween } from "../src/market/calendar.ts";
import { encodeBar } from "../src/market/codec.ts";
import { Backend } from "../src/serve/backend.ts";
import { serveHttp } from "../src/serve/http/server.ts";
import { buildSilver } from "../src/silver/build.ts";
import { barOf, intervalOf, LakeWriter } from "../test/support/silver-lake.ts";

const topic = "egx_market_data";
const symbolsCount = 20;
const readers = 200;
const requestsPerSecond = 100;
const barsPerSecond = 200;
const seconds = Number(process.argv[2] ?? 60);
const symbols = Array.from({ length: symbolsCount }, (_, n) => `S${String(n).padStart(3, "0")}`);

const folder = await mkdtemp(join(tmpdir(), "egx-bench-"));
try {
  await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const at = { clock: systemClock, random: seededRandom(1) };
  const log = await openSqliteLog({ folder: join(folder, "log"), ...at });
  await log.createTopic({ name: topic, partitions: 6, retentionMs: null, retentionBytes: null });
  const logId = logIdOf((await log.describeTopic(topic))?.id ?? "");
  const lake = await openFolderLake({
    folder: join(folder, "lake"),
    create: true,
    clock: systemClock,
  });
  await settleLakeKind(lake, "simulated");
  const calendar = egxCalendar();
  const [from, to] = ["2024-11-24", "2025-11-24"].map((text) => Temporal.PlainDate.from(text));
  const days = tradingDaysBetween(
    calendar,
    from ?? to ?? Temporal.PlainDate.from("2025-11-24"),
    to ?? Temporal.PlainDate.from("2025-11-24"),
  );
  // Of another log, so that the whole of this one is live.
  const writer = new LakeWriter(lake, 0, logId === "00000000" ? "00000001" : "00000000");
  for (const symbol of symbols)
    await writer.append(
      days.map((date) => barOf({ symbol, at: `${date.toString()}T10:00:00+03:00` })),
    );
  const scratchFolder = join(folder, "scratch");
  await buildSilver({ lake, scratchFolder, calendar, ...at });
  const server = await serveHttp({
    clock: systemClock,
    host: "127.0.0.1",
    port: 0,
    anyPort: false,
    token: null,
    webFolder: join(folder, "none"),
    onFailure: (error, path) => console.error(path, error),
  });
  const backend = new Backend({
    lake,
    log,
    topic,
    calendar,
    clock: systemClock,
    version: "bench",
    scratchFolder,
    feed: null,
    stages: [],
    told: ({ kind }) => kind,
    replay: null,
    metrics: null,
    streamsMax: 500,
  });
  backend.start();
  server.attach(backend);
  console.log(`${symbolsCount} symbols × ${days.length} daily bars; ${seconds} s`);
  await load(server.url, log);
  await backend[Symbol.asyncDispose]();
  await server.close();
  await log.close();
  await lake.close();
}

async function load(url: string, log: Log): Promise<void> {
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
  const publishing = publish(log, ended.signal);
  const [latencies, memory] = await ask(url);
  ended.abort();
  await Promise.allSettled([...reading, publishing]);
  console.log(
    `requests: ${latencies.length}, p50 ${at(latencies, 0.5)} ms, p99 ${at(latencies, 0.99)} ms`,
  );
  console.log(
    `live: ${heard} bars to ${readers} readers, p50 ${at(late, 0.5)} ms, p99 ${at(late, 0.99)} ms after they were published`,
  );
  console.log(`memory of the whole process, MiB every 10 s: ${memory.join(" ")}`);
}

async function publish(log: Log, signal: AbortSignal): Promise<void> {
  const producer = await log.producer(topic);
  while (!signal.aborted) {
    const bars: Bar[] = Array.from({ length: barsPerSecond / 10 }, (_, n) =>
      barOf({ symbol: symbols[n] ?? "S000", interval: intervalOf("1m"), ingestedMs: Date.now() }),
    );
    await producer.send(
      bars.map((bar) => ({ key: utf8(bar.symbol), value: utf8(encodeBar(bar)) })),
    );
    await sleep(100);
  }
  await producer.close();
}

/** Requests at their times, whether those before were answered or not. */
async function ask(url: string): Promise<readonly [readonly number[], readonly number[]]> {
  const latencies: number[] = [];
  const memory: number[] = [];
  const waiting: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let n = 0; n < seconds * requestsPerSecond; n += 1) {
    const dueMs = startedMs + (n * 1_000) / requestsPerSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
    const address = `${url}/api/v1/symbols/${symbols[(n * 7) % symbolsCount] ?? ""}/bars?interval=1d`;
    waiting.push(
      (async () => {
        const response = await fetch(address);
        await response.arrayBuffer();
        latencies.push(performance.now() - dueMs);
      })(),
    );
    if (n % (requestsPerSecond * 10) === 0)
      memory.push(Math.round(process.memoryUsage().rss / 1_048_576));
  }
  await Promise.all(waiting);
  memory.push(Math.round(process.memoryUsage().rss / 1_048_576));
  return [latencies, memory];
}

function at(values: readonly number[], share: number): string {
  const sorted = values.toSorted((left, right) => left - right);
  return (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
}
