import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { isInstalled } from "../../scripts/services/cache.ts";
import {
  installMinio,
  installMinioClient,
  minioClientProgram,
  minioProgram,
  startMinio,
  type Minio,
  type MinioOptions,
} from "../../scripts/services/minio.ts";
import {
  installVersitygw,
  startVersitygw,
  versitygwProgram,
  type Versitygw,
} from "../../scripts/services/versitygw.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { openS3Lake, type S3LakeOptions } from "../../src/lake/s3/s3-lake.ts";
import { mustRunServices } from "./services-kafka.ts";

/** Why tests on MinIO do not run here, or false when they do. */
export const skipWithoutMinio: string | false =
  isInstalled(minioProgram.name, minioProgram.version) || mustRunServices()
    ? false
    : "MinIO is not installed: node scripts/services.ts install minio";

/** Why tests with users of MinIO do not run here, or false when they do. */
export const skipWithoutMinioClient: string | false =
  isInstalled(minioClientProgram.name, minioClientProgram.version) || mustRunServices()
    ? skipWithoutMinio
    : "MinIO's client is not installed: node scripts/services.ts install mc";

/** Why tests on versitygw do not run here, or false when they do. */
export const skipWithoutVersitygw: string | false =
  isInstalled(versitygwProgram.name, versitygwProgram.version) || mustRunServices()
    ? false
    : "versitygw is not installed: node scripts/services.ts install versitygw";

/** A MinIO for the tests of one file, stopped after them; null where they are skipped. */
export async function minioForFile(options: MinioOptions = {}): Promise<Minio | null> {
  if (skipWithoutMinio !== false) return null;
  await installMinio();
  if (skipWithoutMinioClient === false) await installMinioClient();
  const minio = await startMinio(options);
  after(async () => minio.stop());
  return minio;
}

/** A versitygw for the tests of one file, stopped after them; null where they are skipped. */
export async function versitygwForFile(): Promise<Versitygw | null> {
  if (skipWithoutVersitygw !== false) return null;
  await installVersitygw();
  const gateway = await startVersitygw();
  after(async () => gateway.stop());
  return gateway;
}

/** A store as its administrator sees it. */
export interface S3Store {
  readonly endpoint: string;
  readonly user: string;
  readonly password: string;
}

let buckets = 0;

/** A name that no other test of this process uses. */
export function newBucket(): string {
  buckets += 1;
  return `egx-test-${buckets}`;
}

/** What a user may do; resources without `arn:aws:s3:::`. */
export interface UserSpec {
  readonly name: string;
  readonly statements: readonly {
    readonly actions: readonly string[];
    readonly resources: readonly string[];
  }[];
}

/** Makes a user of MinIO with a policy of that name, and gives the user's credentials. */
export async function minioUser(
  minio: Minio,
  { name, statements }: UserSpec,
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  const policy = {
    Version: "2012-10-17",
    Statement: statements.map(({ actions, resources }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: resources.map((resource) => `arn:aws:s3:::${resource}`),
    })),
  };
  return minioUserWithPolicy(minio, name, JSON.stringify(policy));
}

/** Makes or changes a user of MinIO whose policy is the document. */
export async function minioUserWithPolicy(
  minio: Minio,
  name: string,
  policy: string,
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  const secretAccessKey = `secret-of-${name}`;
  const file = join(minio.dataFolder, "..", `${name}.policy.json`);
  await writeFile(file, policy);
  await minio.mc(["admin", "policy", "create", "here", name, file]);
  await minio.mc(["admin", "user", "add", "here", name, secretAccessKey]);
  await minio.mc(["admin", "policy", "attach", "here", name, "--user", name]);
  return { accessKeyId: name, secretAccessKey };
}

/** A lake in a new bucket of the store, or as `options` say; whoever opens it closes it. */
export async function openS3(store: S3Store, options: Partial<S3LakeOptions> = {}): Promise<Lake> {
  return openS3Lake({
    bucket: options.bucket ?? newBucket(),
    endpoint: store.endpoint,
    credentials: { accessKeyId: store.user, secretAccessKey: store.password },
    createBucket: true,
    clock: systemClock,
    ...options,
  });
}
