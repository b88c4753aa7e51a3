import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kafkaVersion } from "../../scripts/services/kafka.ts";
import { minioProgram } from "../../scripts/services/minio.ts";
import { z } from "../../src/base/schema.ts";
import { commands } from "../../src/cli/commands.ts";
import { factsOf } from "../../src/cli/config/settings.ts";
import { composeText, readCompose, type ComposeService } from "../support/compose.ts";

const root = join(import.meta.dirname, "../..");
const compose = readCompose();
const services = Object.entries(compose.services);
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const isOurs = ({ image }: ComposeService): boolean => image === "egx-pipeline";

test("the services are Kafka, MinIO and ours; who watches them is asked for by a profile", () => {
  const names = services.map(([name, { profiles = [] }]) => [...profiles, name].join(" "));
  assert.deepEqual(names.toSorted(), [
    "consumer",
    "kafka",
    "minio",
    "producer",
    "silver",
    "watch alertmanager",
    "watch grafana",
    "watch prometheus",
  ]);
});

test("Prometheus asks for the metrics where they are served, and Grafana asks Prometheus", () => {
  const served = services.flatMap(([name, { environment = {} }]) => {
    const { EGX_METRICS_PORT: port, EGX_METRICS_HOST: host } = environment;
    return port === undefined ? [] : [`${name}:${port} on ${host ?? "loopback"}`];
  });
  const scraped = /targets: (\["producer.*\])/.exec(read("deploy/prometheus/compose.yml"))?.[1];
  assert.deepEqual(
    served,
    z
      .array(z.string())
      .parse(JSON.parse(scraped ?? "[]"))
      .map((target) => `${target} on ::`),
  );
  const provisioned = read("deploy/grafana/provisioning/datasources/prometheus.yml");
  assert.match(provisioned, /^ {4}url: http:\/\/prometheus:9090$/m);
  assert.match(provisioned, /^ {4}uid: egx-prometheus$/m);
});

test("every port is bound to loopback, since the default passwords are known", () => {
  const ports = services.flatMap(([, { ports = [] }]) => ports);
  assert.deepEqual(ports.toSorted(), [
    "127.0.0.1:3000:3000",
    "127.0.0.1:9000:9000",
    "127.0.0.1:9001:9001",
    "127.0.0.1:9090:9090",
    "127.0.0.1:9092:9092",
    "127.0.0.1:9093:9093",
  ]);
  assert.doesNotMatch(composeText(), /0\.0\.0\.0|network_mode/);
});

test("no service has rights of root's, nor can it get any", () => {
  for (const [name, { cap_drop: dropped, security_opt: options }] of services) {
    assert.deepEqual([dropped, options], [["ALL"], ["no-new-privileges:true"]], name);
  }
});

test("volumes are declared, named and used", () => {
  const all = services.flatMap(([, { volumes = [] }]) => volumes);
  const own = all.filter((volume) => volume.startsWith("./"));
  for (const volume of own) {
    const [path = "", , mode] = volume.split(":");
    assert.ok(existsSync(join(root, path)), path);
    assert.equal(mode, "ro", volume);
  }
  const used = all.filter((volume) => !own.includes(volume));
  for (const volume of used) assert.match(volume, /^[a-z-]+:\/[a-z/]+$/);
  const names = used.map((volume) => volume.slice(0, volume.indexOf(":")));
  assert.deepEqual(names.toSorted(), Object.keys(compose.volumes).toSorted());
});

test("who waits for a healthy service waits for one that can be", () => {
  for (const [name, { depends_on: others = {} }] of services) {
    for (const other of Object.keys(others)) {
      assert.notEqual(other, name);
      assert.ok(compose.services[other] !== undefined, `${name} waits for ${other}`);
    }
  }
});

test("our services run commands that there are, with variables that these read", () => {
  const aws = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  for (const [name, service] of services.filter(([, each]) => isOurs(each))) {
    const said = [...(service.command ?? []), ...service.healthcheck.test].join(" ");
    const words = said.matchAll(/(?:^|main\.js )([a-z]+(?: (?:describe|list))?)/g);
    const used = [...words].flatMap(([, word]) => commands.filter((each) => each.name === word));
    assert.ok(used.length > 0, `${name} runs ${said}`);
    const settings = used.flatMap((each) => each.settings).map((setting) => factsOf(setting));
    const known = new Set([...settings.map(({ env }) => env), ...aws]);
    for (const variable of Object.keys(service.environment ?? {})) {
      const isOwn = said.includes(`$${variable}`);
      assert.ok(known.has(variable) || isOwn, `${name}: ${variable} is read by nobody`);
    }
    for (const flag of said.match(/--[a-z-]+/g) ?? []) {
      assert.ok(
        settings.some(({ flags }) => flags.includes(flag)),
        `${name}: ${flag}`,
      );
    }
  }
});

test("the parts are of the versions that the tests run on", () => {
  assert.equal(compose.services["kafka"]?.image, `apache/kafka:${kafkaVersion}`);
  const { package: module, version } = minioProgram;
  assert.ok(read("deploy/minio/Dockerfile").includes(`${module}@${version}`));
});

test("our image is built of files that are there, and Docker is given them", () => {
  const builds = services.flatMap(([, { build }]) => build ?? []);
  for (const { context, dockerfile = "Dockerfile" } of builds) {
    const path = context === "." ? dockerfile : join(context, dockerfile);
    assert.ok(existsSync(join(root, path)), path);
  }
  const given = read(".dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  const text = read("deploy/Dockerfile");
  const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = ""]) =>
    names.split(" "),
  );
  assert.deepEqual(
    copied.filter((path) => !existsSync(join(root, path))),
    [],
  );
  assert.deepEqual([...new Set(copied)].toSorted(), given.toSorted());
  const engines = z.object({ engines: z.object({ node: z.string() }) });
  const { node } = engines.parse(JSON.parse(read("package.json"))).engines;
  for (const [, version] of text.matchAll(/^FROM node:(\d+)/gm)) assert.equal(node, `>=${version}`);
});
