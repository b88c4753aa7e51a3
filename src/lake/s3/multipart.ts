import { Upload } from "@aws-sdk/lib-storage";
import type { Clock } from "../../base/clock.ts";
import { withDeadline } from "./deadline.ts";
import type { BucketClient, PutCondition } from "./sdk.ts";

/** Objects from this size on are sent in parts. */
export const multipartBytesMin: number = 16 * 1024 * 1024;
const partBytes = 8 * 1024 * 1024;
/** Parts of one object that are under way at once. */
export const partsAtOnce = 4;
const removalMs = 5_000;

export interface PartsOptions extends Pick<PutCondition, "sha256"> {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Puts a large object in parts; it appears whole at the end. When it fails, the parts are removed
 * where that is allowed and the store can be reached; a lifecycle rule of the bucket removes others.
 */
export async function putInParts(
  client: BucketClient,
  key: string,
  body: Uint8Array,
  { sha256, signal, clock }: PartsOptions,
): Promise<void> {
  const upload = new Upload({
    client: client.client,
    params: {
      Bucket: client.bucket,
      Key: key,
      Body: body,
      ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
    },
    partSize: partBytes,
    queueSize: partsAtOnce,
    // The library's own removal would put its failure in the place of the first one.
    leavePartsOnError: true,
  });
  const stop = (): void => void upload.abort();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await upload.done();
  } catch (error) {
    if (upload.uploadId !== undefined) await removeParts(client, key, upload.uploadId, clock);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function removeParts(
  client: BucketClient,
  key: string,
  uploadId: string,
  clock: Clock,
): Promise<void> {
  try {
    await withDeadline(clock, removalMs, async (signal) =>
      client.abortUpload(key, uploadId, signal),
    );
  } catch {
    // What failed before is what the caller is told; parts cost room and do no harm.
  }
}
