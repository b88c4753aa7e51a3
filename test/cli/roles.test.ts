import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test, type TestContext } from "node:test";
import type { Minio } from "../../scripts/services/minio.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { hasCode, type EgxError } from "../../src/base/errors.ts";
import { z } from "../../src/base/schema.ts";
import { roles, type Role } from "../../src/cli/upload-rights.ts";
import { runConsumer } from "../../src/consumer/consumer.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { listDeadLetters } from "../../src/ledger/dead-letters.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import type { PipelineEvent } from "../../src/telemetry/events.ts";
import { makeRig, message, rigOptions, type Rig } from "../support/consumer-rig.ts";
import { minioUserWithPolicy, newBucket, openS3 } from "../support/services-minio.ts";
import { minioForFile, skipWithoutMinio } from "../support/services-s3.ts";
import { runEgx, type Outcome } from "./run-egx.ts";

const minio = skipWithoutMinio === false ? await minioForFile() : null;

const statementSchema = z.strictObject({
  Effect: z.literal("Allow"),
  Action: z.string(),
  Resource: z.array(z.string()),
  Condition: z
    .strictObject({ StringLike: z.strictObject({ "s3:prefix": z.array(z.string()) }) })
    .optional(),
});
const policySchema = z.strictObject({
  Version: z.literal("2012-10-17"),
  Statement: z.array(statementSchema),
});
type Policy = z.output<typeof policySchema>;
type Statement = z.output<typeof statementSchema>;

suite("the policies of deploy/iam", { skip: skipWithoutMinio }, () => {
  for (const role of roles) {
    test(`egx verify-upload finds that ${role} may what it should, and nothing else`, async (t) => {
      const { bucket, admin } = await lakeWithObjects(t);
      const keys = await user(policyOf(role, bucket));
      const { code, stdout, stderr } = await verifyUpload(["--role", role, "--json"], bucket, keys);
      assert.equal(code, 0, stdout + stderr);
      const result = resultSchema.parse(JSON.parse(stdout));
      assert.equal(result.ok, true);
      assert.equal(result.attempts.length, 24);
      assert.ok(result.attempts.every(({ seen }) => seen !== "unknown"));
      assert.deepEqual(result.left, role === "admin" ? [] : probesOf(role));
      // What it leaves behind is no damage.
      const findings: string[] = [];
      await verifyLedger(admin, { onFinding: ({ key }) => findings.push(key) });
      assert.deepEqual(
        findings.filter((key) => key.includes("_probe")),
        [],
      );
    });
  }

  for (const role of roles) {
    const whole = policyOf(role, "BUCKET");
    for (const [title, index] of reductions(whole).map(([name], at) => [name, at] as const)) {
      test(`${role} cannot work without ${title}`, async (t) => {
        const { bucket, admin } = await lakeWithObjects(t);
        const [, reduced] = reductions(policyOf(role, bucket))[index] ?? assert.fail();
        await assert.rejects(work(t, { role, bucket, admin, policy: reduced }), (error) =>
          hasCode(error, "E_LAKE_FORBIDDEN", "E_LAKE_MISSING"),
        );
      });
    }
    test(`${role} can work with the whole policy`, async (t) => {
      const { bucket, admin } = await lakeWithObjects(t);
      await work(t, { role, bucket, admin, policy: policyOf(role, bucket) });
    });
  }
});

suite("egx verify-upload", { skip: skipWithoutMinio }, () => {
  test("a right too many and a right too few are named, with exit code 1", async (t) => {
    const { bucket } = await lakeWithObjects(t);
    const keys = await user(policyOf("consumer", bucket));
    const { code, stdout, stderr } = await verifyUpload([], bucket, keys);
    assert.equal(code, 1);
    assert.match(stdout, /^put +batch\/ +allowed +denied +WRONG$/m);
    assert.match(stdout, /^list +_ledger\/ +denied +allowed +WRONG$/m);
    assert.match(stdout, /^put +streaming\/ +allowed +allowed +ok$/m);
    assert.match(stderr, /role uploader: 1 rights are missing, 8 are too many/);
    assert.match(stderr, /left behind.*_ledger\/_probe\/verify-upload/);
  });

  test("a folder has no roles, a bucket must be there, credentials must be known", async () => {
    const folder = await runEgx(["verify-upload", "--lake", "./lake"]);
    assert.equal(folder.code, 64);
    assert.match(folder.stderr, /E_USAGE.*folder/);
    const admin = { accessKeyId: "minioadmin", secretAccessKey: "minioadmin" };
    assert.equal((await verifyUpload([], "not-there", admin)).code, 78);
    const wrong = { ...admin, secretAccessKey: "not-the-secret" };
    const refused = await verifyUpload([], "not-there", wrong);
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /E_LAKE_FORBIDDEN.*SignatureDoesNotMatch/);
  });
});

const resultSchema = z.object({
  ok: z.boolean(),
  attempts: z.array(z.object({ seen: z.string() })),
  left: z.array(z.string()),
});

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Work {
  readonly role: Role;
  readonly bucket: string;
  /** Sees everything. */
  readonly admin: Lake;
  readonly policy: Policy;
}

/** Does what a role is there for; rejects as soon as something is refused. */
async function work(t: TestContext, { role, bucket, admin, policy }: Work): Promise<void> {
  const credentials = await user(policy);
  const open = async (createBucket: boolean, name: string): Promise<Lake> => {
    const lake = await openS3(store(), { bucket: name, credentials, createBucket });
    t.after(async () => lake.close());
    return lake;
  };
  const lake = await open(false, bucket);
  switch (role) {
    case "uploader":
      await lake.put("streaming/date=2025-11-24/symbol=COMI/by-hand.json", utf8("{}"));
      return lake.put("batch/date=2025-11-24/source=csv/by-hand.parquet", utf8("x"));
    case "consumer":
      return consume(t, lake, admin);
    case "reader":
      assert.ok((await lake.get("silver/there")) !== null);
      await verifyLedger(lake, { onFinding: () => undefined });
      await Array.fromAsync(listDeadLetters(lake));
      return;
    case "admin": {
      assert.ok((await lake.get("silver/there")) !== null);
      await verifyLedger(lake, { onFinding: () => undefined });
      await lake.put("silver/bars.parquet", utf8("x"));
      await lake.delete("silver/bars.parquet");
      await admin.delete("silver/bars.parquet");
      await store().mc(["rb", "--force", `here/${bucket}`]);
      await (await open(true, bucket)).put("o", utf8("x"));
    }
  }
}

/** A consumer that stores, is taken over from, and then once more, having ended before its last write. */
async function consume(t: TestContext, lake: Lake, admin: Lake): Promise<void> {
  const rig = await makeRig(t);
  await rig.publish(message(0), "poison", message(1));
  await runUnlessRefused(rig, lake);
  await deleteAll(admin, ["_ledger/finished/"]);
  await runUnlessRefused(rig, lake);
  await deleteAll(admin, ["_ledger/finished/", "streaming/date=", "_dead/bars/"]);
  await runUnlessRefused(rig, lake);
  const written = await Array.fromAsync(admin.list("streaming/date="), ({ key }) => key);
  assert.equal(written.length, 1);
  assert.equal((await Array.fromAsync(admin.list("_dead/bars/"))).length, 1);
}

async function deleteAll(lake: Lake, prefixes: readonly string[]): Promise<void> {
  for (const prefix of prefixes) {
    const keys = await Array.fromAsync(lake.list(prefix), ({ key }) => key);
    assert.ok(keys.length > 0, `nothing under ${prefix}`);
    for (const key of keys) await lake.delete(key);
  }
}

async function runUnlessRefused(rig: Rig, lake: Lake): Promise<void> {
  const stop = new AbortController();
  const refusals: EgxError[] = [];
  const events = (event: PipelineEvent): void => {
    if (event.kind !== "retry" && event.kind !== "partition-stopped") return;
    refusals.push(event.error);
    stop.abort();
  };
  const options = rigOptions(rig.log, lake, []);
  await runConsumer({ ...options, events, signal: stop.signal, stopTimeoutMs: 50 });
  const [first] = refusals;
  if (first !== undefined) throw first;
}

/** A policy with one thing less, for each thing in it. */
function reductions(policy: Policy): readonly (readonly [title: string, policy: Policy])[] {
  return policy.Statement.flatMap((statement, at) =>
    withOneLess(statement).map(([title, less]): readonly [string, Policy] => {
      const rest = policy.Statement.toSpliced(at, 1, ...(less === null ? [] : [less]));
      return [`${statement.Action} ${title}`, { ...policy, Statement: rest }];
    }),
  );
}

function withOneLess(
  statement: Statement,
): readonly (readonly [title: string, statement: Statement | null])[] {
  const prefixes = statement.Condition?.StringLike["s3:prefix"];
  if (prefixes !== undefined) {
    return prefixes.map((prefix): readonly [string, Statement] => {
      const others = prefixes.filter((other) => other !== prefix);
      return [
        `below ${prefix}`,
        { ...statement, Condition: { StringLike: { "s3:prefix": others } } },
      ];
    });
  }
  if (statement.Resource.length === 1) return [["at all", null]];
  return statement.Resource.map((resource): readonly [string, Statement] => {
    const others = statement.Resource.filter((other) => other !== resource);
    return [`on ${resource.slice(resource.indexOf("/") + 1)}`, { ...statement, Resource: others }];
  });
}

function policyOf(role: Role, bucket: string): Policy {
  const text = readFileSync(`deploy/iam/${role}.json`, "utf8").replaceAll("BUCKET", bucket);
  return policySchema.parse(JSON.parse(text));
}

function probesOf(role: Role): readonly string[] {
  const places: Readonly<Record<Role, readonly string[]>> = {
    uploader: ["streaming/", "batch/"],
    consumer: ["streaming/", "_ledger/", "_dead/"],
    reader: [],
    admin: [],
  };
  return places[role].map((place) => `${place}_probe/verify-upload`);
}

/** A bucket with an object in every place, and its administrator's view. */
async function lakeWithObjects(
  t: TestContext,
): Promise<{ readonly bucket: string; readonly admin: Lake }> {
  const bucket = newBucket();
  const admin = await openS3(store(), { bucket });
  t.after(async () => admin.close());
  for (const place of ["batch/", "silver/", "elsewhere/"]) {
    await admin.put(`${place}there`, utf8("x"));
  }
  await admin.put("streaming/_probe/verify-upload", utf8("x"));
  await admin.put("_ledger/_probe/verify-upload", utf8("x"));
  await admin.put("_dead/_probe/verify-upload", utf8("x"));
  return { bucket, admin };
}

let users = 0;

async function user(policy: Policy): Promise<Keys> {
  users += 1;
  return minioUserWithPolicy(store(), `user-${users}`, JSON.stringify(policy));
}

async function verifyUpload(
  args: readonly string[],
  bucket: string,
  { accessKeyId, secretAccessKey }: Keys,
): Promise<Outcome> {
  return runEgx(["verify-upload", "--bucket", bucket, ...args], {
    env: {
      MINIO_ENDPOINT: store().endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
  });
}

function store(): Minio {
  assert.ok(minio !== null);
  return minio;
}
