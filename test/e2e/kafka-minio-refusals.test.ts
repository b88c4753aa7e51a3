import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { freePort } from "../../scripts/services/ports.ts";
import { runEgx, startEgx, temporaryFolder, type Outcome } from "../cli/run-egx.ts";
import { kafkaForFile, skipWithoutKafka } from "../support/services-kafka.ts";
import { minioForFile, minioUser, skipWithoutMinioClient } from "../support/services-minio.ts";

const skip = skipWithoutKafka === false ? skipWithoutMinioClient : skipWithoutKafka;
const users = {
  admin: "admin-secret",
  writer: "writer-secret",
  feeder: "feeder-secret",
  keeper: "keeper-secret",
};
const kafka = skip === false ? await kafkaForFile({ users, tls: true }) : null;
const minio = skip === false ? await minioForFile() : null;

const topic = "egx_market_data";
const produce = "producer --feed simulator --symbols ZDOP --interval Daily --n-bars 1";

suite("what is set up wrongly is said in one line, with what to do", { skip }, () => {
  test("a login over TLS with a certificate, all from the environment", async (t) => {
    const { code, stderr, stdout } = await egx(t, produce, {});
    assert.equal(code, 0, stderr);
    assert.match(stdout, /published +1\b/);
    const listed = await egx(t, "topics list --json", {
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SECURITY_PROTOCOL: "sasl_ssl",
    });
    assert.match(listed.stdout, /"name":"egx_market_data"/, listed.stderr);
  });

  const refused: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ["a wrong password", { KAFKA_SASL_PASSWORD: "guessed" }, /E_LOG_FORBIDDEN.*[^]*KAFKA_SASL_/],
    ["a wrong user", { KAFKA_SASL_USERNAME: "nobody" }, /E_LOG_FORBIDDEN.*[^]*KAFKA_SASL_/],
    ["no authority", { KAFKA_SSL_CA_LOCATION: "" }, /E_LOG_FORBIDDEN.*[^]*KAFKA_SSL_/],
    ["an authority that is no file", { KAFKA_SSL_CA_LOCATION: "/none" }, /E_CONFIG.*ENOENT/],
  ];
  for (const [what, env, said] of refused) {
    test(`${what} ends each stage with 78`, async (t) => {
      for (const line of [produce, "consumer", "lag"]) {
        const outcome = await egx(t, line, env);
        assert.equal(outcome.code, 78, `${line}: ${outcome.stderr}`);
        assertOneError(outcome, said);
        assert.doesNotMatch(outcome.stderr + outcome.stdout, /guessed|-secret/);
      }
    });
  }

  test("an unknown topic ends the consumer with 78, and is not made", async (t) => {
    for (const line of ["consumer --topic egx_market_dat", "lag --topic egx_market_dat"]) {
      const outcome = await egx(t, line, {});
      assert.equal(outcome.code, 78, outcome.stderr);
      assertOneError(outcome, /E_LOG_TOPIC_UNKNOWN.*egx_market_dat at kafka:[^]*egx topics create/);
    }
    const { stdout } = await egx(t, "topics list --json", {});
    assert.doesNotMatch(stdout, /"egx_market_dat"/);
  });

  test("a topic that may not be made ends the producer with 78", async (t) => {
    await allow(t, "writer", ["Describe", "DescribeConfigs", "Write"], ["--topic", "other"]);
    const writer = { KAFKA_SASL_USERNAME: "writer", KAFKA_SASL_PASSWORD: users.writer };
    const outcome = await egx(t, `${produce} --topic other`, writer);
    assert.equal(outcome.code, 78, outcome.stderr);
    assertOneError(
      outcome,
      /E_LOG_TOPIC_UNKNOWN.*no topic other.*may not create it[^]*hint: Let an/,
    );
    const without = await egx(t, `${produce} --topic ${topic}`, writer);
    assert.equal(without.code, 78, without.stderr);
    assertOneError(without, /E_LOG_FORBIDDEN.*egx_market_data/);
  });

  test("the rights that docs/kafka-and-s3.md names are enough", async (t) => {
    const producing = ["DescribeConfigs", "Read", "Write"];
    await allow(t, "feeder", producing, ["--topic", topic, "--topic", `${topic}.dlq`]);
    const feeder = { KAFKA_SASL_USERNAME: "feeder", KAFKA_SASL_PASSWORD: users.feeder };
    const produced = await egx(t, produce, feeder);
    assert.equal(produced.code, 0, produced.stderr);

    await allow(t, "keeper", ["DescribeConfigs", "Read"], ["--topic", topic]);
    await allow(t, "keeper", ["DescribeConfigs", "Write"], ["--topic", `${topic}.dlq`]);
    await allow(t, "keeper", ["Read"], ["--group", "egx-s3-writer"]);
    const keeper = { KAFKA_SASL_USERNAME: "keeper", KAFKA_SASL_PASSWORD: users.keeper };
    const stored = await egx(t, "consumer --once", keeper);
    assert.equal(stored.code, 0, stored.stderr);
    assert.match(stored.stdout, /^stored +[1-9]/m);
  });

  test("a bucket that is not there and may not be made ends the consumer with 78", async (t) => {
    const keys = await minioUser(store(), {
      name: "no-buckets",
      statements: [{ actions: ["s3:GetObject", "s3:PutObject"], resources: ["egx-none/*"] }],
    });
    const outcome = await egx(t, "consumer --bucket egx-none", {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    });
    assert.equal(outcome.code, 78, outcome.stderr);
    assertOneError(outcome, /E_LAKE_MISSING.*egx-none.*NoSuchBucket[^]*hint: Create it/);
    const wrong = await egx(t, "consumer --bucket egx-none", {
      AWS_ACCESS_KEY_ID: "minioadmin",
      AWS_SECRET_ACCESS_KEY: "guessed-secret",
    });
    assert.equal(wrong.code, 78, wrong.stderr);
    assertOneError(wrong, /E_LAKE_FORBIDDEN.*egx-none[^]*hint: /);
    assert.doesNotMatch(wrong.stderr, /guessed/);
  });

  test("a stage waits for a port that is closed, says for which, and ends when asked", async (t) => {
    const closed = `127.0.0.1:${await freePort()}`;
    const cases = [
      [produce, { KAFKA_BOOTSTRAP_SERVERS: closed }],
      ["consumer", { KAFKA_BOOTSTRAP_SERVERS: closed }],
      ["consumer --bucket egx-x", { MINIO_ENDPOINT: `http://${closed}` }],
    ] as const;
    for (const [line, env] of cases) {
      const running = startEgx(line.split(" "), { env: { ...environment(t), ...env } });
      await running.told(new RegExp(`open the (log|lake): .*${closed}.*ECONNREFUSED.*tried again`));
      running.child.kill("SIGTERM");
      assert.equal((await running.ended).code, 0, line);
    }
    const look = await egx(t, "lag", { KAFKA_BOOTSTRAP_SERVERS: closed });
    assert.equal(look.code, 1);
    assertOneError(look, new RegExp(`E_LOG_UNREACHABLE.*${closed}.*ECONNREFUSED[^]*hint: Check`));
  });
});

function cluster(): NonNullable<typeof kafka> {
  assert.ok(kafka !== null);
  return kafka;
}

function store(): NonNullable<typeof minio> {
  assert.ok(minio !== null);
  return minio;
}

function certificates(): NonNullable<NonNullable<typeof kafka>["certificates"]> {
  const found = cluster().certificates;
  assert.ok(found !== null);
  return found;
}

/** As the administrator of both; lakes are in a folder that nothing else uses. */
function environment(t: TestContext): Record<string, string> {
  const { ca, clientCertificate, clientKey } = certificates();
  const { endpoint, user, password } = store();
  return {
    KAFKA_BOOTSTRAP_SERVERS: cluster().bootstrap,
    KAFKA_SASL_USERNAME: "admin",
    KAFKA_SASL_PASSWORD: users.admin,
    KAFKA_SSL_CA_LOCATION: ca,
    KAFKA_SSL_CERTIFICATE_LOCATION: clientCertificate,
    KAFKA_SSL_KEY_LOCATION: clientKey,
    MINIO_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: user,
    AWS_SECRET_ACCESS_KEY: password,
    EGX_LAKE: join(temporaryFolder(t), "lake"),
  };
}

async function egx(t: TestContext, line: string, env: Record<string, string>): Promise<Outcome> {
  return runEgx(line.split(" "), { env: { ...environment(t), ...env } });
}

function assertOneError({ stderr }: Outcome, said: RegExp): void {
  assert.equal(stderr.match(/^error\[/gm)?.length, 1, stderr);
  assert.match(stderr, said);
  assert.match(stderr, /^ {2}hint: \S/m);
  assert.doesNotMatch(stderr, /\n {4}at /, "no stack");
}

/** Gives a user rights to what `resource` says. */
async function allow(
  t: TestContext,
  user: string,
  operations: readonly string[],
  resource: readonly string[],
): Promise<void> {
  const rights = operations.flatMap((operation) => ["--operation", operation]);
  const at = ["--bootstrap-server", cluster().bootstrap, "--command-config", adminProperties(t)];
  const who = ["--add", "--allow-principal", `User:${user}`];
  const tool = "org.apache.kafka.tools.AclCommand";
  await cluster().tool(tool, [...at, ...who, ...resource, ...rights]);
}

/** A file that lets Kafka's own tools in as the administrator. */
function adminProperties(t: TestContext): string {
  const folder = temporaryFolder(t);
  const { ca, clientCertificate, clientKey } = certificates();
  const both = join(folder, "client.pem");
  writeFileSync(both, readFileSync(clientKey, "utf8") + readFileSync(clientCertificate, "utf8"));
  const login = "org.apache.kafka.common.security.plain.PlainLoginModule required";
  const lines = [
    "security.protocol=SASL_SSL",
    "sasl.mechanism=PLAIN",
    `sasl.jaas.config=${login} username="admin" password="${users.admin}";`,
    "ssl.truststore.type=PEM",
    `ssl.truststore.location=${ca}`,
    "ssl.keystore.type=PEM",
    `ssl.keystore.location=${both}`,
  ];
  const file = join(folder, "admin.properties");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}
