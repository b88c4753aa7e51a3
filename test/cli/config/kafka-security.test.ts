import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { toEgxError } from "../../../src/base/errors.ts";
import { logAddress, type LogAddress } from "../../../src/cli/config/addresses.ts";
import { readSecurity } from "../../../src/cli/config/kafka-security.ts";
import { readConfig } from "../../../src/cli/config/read.ts";
import { schemas } from "../../../src/cli/config/schemas.ts";
import { temporaryFolder } from "../run-egx.ts";

function addressOf(environment: Readonly<Record<string, string>>, servers = "a:1"): LogAddress {
  const given = { KAFKA_BOOTSTRAP_SERVERS: servers, ...environment };
  const { config, origins } = readConfig(schemas.lag, new Map(), given);
  return logAddress(config, origins);
}

function securityOf(
  environment: Readonly<Record<string, string>>,
): Extract<LogAddress, { kind: "kafka" }>["security"] {
  const address = addressOf(environment);
  assert.ok(address.kind === "kafka");
  return address.security;
}

test("brokers are named as Kafka's other clients take them", () => {
  const plain = { sasl: null, tls: null };
  const kafka = (brokers: readonly string[]): LogAddress => {
    return { kind: "kafka", brokers, security: plain };
  };
  assert.deepEqual(addressOf({}, "a:1, b.example:2,"), kafka(["a:1", "b.example:2"]));
  assert.deepEqual(addressOf({}, "kafka"), kafka(["kafka:9092"]));
  assert.deepEqual(addressOf({}, "[::1]:7"), kafka(["[::1]:7"]));
  const { config, origins } = readConfig(schemas.lag, new Map([["log", "kafka://a:1,b:2/"]]), {});
  assert.deepEqual(logAddress(config, origins), kafka(["a:1", "b:2"]));
  for (const wrong of [",", "a b:1", "PLAINTEXT://a:1", "a:port:1"]) {
    assert.throws(
      () => addressOf({}, wrong),
      (error) => toEgxError(error).code === "E_USAGE",
      wrong,
    );
  }
});

test("what is given says how brokers are spoken to", () => {
  const login = { KAFKA_SASL_USERNAME: "u", KAFKA_SASL_PASSWORD: "p" };
  const authority = { KAFKA_SSL_CA_LOCATION: "ca.pem" };
  const sasl = { mechanism: "PLAIN", username: "u", password: "p" };
  const files = { certificatePath: undefined, keyPath: undefined, keyPassword: undefined };
  const tls = { caPath: "ca.pem", ...files };
  assert.deepEqual(securityOf({}), { sasl: null, tls: null });
  assert.deepEqual(securityOf(login), { sasl, tls: null });
  assert.deepEqual(securityOf(authority), { sasl: null, tls });
  assert.deepEqual(securityOf({ ...login, ...authority }), { sasl, tls });
  assert.deepEqual(securityOf({ ...login, KAFKA_SECURITY_PROTOCOL: "sasl_ssl" }), {
    sasl,
    tls: { caPath: undefined, ...files },
  });
  const scram = securityOf({ ...login, KAFKA_SASL_MECHANISM: "scram-sha-512" });
  assert.equal(scram.sasl?.mechanism, "SCRAM-SHA-512");
});

test("what contradicts itself or is missing is named, with 78 and without the password", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ KAFKA_SASL_USERNAME: "u" }, /^KAFKA_SASL_PASSWORD is not set/],
    [{ KAFKA_SASL_PASSWORD: "geheim" }, /^KAFKA_SASL_USERNAME is not set/],
    [{ KAFKA_SECURITY_PROTOCOL: "SASL_SSL" }, /^KAFKA_SASL_USERNAME is not set/],
    [
      { KAFKA_SECURITY_PROTOCOL: "PLAINTEXT", KAFKA_SASL_PASSWORD: "geheim" },
      /^KAFKA_SASL_PASSWORD is set, and KAFKA_SECURITY_PROTOCOL is PLAINTEXT/,
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: "SASL_PLAINTEXT", KAFKA_SSL_CA_LOCATION: "ca.pem" },
      /^KAFKA_SSL_CA_LOCATION is set/,
    ],
    [{ KAFKA_SSL_CERTIFICATE_LOCATION: "c.pem" }, /^KAFKA_SSL_KEY_LOCATION is not set/],
    [{ KAFKA_SSL_KEY_LOCATION: "k.pem" }, /^KAFKA_SSL_CERTIFICATE_LOCATION is not set/],
  ];
  for (const [environment, message] of cases) {
    assert.throws(
      () => securityOf(environment),
      (error) => {
        const failure = toEgxError(error);
        assert.match(failure.message, message);
        assert.doesNotMatch(`${failure.message} ${failure.hint}`, /geheim/);
        return failure.code === "E_CONFIG" && failure.exitCode === 78;
      },
    );
  }
  assert.throws(
    () => securityOf({ KAFKA_SECURITY_PROTOCOL: "TLS" }),
    (error) => /KAFKA_SECURITY_PROTOCOL: .*did you mean/.test(toEgxError(error).message),
  );
});

test("certificates are read from their files; one that cannot be is named", async (t) => {
  const folder = temporaryFolder(t);
  const ca = join(folder, "ca.pem");
  const text = "-----BEGIN CERTIFICATE-----\n";
  writeFileSync(ca, text);
  assert.deepEqual(await readSecurity(securityOf({ KAFKA_SSL_CA_LOCATION: ca })), {
    tls: { ca: text },
  });
  const absent = readSecurity(securityOf({ KAFKA_SSL_CA_LOCATION: join(folder, "none") }));
  await assert.rejects(absent, /KAFKA_SSL_CA_LOCATION: .*none cannot be read \(ENOENT\)/);
  writeFileSync(ca, "der");
  const strange = readSecurity(securityOf({ KAFKA_SSL_CA_LOCATION: ca }));
  await assert.rejects(strange, /is no PEM file/);
});
