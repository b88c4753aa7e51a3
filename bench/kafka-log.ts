/**
 * Publishes and reads a million bars on a broker of its own: `node bench/kafka-log.ts [RECORDS]`.
 * Prints records a second, processor seconds and resident memory for each compression.
 */
import process from "node:process";
import { systemClock } from "../src/base/clock.ts";
import { systemRandom } from "../src/base/random.ts";
import { openKafkaLog } from "../src/log/kafka/kafka-log.ts";
import type { Log, NewRecord } from "../src/log/log.ts";
import { startKafka } from "../scripts/services/kafka.ts";

const total = Number(process.argv[2] ?? 1_000_000);
const perSend = 5_000;
const partitions = 6;

const kafka = await startKafka({ heapMiB: 512 });
try {
  for (const compression of ["lz4", "zstd", "none"] as const) {
    const brokers = kafka.bootstrap.split(",");
    const log = await openKafkaLog({
      brokers,
      compression,
      clock: systemClock,
      random: systemRandom,
    });
    await measured(`${compression} publish`, async () => publishAll(log, compression));
    await measured(`${compression} read`, async () => readEverything(log, compression));
    await log.close();
  }
} finally {
  await kafka.stop();
}

async function publishAll(log: Log, topic: string): Promise<number> {
  await log.createTopic({ name: topic, partitions, retentionMs: null, retentionBytes: null });
  const producer = await log.producer(topic);
  for (let sent = 0; sent < total; sent += perSend) {
    const count = Math.min(perSend, total - sent);
    await producer.send(Array.from({ length: count }, (_, index) => bar(sent + index)));
  }
  await producer.close();
  return total;
}

/** Reads all partitions at once, as one consumer does. */
async function readEverything(log: Log, topic: string): Promise<number> {
  const info = await log.describeTopic(topic);
  const offsets = await log.offsets(topic);
  const counts = await Promise.all(
    offsets.map(async ({ partition, start, end }) => {
      let count = 0;
      for (let offset = start; offset < end;) {
        const request = { topic, topicId: info?.id ?? "", partition, offset };
        const slice = await log.read({ ...request, maxWaitMs: 1_000 });
        count += slice.records.length;
        offset = slice.next;
      }
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function measured(what: string, work: () => Promise<number>): Promise<void> {
  const processor = process.cpuUsage();
  const startMs = performance.now();
  const records = await work();
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(processor);
  if (records !== total) throw new Error(`${what}: ${records} records instead of ${total}`);
  const rate = Math.round(records / seconds).toLocaleString("en");
  const processorSeconds = ((user + system) / 1e6).toFixed(1);
  const megabytes = Math.round(process.memoryUsage.rss() / 1e6);
  console.log(`${what}: ${rate} records/s, ${processorSeconds} s CPU, ${megabytes} MB resident`);
}

/** A minute bar of some 210 bytes, one of 250 symbols. */
function bar(number: number): NewRecord {
  const symbol = `S${String(number % 250).padStart(3, "0")}`;
  const minute = String(number % 60).padStart(2, "0");
  const text = JSON.stringify({
    symbol,
    exchange: "EGX",
    interval: "1 Minute",
    datetime: `2025-11-24T10:${minute}:00+02:00`,
    open: 10 + (number % 997) / 100,
    high: 20.5,
    low: 9.25,
    close: 10 + (number % 991) / 100,
    volume: number,
    ingestion_timestamp: `2025-11-24T08:${minute}:00.000Z`,
    final: true,
  });
  return { key: Buffer.from(symbol), value: Buffer.from(text) };
}
