import assert from "node:assert/strict";
import { test } from "node:test";
import {
  minioForFile,
  skipWithoutMinio,
  skipWithoutVersitygw,
  versitygwForFile,
} from "./services-s3.ts";

const minio = await minioForFile();
const gateway = await versitygwForFile();

test(
  "MinIO keeps its buckets over kill -9, at the same address",
  { skip: skipWithoutMinio },
  async () => {
    assert.ok(minio !== null);
    await minio.mc(["mb", "here/egx-data-bucket"]);
    await minio.kill9();
    assert.equal(minio.pid(), null);
    await assert.rejects(fetch(minio.endpoint));
    await minio.startAgain();
    assert.match(await minio.mc(["ls", "here"]), /egx-data-bucket/);
  },
);

test("MinIO frozen answers nobody, and goes on", { skip: skipWithoutMinio }, async () => {
  assert.ok(minio !== null);
  const health = `${minio.endpoint}/minio/health/live`;
  minio.pause();
  await assert.rejects(fetch(health, { signal: AbortSignal.timeout(300) }));
  minio.resume();
  assert.equal((await fetch(health)).status, 200);
});

test("versitygw answers as S3 does", { skip: skipWithoutVersitygw }, async () => {
  assert.ok(gateway !== null);
  const answer = await fetch(gateway.endpoint);
  assert.equal(answer.status, 403);
  assert.match(await answer.text(), /AccessDenied/);
});
