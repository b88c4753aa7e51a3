import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Minio } from "../../scripts/services/minio.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { openS3Lake, type S3LakeOptions } from "../../src/lake/s3/s3-lake.ts";

export {
  minioForFile,
  skipWithoutMinio,
  // Users are made with MinIO's client, without which no test on MinIO runs.
  skipWithoutMinio as skipWithoutMinioClient,
} from "./services-s3.ts";

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
