import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { z } from "../../src/base/schema.ts";
import type { LogRecord } from "../../src/log/log.ts";
import { startEgx, runEgx, type Outcome } from "../cli/run-egx.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";
import { minioForFile, openS3, skipWithoutMinio } from "../support/services-minio.ts";
import { until } from "../support/until.ts";

const skip = skipWithoutKafka === false ? skipWithoutMinio : skipWithoutKafka;
const kafka = skip === false ? await kafkaForFile() : null;
const minio = skip === false ? await minioForFile() : null;

const bucket = "egx-data-bucket";
const topic = "egx_market_data";
const objectKey =
  /^streaming\/date=\d{4}-\d{2}-\d{2}\/symbol=(ZDOP|ZRAM)\/egx_market_data-[0-9a-f]{8}-\d+-\d{20}-\d{20}\.json$/;
const lagAnswer = z.object({ lagRecords: z.number(), lagSeconds: z.number() });
const lettersAnswer = z.array(z.object({ position: z.string(), code: z.string() }));

suite("the seed's command lines on Kafka and MinIO", { skip }, () => {
  test("producer and consumer, as they were typed, move bars into the bucket", async () => {
    const producer = start(
      "producer --symbols ZDOP,ZRAM --interval Daily --n-bars 10 --poll-interval 60 --feed simulator",
    );
    await until("20 records", async () => (await recordsIn(topic)).length === 20);
    const consumer = start(`consumer --topic ${topic} --bucket ${bucket} --flush-interval 1`);
    await consumer.told(/stored 20 records in 20 objects/);
    for (const { child } of [producer, consumer]) child.kill("SIGTERM");
    for (const { code, stderr } of await Promise.all([producer.ended, consumer.ended])) {
      assert.equal(code, 0, stderr);
    }

    const lines = await linesByKey();
    assert.equal(lines.size, 20);
    for (const [key, text] of lines) {
      const [, symbol] = objectKey.exec(key) ?? [];
      assert.ok(symbol !== undefined, key);
      assert.equal(text.length, 1);
      assert.match(text[0] ?? "", new RegExp(`^\\{"symbol":"${symbol}",.*"interval":"Daily"`));
    }
    const topics = await json("topics list", z.array(z.looseObject({ name: z.string() })));
    assert.deepEqual(
      topics.map(({ name, partitions, retentionSeconds }) => [name, partitions, retentionSeconds]),
      [
        [topic, 6, 7 * 86_400],
        [`${topic}.dlq`, 1, 30 * 86_400],
      ],
    );
  });

  test("verify holds; lag is told of the writers' group and of any other", async () => {
    await done(`verify --bucket ${bucket}`);
    assert.deepEqual(await json("lag", lagAnswer), { lagRecords: 0, lagSeconds: 0 });
    const other = await json("lag --consumer-group nobody", lagAnswer);
    assert.equal(other.lagRecords, 20);
    const published = (await recordsIn(topic)).map(({ timestampMs }) => timestampMs);
    const ageMs = systemClock.nowMs() - Math.min(...published);
    assert.ok(Math.abs(other.lagSeconds - ageMs / 1_000) < 5, `${other.lagSeconds} s`);
  });

  test("--use-aws goes to the endpoint of the AWS variables", async () => {
    const env = { AWS_ENDPOINT_URL_S3: store().endpoint, AWS_REGION: "us-east-1" };
    await done("consumer --once --bucket egx-other-bucket --use-aws", env);
    await done("verify --bucket egx-other-bucket --use-aws", env);
    const there = await store().mc(["ls", "--recursive", "here/egx-other-bucket/streaming"]);
    assert.equal(there.trim().split("\n").length, 20);
  });

  test("a bad message is a dead letter in lake and topic, and ends as replayed or waived", async () => {
    const log = await openKafka(brokers());
    const producer = await log.producer(topic);
    const [sent] = await producer.send([{ key: utf8("ZDOP"), value: utf8("no bar") }]);
    await producer.close();
    await log.close();
    const where = `${sent?.partition}:${sent?.offset}`;
    await done(`consumer --once --bucket ${bucket}`);
    const open = async (): Promise<z.output<typeof lettersAnswer>> =>
      json(`dlq list --bucket ${bucket}`, lettersAnswer);
    assert.deepEqual(await open(), [{ position: where, code: "E_MESSAGE_JSON" }]);
    const [copy] = await recordsIn(`${topic}.dlq`);
    assert.deepEqual([copy?.key, copy?.value].map(textOrNull), ["ZDOP", "no bar"]);

    await done(`dlq replay --bucket ${bucket}`);
    assert.deepEqual(await open(), []);
    await done(`consumer --once --bucket ${bucket}`);
    const [again] = await open();
    assert.equal(again?.position, `${sent?.partition}:${(sent?.offset ?? 0) + 1}`);
    await done(`dlq waive ${again.position} --bucket ${bucket} --reason=test`);
    assert.deepEqual(await open(), []);
    await done(`verify --bucket ${bucket}`);
  });

  test("silver is built in the bucket and asked", async () => {
    await done(`silver --bucket ${bucket}`);
    const sql = "select symbol, count(*)::int n from bars group by 1 order by 1";
    const args = ["query", sql, "--bucket", bucket, "--format", "csv"];
    const { stdout, stderr } = await runEgx(args, { env: environment() });
    assert.equal(stdout, "symbol,n\nZDOP,10\nZRAM,10\n", stderr);
  });
});

function brokers(): string {
  assert.ok(kafka !== null);
  return kafka.bootstrap;
}

function store(): NonNullable<typeof minio> {
  assert.ok(minio !== null);
  return minio;
}

function environment(): Record<string, string> {
  const { endpoint, user, password } = store();
  return {
    KAFKA_BOOTSTRAP_SERVERS: brokers(),
    MINIO_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: user,
    AWS_SECRET_ACCESS_KEY: password,
  };
}

function start(line: string, env: Record<string, string> = {}): ReturnType<typeof startEgx> {
  return startEgx(line.split(" "), { env: { ...environment(), ...env } });
}

async function done(line: string, env: Record<string, string> = {}): Promise<Outcome> {
  const outcome = await start(line, env).ended;
  assert.equal(outcome.code, 0, `${line}: ${outcome.stderr}${outcome.stdout}`);
  return outcome;
}

async function json<T>(line: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse((await done(`${line} --json`)).stdout));
}

/** Every record of a topic; none while it is not there. */
async function recordsIn(name: string): Promise<readonly LogRecord[]> {
  const log = await openKafka(brokers());
  try {
    const info = await log.describeTopic(name);
    if (info === null) return [];
    const records: LogRecord[] = [];
    for (const { partition, start, end } of await log.offsets(name)) {
      for (let offset = start; offset < end;) {
        const slice = await log.read({ topic: name, topicId: info.id, partition, offset });
        records.push(...slice.records);
        offset = slice.next;
      }
    }
    return records;
  } finally {
    await log.close();
  }
}

/** The lines of every streaming object. */
async function linesByKey(): Promise<ReadonlyMap<string, readonly string[]>> {
  const lake = await openS3(store(), { bucket, createBucket: false });
  try {
    const lines = new Map<string, readonly string[]>();
    for await (const { key } of lake.list("streaming/")) {
      const stored = await lake.get(key);
      assert.ok(stored !== null);
      lines.set(key, textOf(stored.body).trimEnd().split("\n"));
    }
    return lines;
  } finally {
    await lake.close();
  }
}

function textOrNull(bytes: Uint8Array | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : textOf(bytes);
}
