import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { utf8 } from "../../src/base/bytes.ts";
import { z } from "../../src/base/schema.ts";
import { listChains, readChain } from "../../src/ledger/chain.ts";
import type { Log, LogRecord, NewRecord, TopicInfo } from "../../src/log/log.ts";
import { partitionOf } from "../../src/log/murmur2.ts";
import { makeTopic, readAll } from "../contract/log-case.ts";
import { minuteBars, runEgx, temporaryFolder } from "../cli/run-egx.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";
import { minioForFile, openS3, skipWithoutMinio } from "../support/services-minio.ts";
import {
  pythonClientsForFile,
  runPython,
  skipWithoutPythonClients,
} from "../support/services-python.ts";

const absent = [skipWithoutKafka, skipWithoutMinio, skipWithoutPythonClients];
const skip = absent.find((reason) => reason !== false) ?? false;
if (skip === false) await pythonClientsForFile();
const kafka = skip === false ? await kafkaForFile() : null;
const minio = skip === false ? await minioForFile() : null;

const clients = ["kafka_python.py", "confluent.py"] as const;
const compressions = ["none", "gzip", "lz4", "zstd"] as const;
const tickers = ["COMI", "ETEL", "SWDY", "ABUK", "FWRY", "HRHO", "TMGH", "EAST", "ORAS", "CIEB"];

const base64 = z.string().transform((text) => Buffer.from(text, "base64").toString());
const readByPython = z.object({
  partition: z.number(),
  offset: z.number(),
  timestampMs: z.number(),
  key: base64.nullable(),
  value: base64.nullable(),
  headers: z.array(z.tuple([z.string(), base64.nullable()])),
});
const position = z.object({ partition: z.number(), offset: z.number() });

suite("Kafka's Python clients", { skip }, () => {
  for (const script of clients) {
    test(`${script} reads what we publish, by every compression`, async () => {
      const topic = await inLog(async (log) => makeTopic(log, { partitions: 6 }));
      for (const compression of compressions) {
        const log = await openKafka(brokers(), { compression });
        const producer = await log.producer(topic.name);
        await producer.send(variedRecords(compression));
        await producer.close();
        await log.close();
      }
      const ours = await recordsOf(topic);
      const answers = await runPython({
        script,
        args: ["read", brokers(), topic.name, String(ours.length)],
      });
      const theirs = z.array(readByPython).parse(answers);
      assert.deepEqual(inOrder(theirs), inOrder(ours));
    });

    test(`${script} publishes what we read, by every compression, keys where ours go`, async () => {
      const topic = await inLog(async (log) => makeTopic(log, { partitions: 6 }));
      const published: { readonly partition: number; readonly offset: number }[] = [];
      for (const compression of compressions) {
        const input = variedRecords(compression).map(forPython);
        const args = ["publish", brokers(), topic.name, compression];
        published.push(...z.array(position).parse(await runPython({ script, args, input })));
      }
      const ours = await recordsOf(topic);
      assert.deepEqual(
        inOrder(ours).map(({ partition, offset }) => ({ partition, offset })),
        inOrder(published),
      );
      const wanted = compressions.flatMap((compression) =>
        variedRecords(compression).map((record) => JSON.stringify(forPython(record))),
      );
      assert.deepEqual(
        ours.map(({ key, value, headers }) => JSON.stringify({ key, value, headers })).toSorted(),
        wanted.map(decoded).toSorted(),
      );
      for (const { key, partition } of ours) {
        if (key !== null) assert.equal(partition, partitionOf(utf8(key), 6), key);
      }
    });
  }
});

test("egx lag tells how far another program's group has come", { skip }, async () => {
  const topic = await inLog(async (log) => makeTopic(log, { partitions: 2 }));
  const publish = async (): Promise<void> =>
    inLog(async (log) => {
      const producer = await log.producer(topic.name);
      await producer.send(variedRecords("lag"));
      await producer.close();
    });
  const lag = async (): Promise<number> => {
    const group = ["--consumer-group", `reader-of-${topic.name}`];
    const { stdout } = await egx("lag", "--topic", topic.name, ...group, "--json");
    return z.object({ lagRecords: z.number() }).parse(JSON.parse(stdout)).lagRecords;
  };
  const count = variedRecords("lag").length;
  await publish();
  assert.equal(await lag(), count);
  const args = ["read", brokers(), topic.name, String(count)];
  await runPython({ script: "confluent.py", args });
  assert.equal(await lag(), 0);
  await publish();
  assert.equal(await lag(), count);
});

suite("from Python through the log into the lake, and out by Python", { skip }, () => {
  const bucket = "egx-interop";
  const topic = "egx_market_data";
  const abortedRecords = 3_000;
  /** The old producer's, ours of a file, those of transactions. */
  const storedRecords = 8 + 40 + 3;

  test("a log of everything goes into the lake, and verify holds", async (t) => {
    await egx("topics", "create");
    const oldProducer = { script: "seed_producer.py", args: [brokers(), topic, "COMI", "8"] };
    assert.equal((await runPython(oldProducer)).length, 8);
    const file = join(temporaryFolder(t), "bars.csv");
    writeFileSync(file, minuteBars());
    await egx("producer", "--feed", "recorded", "--file", file);
    await runPython({
      script: "confluent.py",
      args: ["transactions", brokers(), topic],
      input: [
        { ends: "commit", records: [oldBar("ETEL", 1), oldBar("ETEL", 2)] },
        // Some 6 MB in one partition, which no answer to one fetch holds.
        { ends: "abort", records: Array.from({ length: abortedRecords }, (_, at) => large(at)) },
        { ends: "commit", records: [oldBar("ETEL", 3)] },
        { ends: "abort", records: [oldBar("ETEL", 4)] },
        { ends: "commit", records: [{ key: null, value: null }] },
      ],
    });
    const tombstone = { key: encoded("COMI"), value: null, headers: [["why", encoded("gone")]] };
    await runPython({
      script: "kafka_python.py",
      args: ["publish", brokers(), topic, "lz4"],
      input: [tombstone],
    });
    await egx("consumer", "--once", "--bucket", bucket);
    await egx("verify", "--bucket", bucket);
  });

  test("a second reading, in other batches, gives the same records", async () => {
    const again = `${bucket}-again`;
    const flush = ["--flush-records", "7"];
    await egx("consumer", "--once", "--bucket", again, "--consumer-group", "again", ...flush);
    await egx("verify", "--bucket", again);
    const lines = async (from: string): Promise<readonly string[]> => {
      const args = [store().endpoint, from];
      const found = await runPython({ script: "lake_lines.py", args, env: credentials() });
      const shape = z.object({ line: z.looseObject({ log_offset: z.number() }) });
      return found.map((each) => JSON.stringify(shape.parse(each).line)).toSorted();
    };
    assert.deepEqual(await lines(again), await lines(bucket));
  });

  test("aborted records and markers are absent, each offset is told once", async () => {
    const lake = await openS3(store(), { bucket, createBucket: false });
    const totals = { records: 0, deadLetters: 0, absent: 0 };
    for await (const chain of listChains(lake)) {
      for await (const { entry } of readChain(lake, chain)) {
        totals.records += entry.records;
        totals.deadLetters += entry.dead_letters.length;
        for (const [first, last] of entry.absent) totals.absent += last - first + 1;
      }
    }
    await lake.close();
    // Of a transaction each partition that it wrote to has a marker; it wrote to one.
    const markers = 5;
    assert.deepEqual(totals, {
      records: storedRecords,
      // The two without a value.
      deadLetters: 2,
      absent: abortedRecords + 1 + markers,
    });
  });

  test("boto3 lists and reads the lake's objects", async () => {
    const lines = z
      .array(
        z.object({
          key: z.string(),
          line: z.object({ symbol: z.string(), log_partition: z.number(), log_offset: z.number() }),
        }),
      )
      .parse(await runPython({ script: "lake_lines.py", args: place(), env: credentials() }));
    const verified = z
      .object({ records: z.number(), objects: z.number() })
      .parse(JSON.parse((await egx("verify", "--bucket", bucket, "--json")).stdout));
    assert.equal(lines.length, verified.records);
    const places = lines.map(({ line }) => `${line.log_partition}:${line.log_offset}`);
    assert.equal(new Set(places).size, lines.length);
    for (const { key, line } of lines) assert.ok(key.includes(`/symbol=${line.symbol}/`), key);
  });

  test("pyarrow and DuckDB read the same bars in silver", async (t) => {
    await egx("silver", "--bucket", bucket);
    const rows = await runPython({ script: "silver_rows.py", args: place(), env: credentials() });
    assert.equal(rows.length, storedRecords);
    const folder = temporaryFolder(t);
    const lake = await openS3(store(), { bucket, createBucket: false });
    for await (const { key } of lake.list("silver/bars/")) {
      const path = join(folder, key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, (await lake.get(key))?.body ?? "");
    }
    await lake.close();
    const database = await DuckDBInstance.create(":memory:");
    const connection = await database.connect();
    const result = await connection.runAndReadAll(
      "select symbol, date::varchar as date, close, log_partition, log_offset " +
        `from read_parquet('${folder}/silver/bars/**/*.parquet')`,
    );
    const byDuck = result.getRowObjectsJson();
    connection.closeSync();
    database.closeSync();
    const row = z.object({
      symbol: z.string(),
      date: z.string(),
      close: z.number(),
      log_partition: z.coerce.number(),
      log_offset: z.coerce.number(),
    });
    const texts = (found: readonly unknown[]): readonly string[] =>
      found.map((each) => JSON.stringify(row.parse(each))).toSorted();
    assert.deepEqual(texts(byDuck), texts(rows));
  });

  function place(): readonly [string, string] {
    return [store().endpoint, bucket];
  }
});

/** A record as the tests compare it. */
interface PlacedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** Keys of every kind of length, texts beyond ASCII, headers twice, no key, no value. */
function variedRecords(label: string): readonly NewRecord[] {
  const headers = [
    { key: "source", value: utf8(label) },
    { key: "source", value: utf8("سهم") },
    { key: "empty", value: utf8("") },
  ];
  return [
    ...tickers.map((symbol) => ({ key: utf8(symbol), value: utf8(`${symbol} ${label}`), headers })),
    ...tickers.map((symbol) => ({ key: utf8(`${symbol}.CA-سهم`), value: utf8("x".repeat(5_000)) })),
    { key: null, value: utf8(`no key, ${label}`) },
    { key: utf8("COMI"), value: null, headers },
    { key: utf8("ETEL"), value: utf8("") },
  ];
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}

interface PythonRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: readonly (readonly [string, string])[];
}

function forPython({ key, value, headers = [] }: NewRecord): PythonRecord {
  const text = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString("base64");
  return {
    key: text(key),
    value: text(value),
    headers: headers.map((header) => [header.key, text(header.value) ?? ""]),
  };
}

/** What {@link forPython} made, as text of the record's texts. */
function decoded(document: string): string {
  const shape = readByPython.pick({ key: true, value: true, headers: true });
  return JSON.stringify(shape.parse(JSON.parse(document)));
}

/** A bar as the old producer publishes it. */
function oldBar(symbol: string, day: number): PythonRecord {
  const bar = {
    symbol,
    exchange: "EGX",
    interval: "Daily",
    datetime: `2025-11-0${day}T10:00:00`,
    open: 30.5,
    high: 31,
    low: 30,
    close: 30.25,
    volume: 100,
    ingestion_timestamp: "2025-11-10T15:00:00.123456",
  };
  return { key: encoded(symbol), value: encoded(JSON.stringify(bar, null, 2)) };
}

function large(at: number): PythonRecord {
  return { key: encoded("ETEL"), value: encoded(`aborted ${at} ${"x".repeat(2_000)}`) };
}

function inOrder<T extends { readonly partition: number; readonly offset: number }>(
  records: readonly T[],
): readonly T[] {
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** Everything that a topic holds, as our own client reads it. */
async function recordsOf(topic: TopicInfo): Promise<readonly PlacedRecord[]> {
  return inLog(async (log) => {
    const records: PlacedRecord[] = [];
    for (let partition = 0; partition < topic.partitions; partition += 1) {
      const found = await readAll(log, topic, partition);
      records.push(...found.map((record) => placed(record, partition)));
    }
    return records;
  });
}

function placed(record: LogRecord, partition: number): PlacedRecord {
  const text = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString();
  const { offset, timestampMs, key, value, headers } = record;
  return {
    partition,
    offset,
    timestampMs,
    key: text(key),
    value: text(value),
    headers: headers.map((header) => [header.key, text(header.value)]),
  };
}

async function inLog<T>(work: (log: Log) => Promise<T>): Promise<T> {
  const log = await openKafka(brokers());
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

function brokers(): string {
  assert.ok(kafka !== null);
  return kafka.bootstrap;
}

function store(): NonNullable<typeof minio> {
  assert.ok(minio !== null);
  return minio;
}

function credentials(): Record<string, string> {
  const { user, password } = store();
  return { AWS_ACCESS_KEY_ID: user, AWS_SECRET_ACCESS_KEY: password };
}

async function egx(...args: string[]): Promise<{ readonly stdout: string }> {
  const env = {
    ...credentials(),
    KAFKA_BOOTSTRAP_SERVERS: brokers(),
    MINIO_ENDPOINT: store().endpoint,
  };
  const { code, stdout, stderr } = await runEgx(args, { env });
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}${stdout}`);
  return { stdout };
}
