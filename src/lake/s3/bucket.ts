import { EgxError, hasCode } from "../../base/errors.ts";
import type { Requests } from "./requests.ts";
import { type BucketClient, failureOf } from "./sdk.ts";

export interface BucketCheck {
  readonly client: BucketClient;
  readonly requests: Requests;
  /** The lake's own, before `_ledger/`. */
  readonly prefix: string;
  readonly create: boolean;
  readonly endpoint: string | undefined;
}

/**
 * Makes sure that the bucket is there and the credentials are known, by listing where every role
 * that reads the ledger may list: unlike HEAD, its refusals say what is wrong.
 */
export async function checkBucket(check: BucketCheck): Promise<void> {
  const { client, requests } = check;
  await requireRegion(client);
  const request = { prefix: `${check.prefix}_ledger/`, after: undefined, token: null, keysMax: 1 };
  try {
    await requests.send({ what: bucketOf(check), bytes: 0 }, async (signal) => {
      try {
        await client.list(request, signal);
      } catch (error) {
        // Who only uploads may not list, and can work all the same.
        if (failureOf(error)?.name !== "AccessDenied") throw error;
      }
    });
  } catch (error) {
    if (!hasCode(error, "E_LAKE_MISSING")) throw error;
    if (!check.create) throw missing(check, error);
    await createBucket(check);
  }
}

async function createBucket(check: BucketCheck): Promise<void> {
  try {
    await check.requests.send({ what: bucketOf(check), bytes: 0 }, async (signal) => {
      try {
        await check.client.createBucket(signal);
      } catch (error) {
        // Another process was first.
        if (failureOf(error)?.name !== "BucketAlreadyOwnedByYou") throw error;
      }
    });
  } catch (error) {
    throw hasCode(error, "E_LAKE_FORBIDDEN") ? missing(check, error) : error;
  }
}

/** @throws E_CONFIG when nothing says which region requests are to be signed for. */
async function requireRegion(client: BucketClient): Promise<void> {
  try {
    await client.region();
  } catch (error) {
    throw new EgxError("E_CONFIG", `no region is set for bucket ${client.bucket}`, {
      cause: error,
      hint: "Set AWS_REGION to the bucket's region, such as AWS_REGION=eu-south-1.",
    });
  }
}

function missing(check: BucketCheck, cause: EgxError): EgxError {
  const why = check.create ? "these credentials may not create it" : "it is not created here";
  return new EgxError("E_LAKE_MISSING", `there is no ${bucketOf(check)}, and ${why}`, {
    cause,
    hint: `Create it: aws s3 mb s3://${check.client.bucket}, or mc mb on MinIO.`,
  });
}

function bucketOf({ client, endpoint }: BucketCheck): string {
  return `bucket ${client.bucket} at ${endpoint ?? "AWS"}`;
}
