import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import type { EgxError } from "../../src/base/errors.ts";
import { toEgxError } from "../../src/base/errors.ts";
import type { KafkaLogOptions } from "../../src/log/kafka/kafka-log.ts";
import { makeTopic, publish, readAll, textRecord, valueOf } from "../contract/log-case.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";

const skip = skipWithoutKafka;
const users = { admin: "admin-secret", reader: "reader-secret" };
const secured = await kafkaForFile({ users, tls: true });
const plain = await kafkaForFile();

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
for (const mechanism of mechanisms) {
  test(`a login by ${mechanism} over TLS with a client certificate`, { skip }, async (t) => {
    const log = await opened(t, { sasl: { ...administrator(), mechanism }, tls: certificates() });
    const topic = await makeTopic(log);
    await publish(log, topic, [textRecord("COMI", mechanism)]);
    assert.deepEqual((await readAll(log, topic)).map(valueOf), [mechanism]);
  });

  test(`a wrong password by ${mechanism} is refused, with 78`, { skip }, async () => {
    const sasl = { ...administrator(), mechanism, password: "wrong" };
    const failure = await refused({ sasl, tls: certificates() });
    assert.equal(failure.code, "E_LOG_FORBIDDEN");
    assert.equal(failure.exitCode, 78);
    assert.ok(!JSON.stringify([failure.message, failure.details]).includes("wrong"));
  });
}

test("a user without rights to a topic is refused", { skip }, async (t) => {
  const admin = await opened(t, { sasl: administrator(), tls: certificates() });
  const topic = await makeTopic(admin);
  const sasl = { mechanism: "PLAIN", username: "reader", password: users.reader } as const;
  const log = await opened(t, { sasl, tls: certificates() });
  for (const attempt of [
    async () => log.producer(topic.name),
    async () => log.describeTopic(topic.name),
    async () => log.createTopic({ ...topic, name: `${topic.name}-other` }),
    async () => log.read({ topic: topic.name, topicId: topic.id, partition: 0, offset: 0 }),
  ]) {
    const failure = await attempt().then(() => undefined, toEgxError);
    assert.equal(failure?.code, "E_LOG_FORBIDDEN");
  }
});

test("a certificate that is not ours, or none, is refused", { skip }, async () => {
  const { ca, certificate, key } = certificates();
  const noClient = await refused({ sasl: administrator(), tls: { ca } });
  const noAuthority = await refused({ sasl: administrator(), tls: { certificate, key } });
  assert.deepEqual(
    [noClient.code, noAuthority.code],
    ["E_LOG_FORBIDDEN", "E_LOG_FORBIDDEN"],
    `${noClient.message}; ${noAuthority.message}`,
  );
});

test("TLS spoken to a plain port, and the reverse, is said", { skip }, async () => {
  const toPlain = await openKafka(plain?.bootstrap ?? "", { tls: certificates() }).then(
    () => undefined,
    toEgxError,
  );
  const toSecured = await refused({});
  for (const failure of [toPlain, toSecured]) {
    assert.ok(failure?.code === "E_LOG_FORBIDDEN" || failure?.code === "E_LOG_UNREACHABLE");
    assert.match(failure.hint, /TLS/);
  }
});

async function opened(
  t: TestContext,
  options: Partial<KafkaLogOptions>,
): ReturnType<typeof openKafka> {
  const log = await openKafka(secured?.bootstrap ?? "", options);
  t.after(async () => log.close());
  return log;
}

async function refused(options: Partial<KafkaLogOptions>): Promise<EgxError> {
  const failure = await openKafka(secured?.bootstrap ?? "", options).then(
    async (log) => log.close(),
    toEgxError,
  );
  assert.ok(failure !== undefined, "it was let in");
  return failure;
}

function administrator(): NonNullable<KafkaLogOptions["sasl"]> {
  return { mechanism: "PLAIN", username: "admin", password: users.admin };
}

function certificates(): { ca: string; certificate: string; key: string } {
  const paths = secured?.certificates ?? null;
  assert.ok(paths !== null);
  const [ca, certificate, key] = [paths.ca, paths.clientCertificate, paths.clientKey].map((path) =>
    readFileSync(path, "utf8"),
  );
  assert.ok(ca !== undefined && certificate !== undefined && key !== undefined);
  return { ca, certificate, key };
}
