/**
 * Kafka to MinIO, 250 symbols of one-minute bars, everything on this machine:
 *
 *     npm run bench -- sink [--records N] [--seed-records N]
 *     npm run bench -- sink --backlog 2000000
 *
 * The first compares `egx consumer --once` with the seed's way (kafka-python, one put a message)
 * and with quixstreams' S3 sink, all in one run on one topic; what each stored is counted in its
 * bucket. The second stores a backlog and looks at memory alone.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { utf8 } from "../src/base/bytes.ts";
import { systemClock } from "../src/base/clock.ts";
import { systemRandom } from "../src/base/random.ts";
import { z } from "../src/base/schema.ts";
import type { Lake } from "../src/lake/lake.ts";
import { openS3Lake } from "../src/lake/s3/s3-lake.ts";
import { openKafkaLog } from "../src/log/kafka/kafka-log.ts";
import { encodeBar } from "../src/market/codec.ts";
import { parseInterval } from "../src/market/interval.ts";
import { installKafka, startKafka, type KafkaCluster } from "../scripts/services/kafka.ts";
import { installMinio, startMinio, type Minio } from "../scripts/services/minio.ts";
import { installPythonProject, pythonOf } from "../scripts/services/python.ts";
import { StageProcess } from "../test/support/faults/stage-process.ts";

const topic = "egx_market_data";
const symbols = 250;
const minutesADay = 255;
const perSend = 20_000;
const peers = {
  name: "py-bench-peers",
  folder: fileURLToPath(new URL("peers", import.meta.url)),
  group: null,
};

/** What a Python sink tells of itself. */
const told = z.object({ records: z.number(), seconds: z.number() });

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    "seed-records": { type: "string", default: "4000" },
    backlog: { type: "string" },
  },
});

interface Measured {
  readonly name: string;
  readonly records: number;
  readonly objects: number;
  readonly seconds: number;
  readonly peakMiB: number;
}

interface Engines {
  readonly kafka: KafkaCluster;
  readonly minio: Minio;
}

await installKafka();
await installMinio();
const kafka = await startKafka({ heapMiB: 512 });
const minio = await startMinio();
try {
  if (values.backlog === undefined) {
    await compare({ kafka, minio }, Number(values.records), Number(values["seed-records"]));
  } else {
    await publish(kafka, Number(values.backlog));
    print([await ours({ kafka, minio }, Number(values.backlog))]);
  }
} finally {
  await minio.stop();
  await kafka.stop();
}

async function compare(engines: Engines, records: number, seedRecords: number): Promise<void> {
  await installPythonProject(peers);
  await publish(engines.kafka, records);
  const seed = await peer(engines, "seed_sink.py", seedRecords, ({ objects }) => objects);
  const quix = await peer(engines, "quix_sink.py", records, ({ lines }) => lines);
  print([seed, quix, await ours(engines, records)]);
}

/** One symbol's bars after the other's in each minute, day after day. */
async function publish({ bootstrap }: KafkaCluster, records: number): Promise<void> {
  const host = { clock: systemClock, random: systemRandom };
  const log = await openKafkaLog({ brokers: bootstrap.split(","), ...host });
  await log.createTopic({ name: topic, partitions: 6, retentionMs: null, retentionBytes: null });
  const producer = await log.producer(topic);
  for (let sent = 0; sent < records; sent += perSend) {
    const count = Math.min(perSend, records - sent);
    await producer.send(Array.from({ length: count }, (_, index) => recordOf(sent + index)));
  }
  await producer.close();
  await log.close();
}

function recordOf(index: number): { key: Uint8Array; value: Uint8Array } {
  const symbol = `SYM${String(index % symbols).padStart(3, "0")}`;
  const minute = Math.floor(index / symbols);
  const day = Math.floor(minute / minutesADay);
  const startMs = Date.UTC(2025, 0, 1 + day, 8, minute % minutesADay);
  const low = 50 + ((index * 7919) % 10_000) / 100;
  const bar = {
    symbol,
    exchange: "EGX" as const,
    interval: parseInterval("1m"),
    startMs,
    open: low,
    high: low + 0.5,
    low,
    close: low + 0.25,
    volume: index % 100_000,
    ingestedMs: startMs + 60_000,
    final: true,
    source: "tradingview",
    currency: "EGP",
    adjusted: "splits" as const,
  };
  return { key: utf8(symbol), value: utf8(encodeBar(bar)) };
}

/** `egx consumer --once`, from its start to its end. */
async function ours(engines: Engines, records: number): Promise<Measured> {
  const bucket = "ours";
  const began = performance.now();
  const run = new StageProcess({
    script: fileURLToPath(new URL("../src/cli/main.ts", import.meta.url)),
    args: [
      "consumer",
      "--once",
      `--topic=${topic}`,
      `--bucket=${bucket}`,
      `--bootstrap=${engines.kafka.bootstrap}`,
      `--minio-endpoint=${engines.minio.endpoint}`,
    ],
    env: environment(engines.minio),
  });
  const { code } = await run.ended;
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`egx consumer ended with ${code}:\n${run.stderr}`);
  const { lines, objects } = await countIn(engines.minio, bucket, "streaming/");
  mustBe("egx consumer", lines, records);
  return { name: "egx consumer", records, objects, seconds, peakMiB: run.peakMiB };
}

/** A Python sink, which times itself from its first record on. */
async function peer(
  engines: Engines,
  script: string,
  records: number,
  storedOf: (found: Found) => number,
): Promise<Measured> {
  const name = script.replace(".py", "");
  const bucket = name.replace("_", "-");
  // The lake makes the bucket that the peer finds.
  await (await openBucket(engines.minio, bucket)).close();
  const run = new StageProcess({
    command: pythonOf(peers),
    script: fileURLToPath(new URL(`peers/${script}`, import.meta.url)),
    args: [engines.kafka.bootstrap, topic, bucket, String(records)],
    env: environment(engines.minio),
  });
  const { code } = await run.ended;
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${run.stderr}`);
  const { seconds } = told.parse(JSON.parse(run.stdout.trim().split("\n").at(-1) ?? ""));
  const found = await countIn(engines.minio, bucket, "");
  mustBe(script, storedOf(found), records);
  return { name, records, objects: found.objects, seconds, peakMiB: run.peakMiB };
}

function environment(store: Minio): Record<string, string> {
  return {
    MINIO_ENDPOINT: store.endpoint,
    AWS_ACCESS_KEY_ID: store.user,
    AWS_SECRET_ACCESS_KEY: store.password,
  };
}

async function openBucket(store: Minio, bucket: string): Promise<Lake> {
  return openS3Lake({
    bucket,
    endpoint: store.endpoint,
    credentials: { accessKeyId: store.user, secretAccessKey: store.password },
    createBucket: true,
    clock: systemClock,
  });
}

interface Found {
  readonly lines: number;
  readonly objects: number;
}

async function countIn(store: Minio, bucket: string, prefix: string): Promise<Found> {
  const lake = await openBucket(store, bucket);
  let lines = 0;
  let objects = 0;
  for await (const { key } of lake.list(prefix)) {
    const stored = await lake.get(key);
    objects += 1;
    lines += stored?.body.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0) ?? 0;
  }
  await lake.close();
  return { lines, objects };
}

function mustBe(name: string, stored: number, records: number): void {
  if (stored !== records) throw new Error(`${name} stored ${stored} of ${records} records`);
}

function print(all: readonly Measured[]): void {
  const rates = all.map(({ records, seconds }) => records / seconds);
  const [slowest = 1] = rates;
  for (const [index, { name, records, objects, seconds, peakMiB }] of all.entries()) {
    const rate = rates[index] ?? 0;
    const ratio = all.length > 1 ? `, ${(rate / slowest).toFixed(1)} times the seed's` : "";
    console.log(
      `${name}: ${records.toLocaleString("en")} records in ${objects.toLocaleString("en")} ` +
        `objects, ${seconds.toFixed(1)} s, ${Math.round(rate).toLocaleString("en")} records/s` +
        `${ratio}, ${peakMiB} MiB`,
    );
  }
}
