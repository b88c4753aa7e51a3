import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { encodeDeadLetters } from "../../src/ledger/dead-letters.ts";
import { settleLakeKind } from "../../src/ledger/lake-kind.ts";
import { deadKey, logIdOf } from "../../src/ledger/layout.ts";
import type { Log } from "../../src/log/log.ts";
import { openSqliteLog } from "../../src/log/sqlite-log.ts";
import type { Bar } from "../../src/market/bar.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { Backend, type BackendOptions } from "../../src/serve/backend.ts";
import { serveHttp, type HttpServer, type ServerOptions } from "../../src/serve/http/server.ts";
import { certifyAt } from "./certify-at.ts";
import { barOf, intervalOf, LakeWriter, makeLake, type TestLake } from "./silver-lake.ts";

const topic = "egx_market_data";

/** A log and a lake with silver, whose first records are those of the lake's chain. */
export interface ApiData {
  readonly testLake: TestLake;
  readonly log: Log;
  readonly logId: string;
  /** Publishes bars that silver does not have. */
  publish(bars: readonly Bar[]): Promise<void>;
}

/** The trading days of November 2025 and some of October, with their daily bars. */
function dailyBars(): readonly Bar[] {
  const bars: Bar[] = [];
  for (const [symbol, base] of [
    ["COMI", 80],
    ["ETEL", 40],
    ["EGX30", 30_000],
  ] as const) {
    for (let day = 1; day <= 27; day += 1) {
      const date = `2025-11-${String(day).padStart(2, "0")}`;
      const weekday = Temporal.PlainDate.from(date).dayOfWeek;
      if (weekday === 5 || weekday === 6) continue;
      // ETEL has a hole of one day.
      if (symbol === "ETEL" && day === 12) continue;
      const close = base + day;
      bars.push(
        barOf({
          symbol,
          at: `${date}T10:00:00+02:00`,
          open: close - 1,
          high: close + 2,
          low: close - 2,
          close,
          volume: symbol === "EGX30" ? null : 1_000 * day,
          ingestedMs: Temporal.Instant.from(`${date}T16:00:00Z`).epochMilliseconds,
        }),
      );
    }
  }
  return bars;
}

/** Bars of a minute, one of them revised. */
function minuteBars(): readonly Bar[] {
  const bars = Array.from({ length: 20 }, (_, minute) =>
    barOf({
      interval: intervalOf("1m"),
      at: `2025-11-24T10:${String(minute).padStart(2, "0")}:00+02:00`,
      close: 10 + minute / 100,
    }),
  );
  return [
    ...bars,
    barOf({
      interval: intervalOf("1m"),
      close: 10.4,
      ingestedMs: Date.parse("2025-11-24T17:00:00Z"),
    }),
  ];
}

/** Log and lake with silver, certificates and a dead letter. */
export async function makeApiData(t: TestContext): Promise<ApiData> {
  const folder = await mkdtemp(path.join(tmpdir(), "egx-api-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const log = await openSqliteLog({ folder, clock: systemClock, random: seededRandom(1) });
  t.after(() => log.close());
  await log.createTopic({ name: topic, partitions: 2, retentionMs: null, retentionBytes: null });
  const logId = logIdOf((await log.describeTopic(topic))?.id ?? "");
  const testLake = await makeLake(t);
  await settleLakeKind(testLake.lake, "real");
  const bars = [...dailyBars(), ...minuteBars()];
  const writer = new LakeWriter(testLake.lake, 0, logId);
  await writer.append(bars);
  const publish = async (more: readonly Bar[]): Promise<void> => {
    const producer = await log.producer(topic);
    await producer.send(
      more.map((bar) => ({ key: utf8(bar.symbol), value: utf8(encodeBar(bar)), partition: 0 })),
    );
    await producer.close();
  };
  await publish(bars);
  await testLake.build({ calendar: egxCalendar() });
  await certifyAt(testLake, "2025-12-01T12:00:00Z");
  const chain = { topic, logId, partition: 1 };
  const letters = encodeDeadLetters([
    {
      offset: 7,
      timestampMs: 1_764_000_000_000,
      code: "E_BAR_PRICE",
      reason: "close must be greater than 0, not -1",
      key: utf8("COMI"),
      value: utf8('{"close":-1}'),
      headers: [{ key: "source", value: utf8("tradingview") }],
    },
  ]);
  await testLake.lake.put(deadKey(chain, 0, 9), letters);
  return { testLake, log, logId, publish };
}

/** To be disposed before its data goes. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly backend: Backend;
  readonly failures: readonly string[];
  get(address: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

export interface ApiChoices {
  readonly server?: Partial<ServerOptions>;
  readonly backend?: Partial<BackendOptions>;
}

/** A server over such data, on a free port. */
export async function startApi(
  data: ApiData,
  { server = {}, backend: chosen = {} }: ApiChoices = {},
): Promise<ApiServer> {
  const failures: string[] = [];
  const http: HttpServer = await serveHttp({
    clock: systemClock,
    host: "127.0.0.1",
    port: 0,
    anyPort: false,
    token: null,
    webFolder: path.join(data.testLake.folder, "no-web"),
    onFailure: (error, at) => failures.push(`${at}: ${error.stack ?? error.message}`),
    ...server,
  });
  const backend = new Backend({
    lake: data.testLake.lake,
    log: data.log,
    topic,
    calendar: egxCalendar(),
    clock: systemClock,
    version: "0.0.0",
    scratchFolder: data.testLake.scratchFolder,
    feed: null,
    stages: [],
    told: ({ kind }) => kind,
    replay: null,
    metrics: null,
    streamsMax: 500,
    ...chosen,
  });
  backend.start();
  http.attach(backend);
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await backend[Symbol.asyncDispose]();
    await http.close();
  };
  const get = async (address: string, init?: RequestInit): Promise<Response> =>
    fetch(new URL(address, http.url), { redirect: "manual", ...init });
  return { url: http.url, backend, failures, get, stop, [Symbol.asyncDispose]: stop };
}

/** An event as it came. */
export interface HeardEvent {
  readonly name: string;
  readonly id: string;
  readonly data: unknown;
}

/** A reader of events: what came, and where it stands. */
export class EventReader {
  readonly events: HeardEvent[] = [];
  lastId = "";
  readonly #aborted = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#done = this.#read(url, headers).catch(() => undefined);
  }

  /** Resolves when `wanted` holds of the events that came. */
  async until(wanted: (events: readonly HeardEvent[]) => boolean): Promise<void> {
    const givenUp = performance.now() + 20_000;
    while (!wanted(this.events)) {
      if (performance.now() > givenUp)
        throw new Error(`waited for more than ${JSON.stringify(this.events.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    this.#aborted.abort();
    await this.#done;
  }

  async ended(): Promise<void> {
    await this.#done;
  }

  async #read(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const response = await fetch(url, { headers, signal: this.#aborted.signal });
    if (response.status !== 200) {
      this.events.push({ name: "refused", id: "", data: response.status });
      return;
    }
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      if (!(chunk instanceof Uint8Array)) continue;
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) this.#take(frame);
    }
  }

  #take(frame: string): void {
    const field = (name: string): string | undefined =>
      frame
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    this.lastId = field("id") ?? this.lastId;
    const data = field("data");
    if (data === undefined) return;
    const parsed: unknown = JSON.parse(data);
    this.events.push({ name: field("event") ?? "message", id: this.lastId, data: parsed });
  }
}
