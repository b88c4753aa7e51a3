import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { Minio } from "../../scripts/services/minio.ts";
import type { Proxy, Toxic } from "../../scripts/services/toxiproxy.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { retry } from "../../src/base/retry.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { isCode, keysOf, read } from "../contract/lake-case.ts";
import { newBucket, openS3 } from "../support/services-minio.ts";
import { minioForFile, skipWithoutMinio } from "../support/services-s3.ts";
import { skipWithoutToxiproxy, toxiproxyForFile } from "../support/services-toxiproxy.ts";

interface Rig {
  readonly minio: Minio;
  readonly proxy: Proxy;
}

const skip = skipWithoutMinio === false ? skipWithoutToxiproxy : skipWithoutMinio;
const rig = skip === false ? await startRig() : null;
const unreachable = isCode("E_LAKE_UNREACHABLE");

suite("an S3 lake behind a bad line", { skip }, () => {
  test("an answer that is lost after a create is a failure, and then exists", async (t) => {
    const { near, far } = await openBoth(t);
    const mend = await fault(t, {
      type: "limit_data",
      stream: "downstream",
      attributes: { bytes: 1 },
    });
    await assert.rejects(far.create("claim", utf8("mine")), unreachable);
    assert.equal(await read(near, "claim"), "mine");
    await mend();
    assert.equal(await far.create("claim", utf8("mine")), "exists");
    assert.equal(await read(far, "claim"), "mine");
  });

  test("a connection that is reset in mid-answer loses no bytes in silence", async (t) => {
    const { near, far } = await openBoth(t);
    await near.put("big", new Uint8Array(1_000_000).fill(7));
    const mend = await fault(t, {
      type: "limit_data",
      stream: "downstream",
      attributes: { bytes: 200_000 },
    });
    await assert.rejects(far.get("big"), unreachable);
    await mend();
    assert.equal((await far.get("big"))?.body.byteLength, 1_000_000);
  });

  test("a store that is too slow is given up on, and used again when it is quick", async (t) => {
    const { far } = await openBoth(t, { answerMs: 300 });
    const mend = await fault(t, {
      type: "latency",
      stream: "downstream",
      attributes: { latency: 30_000 },
    });
    await assert.rejects(far.put("a", utf8("x")), unreachable);
    await assert.rejects(far.get("a"), unreachable);
    await assert.rejects(far.head("a"), unreachable);
    await assert.rejects(keysOf(far), unreachable);
    await mend();
    await far.put("a", utf8("y"));
    assert.equal(await read(far, "a"), "y");
  });

  test("an answer that stops half-way is given up on", async (t) => {
    const { near, far } = await openBoth(t, { answerMs: 300, answerMsPerByte: 0 });
    await near.put("big", new Uint8Array(1_000_000).fill(7));
    const mend = await fault(t, {
      type: "bandwidth",
      stream: "downstream",
      attributes: { rate: 50 },
    });
    await assert.rejects(far.get("big"), unreachable);
    await mend();
    assert.equal((await far.get("big"))?.body.byteLength, 1_000_000);
  });

  test("an upload in parts that breaks leaves no object, and a second one stands", async (t) => {
    const { near, far } = await openBoth(t);
    const body = new Uint8Array(24 * 1024 * 1024).fill(7);
    const mend = await fault(t, {
      type: "limit_data",
      stream: "upstream",
      attributes: { bytes: 4_000_000 },
    });
    await assert.rejects(far.put("big", body), unreachable);
    assert.equal(await near.head("big"), null);
    const parts = ["ls", "--incomplete", "--recursive", `here/${new URL(near.url).hostname}`];
    assert.equal(await theRig().minio.mc(parts), "", "parts are left");
    await mend();
    await far.put("big", body);
    assert.equal((await near.head("big"))?.bytes, body.byteLength);
  });
});

suite("a MinIO that stops", { skip }, () => {
  test("is unreachable, and the lake that was open goes on when it is back", async (t) => {
    const { near } = await openBoth(t);
    await near.put("before", utf8("x"));
    const { minio } = theRig();
    await minio.kill9();
    await assert.rejects(near.put("a", utf8("x")), unreachable);
    await assert.rejects(near.create("a", utf8("x")), unreachable);
    await assert.rejects(near.get("before"), unreachable);
    await assert.rejects(openS3(minio), unreachable);
    const waiting = retry(async () => near.create("during", utf8("x")), {
      clock: systemClock,
      random: seededRandom(1),
      capMs: 200,
    });
    await minio.startAgain();
    assert.ok(["created", "exists"].includes(await waiting));
    assert.deepEqual(await keysOf(near), ["before", "during"]);
  });

  test("while it is frozen nothing is answered, and afterwards all is", async (t) => {
    const { near } = await openBoth(t, { answerMs: 300 });
    const { minio } = theRig();
    minio.pause();
    t.after(() => minio.resume());
    await assert.rejects(near.put("a", utf8("x")), unreachable);
    minio.resume();
    await retry(async () => near.put("a", utf8("y")), {
      clock: systemClock,
      random: seededRandom(1),
      capMs: 200,
    });
    assert.equal(await read(near, "a"), "y");
  });
});

function theRig(): Rig {
  assert.ok(rig !== null);
  return rig;
}

function proxy(): Proxy {
  return theRig().proxy;
}

/** Adds a fault to the way, which goes with the test or with the call that is given back. */
async function fault(t: TestContext, toxic: Toxic): Promise<() => Promise<void>> {
  const remove = await proxy().add(toxic);
  let mended = false;
  const mend = async (): Promise<void> => {
    if (!mended) await remove();
    mended = true;
  };
  t.after(mend);
  return mend;
}

async function startRig(): Promise<Rig> {
  const minio = await minioForFile();
  assert.ok(minio !== null);
  const toxiproxy = await toxiproxyForFile();
  return { minio, proxy: await toxiproxy.proxy("minio", minio.port) };
}

/** The same lake, straight and through the proxy. */
async function openBoth(
  t: TestContext,
  limits: Readonly<Record<string, number>> = {},
): Promise<{ readonly near: Lake; readonly far: Lake }> {
  const { minio } = theRig();
  const bucket = newBucket();
  const near = await openS3(minio, { bucket, limits });
  t.after(async () => near.close());
  const endpoint = `http://127.0.0.1:${proxy().port}`;
  const far = await openS3(minio, { bucket, endpoint, limits });
  t.after(async () => far.close());
  return { near, far };
}
