import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import type { Minio } from "../../scripts/services/minio.ts";
import { freePort } from "../../scripts/services/ports.ts";
import { z } from "../../src/base/schema.ts";
import { minioForFile, skipWithoutMinio } from "../support/services-s3.ts";
import { minuteBars, runEgx, temporaryFolder, type Outcome } from "./run-egx.ts";

const minio = await minioForFile();

suite("a lake in a bucket, from the command line", { skip: skipWithoutMinio }, () => {
  test("bars go through log, bucket and silver, and verify proves it", async (t) => {
    const cwd = temporaryFolder(t);
    const bucket = ["--bucket", "egx-data-bucket"];
    writeFileSync(path.join(cwd, "bars.csv"), minuteBars());
    await done(cwd, ["producer", "--feed", "recorded", "--file", "bars.csv", "--log", "log"]);
    await done(cwd, ["consumer", "--once", "--log", "log", ...bucket]);
    const verified = await done(cwd, ["verify", ...bucket, "--json"]);
    const summary = z.object({ ok: z.literal(true), lake: z.string(), records: z.number() });
    const { lake, records } = summary.parse(JSON.parse(verified.stdout));
    assert.deepEqual([lake, records], ["s3://egx-data-bucket", 40]);
    await done(cwd, ["silver", ...bucket]);
    const sql = "select count(*) n from bars";
    const query = ["query", sql, "--lake", "s3://egx-data-bucket", "--format", "csv"];
    assert.equal((await done(cwd, query)).stdout.trim(), "n\n40");
    // From the consumer on, all of it once more: nothing is added.
    await done(cwd, ["consumer", "--once", "--log", "log", ...bucket, "--consumer-group", "other"]);
    assert.equal((await done(cwd, ["verify", ...bucket, "--json"])).code, 0);
    await done(cwd, ["silver", ...bucket, "--rebuild"]);
    assert.equal((await done(cwd, query)).stdout.trim(), "n\n40");
  });

  test("a bucket that may not be made, wrong keys and a closed port say what to do", async (t) => {
    const cwd = temporaryFolder(t);
    const verify = ["verify", "--bucket", "not-there"];
    const missing = await egx(cwd, verify);
    assert.equal(missing.code, 78);
    assert.match(missing.stderr, /E_LAKE_MISSING.*not-there[^]*hint: Create it/);
    const keys = { AWS_ACCESS_KEY_ID: "minioadmin", AWS_SECRET_ACCESS_KEY: "wrong-secret" };
    const forbidden = await egx(cwd, verify, keys);
    assert.equal(forbidden.code, 78);
    assert.match(forbidden.stderr, /E_LAKE_FORBIDDEN/);
    assert.doesNotMatch(forbidden.stderr + forbidden.stdout, /wrong-secret/);
    const closed = `127.0.0.1:${await freePort()}`;
    const unreachable = await egx(cwd, verify, { MINIO_ENDPOINT: closed });
    assert.equal(unreachable.code, 1);
    assert.match(unreachable.stderr, new RegExp(`E_LAKE_UNREACHABLE.*${closed}.*ECONNREFUSED`));
  });

  test("the doctor looks at the bucket", async (t) => {
    const cwd = temporaryFolder(t);
    const lake = await egx(cwd, ["doctor", "--bucket", "not-there"]);
    assert.equal(lake.code, 78);
    assert.match(lake.stdout, /fail {2}lake .*E_LAKE_MISSING/);
  });
});

function store(): Minio {
  assert.ok(minio !== null);
  return minio;
}

async function egx(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_PROFILE: "" };
  return runEgx(args, { cwd, env: { ...none, MINIO_ENDPOINT: store().endpoint, ...env } });
}

async function done(cwd: string, args: readonly string[]): Promise<Outcome> {
  const outcome = await egx(cwd, args);
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}
