import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { suite, test, type TestContext } from "node:test";
import { makeCertificates } from "../../scripts/services/certificates.ts";
import { findTool } from "../../scripts/services/tools.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { hasCode, messageOf } from "../../src/base/errors.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { openS3Lake, type S3LakeOptions } from "../../src/lake/s3/s3-lake.ts";
import { isCode, keysOf } from "../contract/lake-case.ts";
import { emptyListing, s3StandIn } from "../support/s3-stand-in.ts";
import { newBucket, openS3 } from "../support/services-minio.ts";
import { minioForFile, skipWithoutMinio } from "../support/services-s3.ts";

const minio = await minioForFile();

suite("credentials of the standard chain", () => {
  test("those that run out are asked for again", { skip: skipWithoutMinio }, async (t) => {
    assert.ok(minio !== null);
    const folder = temporaryFolder(t);
    const asked = path.join(folder, "asked");
    const helper = path.join(folder, "helper.mjs");
    writeFileSync(asked, "");
    writeFileSync(helper, helperScript(asked, { key: minio.user, secret: minio.password }));
    writeFileSync(
      path.join(folder, "config"),
      `[profile renewing]\ncredential_process = ${process.execPath} ${helper}\n`,
    );
    setEnvironment(t, {
      AWS_CONFIG_FILE: path.join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none"),
      AWS_PROFILE: "renewing",
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    });
    const lake = await openS3(minio, { bucket: newBucket(), credentials: "default-chain" });
    t.after(async () => lake.close());
    const sets = (): number => readFileSync(asked, "utf8").length;
    for (let puts = 0; puts < 200 && sets() < 3; puts += 1) {
      await lake.put("a", utf8("x"));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(sets() >= 3, `${sets()} sets were asked for`);
  });

  test("when there are none, it says which to set", async (t) => {
    const folder = temporaryFolder(t);
    setEnvironment(t, {
      AWS_CONFIG_FILE: path.join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none"),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_PROFILE: undefined,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    });
    const { endpoint } = await s3StandIn(() => emptyListing);
    await assert.rejects(openOn(t, endpoint, { credentials: "default-chain" }), (error) => {
      assert.ok(hasCode(error, "E_LAKE_FORBIDDEN"));
      assert.match(error.hint, /AWS_ACCESS_KEY_ID/);
      return true;
    });
  });

  test("at AWS, no region is E_CONFIG before anything is asked", async (t) => {
    const folder = temporaryFolder(t);
    setEnvironment(t, {
      AWS_CONFIG_FILE: path.join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none"),
      AWS_REGION: undefined,
    });
    const options = { bucket: "bucket", createBucket: false, clock: systemClock };
    const credentials = { accessKeyId: "someone", secretAccessKey: "secret" };
    await assert.rejects(openS3Lake({ ...options, credentials }), (error) => {
      assert.ok(hasCode(error, "E_CONFIG"));
      assert.match(error.hint, /AWS_REGION/);
      return true;
    });
  });
});

suite("the bucket's place in an address", () => {
  test("it is in the path at an endpoint of one's own", async (t) => {
    const { endpoint, seen } = await s3StandIn(() => emptyListing);
    await openOn(t, endpoint);
    assert.match(seen[0] ?? "", /^GET \/bucket\/?\?/);
  });

  test("it is in the host's name where that is asked for", async (t) => {
    const { endpoint, seen } = await s3StandIn(() => emptyListing);
    const named = endpoint.replace("127.0.0.1", "localhost");
    try {
      await openOn(t, named, { forcePathStyle: false });
      assert.match(seen[0] ?? "", /^GET \/\?/);
    } catch (error) {
      // Not every system has addresses for what lies below localhost.
      assert.ok(hasCode(error, "E_LAKE_UNREACHABLE"));
      assert.match(messageOf(error.cause), /ENOTFOUND bucket\.localhost/);
    }
  });
});

const skipWithoutOpenssl =
  findTool("openssl") === null ? "openssl, which makes certificates, is not on PATH" : false;

suite("a store behind TLS", { skip: skipWithoutOpenssl }, () => {
  test("an authority of one's own is trusted when it is named, and not before", async (t) => {
    const folder = temporaryFolder(t);
    const { ca } = await makeCertificates(folder);
    const tls = {
      key: readFileSync(path.join(folder, "server.key"), "utf8"),
      cert: readFileSync(path.join(folder, "server.crt"), "utf8"),
    };
    const { endpoint } = await s3StandIn(() => emptyListing, tls);
    await assert.rejects(openOn(t, endpoint), isCode("E_LAKE_UNREACHABLE"));
    const lake = await openOn(t, endpoint, { ca: readFileSync(ca, "utf8") });
    assert.deepEqual(await keysOf(lake), []);
  });
});

async function openOn(
  t: TestContext,
  endpoint: string,
  options: Partial<S3LakeOptions> = {},
): Promise<Lake> {
  const lake = await openS3Lake({
    bucket: "bucket",
    endpoint,
    createBucket: false,
    clock: systemClock,
    credentials: { accessKeyId: "someone", secretAccessKey: "secret" },
    ...options,
  });
  t.after(async () => lake.close());
  return lake;
}

/** Prints credentials that are good for a second, and leaves a mark that it was asked. */
function helperScript(
  asked: string,
  keys: { readonly key: string; readonly secret: string },
): string {
  return `
    import { appendFileSync } from "node:fs";
    appendFileSync(${JSON.stringify(asked)}, ".");
    console.log(JSON.stringify({
      Version: 1,
      AccessKeyId: ${JSON.stringify(keys.key)},
      SecretAccessKey: ${JSON.stringify(keys.secret)},
      Expiration: new Date(performance.timeOrigin + 1_000).toISOString(),
    }));
  `;
}

function setEnvironment(
  t: TestContext,
  changes: Readonly<Record<string, string | undefined>>,
): void {
  const before = { ...process.env };
  t.after(() => {
    for (const name of Object.keys(changes)) assign(name, before[name]);
  });
  for (const [name, value] of Object.entries(changes)) assign(name, value);
}

function assign(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-s3-access-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
