import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { sha256Hex, textOf, utf8 } from "../../src/base/bytes.ts";
import { EgxError, hasCode } from "../../src/base/errors.ts";
import type { Lake } from "../../src/lake/lake.ts";
import type { S3LakeOptions } from "../../src/lake/s3/s3-lake.ts";
import { isCode, keysOf, read } from "../contract/lake-case.ts";
import { lakeContract } from "../contract/lake.ts";
import { minioUser, newBucket, openS3, type S3Store } from "../support/services-minio.ts";
import {
  minioForFile,
  skipWithoutMinio,
  skipWithoutVersitygw,
  versitygwForFile,
} from "../support/services-s3.ts";

const minio = await minioForFile();
const versitygw = await versitygwForFile();

suite("on MinIO", { skip: skipWithoutMinio }, () => {
  lakeContract("the S3 lake", contractOf(minio, ""));
  lakeContract("the S3 lake under a prefix", contractOf(minio, "team/lake"));
});

suite("on versitygw", { skip: skipWithoutVersitygw }, () => {
  lakeContract("the S3 lake", contractOf(versitygw, ""));
});

suite("opening an S3 lake", { skip: skipWithoutMinio }, () => {
  test("a bucket that is not there is missing, or made", async (t) => {
    const bucket = newBucket();
    await assert.rejects(openOn(t, minio, { bucket, createBucket: false }), (error) => {
      assert.ok(hasCode(error, "E_LAKE_MISSING"));
      assert.match(error.message, new RegExp(bucket));
      assert.match(error.hint, /mb/);
      return true;
    });
    const lake = await openOn(t, minio, { bucket });
    await lake.put("o", utf8("x"));
    await openOn(t, minio, { bucket, createBucket: false });
  });

  test("of openings at the same time each finds the bucket made", async (t) => {
    const bucket = newBucket();
    const lakes = await Promise.all(
      Array.from({ length: 6 }, async () => openOn(t, minio, { bucket })),
    );
    for (const lake of lakes) assert.deepEqual(await keysOf(lake), []);
  });

  test("wrong credentials are E_LAKE_FORBIDDEN, and appear in no error", async (t) => {
    const wrong = [
      { accessKeyId: "minioadmin", secretAccessKey: "this-is-not-the-secret" },
      { accessKeyId: "nobody-of-this-name", secretAccessKey: "this-is-not-the-secret" },
    ];
    for (const credentials of wrong) {
      await assert.rejects(openOn(t, minio, { credentials }), (error) => {
        assert.ok(hasCode(error, "E_LAKE_FORBIDDEN"));
        assert.doesNotMatch(everything(error), /not-the-secret|nobody-of-this-name/);
        return true;
      });
    }
  });

  test("an address that cannot be one is E_CONFIG, and is not repeated", async (t) => {
    const wrong: readonly Partial<S3LakeOptions>[] = [
      { bucket: "Not_A_Bucket" },
      { bucket: "x" },
      { endpoint: "localhost:9000" },
      { endpoint: "http://me:hidden-word@localhost:9000" },
      { endpoint: "ftp://localhost" },
      { prefix: "../up" },
    ];
    for (const options of wrong) {
      await assert.rejects(openOn(t, minio, options), (error) => {
        assert.ok(hasCode(error, "E_CONFIG"), JSON.stringify(options));
        assert.doesNotMatch(everything(error), /hidden-word/);
        return true;
      });
    }
  });

  test("a lake that is named below another holds only what lies there", async (t) => {
    const bucket = newBucket();
    const whole = await openOn(t, minio, { bucket });
    const part = await openOn(t, minio, { bucket, prefix: "team/" });
    assert.equal(part.url, `s3://${bucket}/team`);
    await whole.put("team/a", utf8("a"));
    await whole.put("teams", utf8("b"));
    assert.deepEqual(await keysOf(part), ["a"]);
    assert.equal(await read(part, "a"), "a");
  });
});

suite("an S3 lake", { skip: skipWithoutMinio }, () => {
  test("of replacements by different bytes exactly one is told replaced", async (t) => {
    const bucket = newBucket();
    const lake = await openOn(t, minio, { bucket });
    const second = await openOn(t, minio, { bucket });
    await lake.put("o", utf8("start"));
    for (let round = 0; round < 10; round += 1) {
      const version = (await lake.head("o"))?.version ?? "";
      const answers = await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          const by = index % 2 === 0 ? lake : second;
          return again(async () => by.replace("o", utf8(`${round} by ${index}`), version));
        }),
      );
      const winners = answers.flatMap((answer, index) => (answer === "replaced" ? [index] : []));
      assert.equal(winners.length, 1, `${winners.length} were told replaced`);
      assert.equal(await read(lake, "o"), `${round} by ${winners[0]}`);
    }
  });

  test("an object of 40 MiB is sent in parts and keeps its digest", async (t) => {
    const lake = await openOn(t, minio);
    const body = new Uint8Array(40 * 1024 * 1024 + 1);
    for (let index = 0; index < body.length; index += 1) body[index] = (index * 131) >>> 7;
    const sha256 = sha256Hex(body);
    await lake.put("big", body, { sha256 });
    const info = await lake.head("big");
    assert.equal(info?.bytes, body.byteLength);
    assert.equal(info.sha256, sha256);
    assert.match(info.version, /-6"$/, "six parts of 8 MiB");
    assert.equal(sha256Hex((await lake.get("big"))?.body ?? utf8("")), sha256);
    assert.equal(await lake.create("big", utf8("x")), "exists");
    assert.equal(await lake.replace("big", utf8("small"), info.version), "replaced");
  });

  test("what other programs keep beside it is passed over", async (t) => {
    const bucket = newBucket();
    const lake = await openOn(t, minio, { bucket });
    await lake.put("a/b", utf8("x"));
    assert.ok(minio !== null);
    const foreign = new URL(`/${bucket}/a/.hidden`, minio.endpoint);
    await minio.mc(["anonymous", "set", "public", `here/${bucket}`]);
    const answer = await fetch(foreign, { method: "PUT", body: "x" });
    assert.equal(answer.status, 200);
    assert.deepEqual(await keysOf(lake), ["a/b"]);
  });

  test("a bucket that is gone is missing, whatever is asked", async (t) => {
    const bucket = newBucket();
    const lake = await openOn(t, minio, { bucket });
    assert.ok(minio !== null);
    await minio.mc(["rb", `here/${bucket}`]);
    const gone = isCode("E_LAKE_MISSING");
    await assert.rejects(lake.get("o"), gone);
    await assert.rejects(lake.head("o"), gone);
    await assert.rejects(lake.getRange("o", 0, 1), gone);
    await assert.rejects(lake.put("o", utf8("x")), gone);
    await assert.rejects(lake.create("o", utf8("x")), gone);
    await assert.rejects(lake.replace("o", utf8("x"), '"e"'), gone);
    await assert.rejects(lake.delete("o"), gone);
    await assert.rejects(keysOf(lake), gone);
    await minio.mc(["mb", `here/${bucket}`]);
    await lake.put("o", utf8("back"));
    assert.equal(textOf((await lake.get("o"))?.body ?? utf8("")), "back");
  });
});

suite("a user with few rights", { skip: skipWithoutMinio }, () => {
  test("who may not list may write, and is told what is forbidden", async (t) => {
    assert.ok(minio !== null);
    const bucket = newBucket();
    const admin = await openOn(t, minio, { bucket });
    await admin.put("streaming/there", utf8("x"));
    const credentials = await minioUser(minio, {
      name: "uploader",
      statements: [{ actions: ["s3:PutObject"], resources: [`${bucket}/streaming/*`] }],
    });
    const lake = await openOn(t, minio, { bucket, credentials });
    const forbidden = isCode("E_LAKE_FORBIDDEN");
    await lake.put("streaming/o", utf8("x"));
    assert.equal(await lake.create("streaming/o", utf8("x")), "exists");
    await assert.rejects(lake.put("_ledger/o", utf8("x")), forbidden);
    await assert.rejects(lake.get("streaming/there"), forbidden);
    await assert.rejects(lake.get("streaming/not-there"), forbidden);
    await assert.rejects(lake.delete("streaming/o"), forbidden);
    await assert.rejects(keysOf(lake, "streaming/"), forbidden);
  });

  test("who may not create a bucket is told that it is missing or forbidden", async (t) => {
    assert.ok(minio !== null);
    const bucket = newBucket();
    const lister = await minioUser(minio, {
      name: "lister",
      statements: [{ actions: ["s3:ListBucket"], resources: [bucket] }],
    });
    await assert.rejects(
      openOn(t, minio, { bucket, credentials: lister }),
      (error) => hasCode(error, "E_LAKE_MISSING") && /may not create/.test(error.message),
    );
  });
});

async function openOn(
  t: TestContext,
  store: S3Store | null,
  options: Partial<S3LakeOptions> = {},
): Promise<Lake> {
  assert.ok(store !== null);
  const lake = await openS3(store, options);
  t.after(async () => lake.close());
  return lake;
}

function contractOf(store: S3Store | null, prefix: string): Parameters<typeof lakeContract>[1] {
  return {
    open: async (t) => openOn(t, store, { prefix }),
    openSecond: async (t, first) =>
      openOn(t, store, { prefix, bucket: new URL(first.url).hostname }),
    keepsMetadata: true,
    skip: {
      "of replacements at the same time exactly one is told replaced":
        "it replaces by the same bytes, which S3 gives the same ETag; another test has different ones",
    },
  };
}

/** Tries again while the store lets neither of two writers win. */
async function again<T>(operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      if (!hasCode(error, "E_LAKE_CONFLICT")) throw error;
    }
  }
}

/** All that an error could show, with its causes. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = JSON.stringify(error, Object.getOwnPropertyNames(error));
  const facts = error instanceof EgxError ? JSON.stringify(error.details) + error.hint : "";
  return `${own}${facts}${error.cause === undefined ? "" : everything(error.cause)}`;
}
