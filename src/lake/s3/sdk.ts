import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";

export type { S3Client } from "@aws-sdk/client-s3";

/** Keys as they are given, or what the standard AWS chain finds, renewed when they run out. */
export type S3Credentials =
  | "default-chain"
  | { readonly accessKeyId: string; readonly secretAccessKey: string };

export interface ClientSettings {
  readonly endpoint: string | undefined;
  /** Undefined: what the environment or the profile says. */
  readonly region: string | undefined;
  readonly forcePathStyle: boolean;
  readonly credentials: S3Credentials;
  readonly connections: number;
  readonly connectMs: number;
  /** No request may last longer, whatever else bounds it. */
  readonly requestMs: number;
  /** Certificates (PEM) to trust instead of the well-known ones. */
  readonly ca: string | undefined;
}

/** What a put asks for beyond the bytes. */
export interface PutCondition {
  readonly ifNoneMatch?: "*";
  readonly ifMatch?: string;
  readonly sha256?: string | undefined;
}

export interface GetAnswer {
  readonly body: Readable;
  /** As announced; null when the answer came without its length. */
  readonly bytes: number | null;
  readonly etag: string;
}

export interface HeadAnswer {
  readonly bytes: number;
  readonly etag: string;
  readonly sha256: string | null;
}

export interface ListAnswer {
  readonly objects: readonly { readonly key: string; readonly bytes: number }[];
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
}

export interface ListRequest {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly token: string | null;
  readonly keysMax: number;
}

/**
 * One bucket's requests, each sent exactly once: whoever calls decides what is tried again.
 * Failures are the library's own; see {@link failureOf}.
 */
export class BucketClient {
  readonly bucket: string;
  readonly client: S3Client;

  constructor(bucket: string, settings: ClientSettings) {
    const { endpoint, region, credentials, connections, ca } = settings;
    const agent = { keepAlive: true, maxSockets: connections };
    this.bucket = bucket;
    this.client = new S3Client({
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(credentials === "default-chain" ? {} : { credentials: { ...credentials } }),
      forcePathStyle: settings.forcePathStyle,
      maxAttempts: 1,
      // The library's checking stream hangs when the connection breaks; sizes are checked here, and
      // the digests that matter by the ledger.
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: {
        connectionTimeout: settings.connectMs,
        requestTimeout: settings.requestMs,
        throwOnRequestTimeout: true,
        // More requests than connections wait by design: no warning about it.
        socketAcquisitionWarningTimeout: settings.requestMs,
        // Agents of our own: for large bodies the library would open a connection a request.
        httpAgent: new HttpAgent(agent),
        httpsAgent: new HttpsAgent(ca === undefined ? agent : { ...agent, ca }),
      },
    });
  }

  /** The region that requests are signed for. */
  async region(): Promise<string> {
    return this.client.config.region();
  }

  async put(
    key: string,
    body: Uint8Array,
    condition: PutCondition,
    signal: AbortSignal,
  ): Promise<void> {
    const { ifNoneMatch, ifMatch, sha256 } = condition;
    const command = new PutObjectCommand({
      Bucket: this.bucket,
      Key: key,
      Body: body,
      ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
      ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
      ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
    });
    await this.client.send(command, { abortSignal: signal });
  }

  async head(key: string, signal: AbortSignal): Promise<HeadAnswer> {
    const command = new HeadObjectCommand({ Bucket: this.bucket, Key: key });
    const answer = await this.client.send(command, { abortSignal: signal });
    return {
      bytes: answer.ContentLength ?? 0,
      etag: answer.ETag ?? "",
      sha256: answer.Metadata?.["sha256"] ?? null,
    };
  }

  /** @param range as in HTTP, `bytes=0-9`; null for the whole object. */
  async get(key: string, range: string | null, signal: AbortSignal): Promise<GetAnswer> {
    const command = new GetObjectCommand({
      Bucket: this.bucket,
      Key: key,
      ...(range === null ? {} : { Range: range }),
    });
    const answer = await this.client.send(command, { abortSignal: signal });
    const body = answer.Body;
    if (body === undefined || !("pipe" in body)) throw new TypeError("an answer without a stream");
    return { body, bytes: answer.ContentLength ?? null, etag: answer.ETag ?? "" };
  }

  async list(request: ListRequest, signal: AbortSignal): Promise<ListAnswer> {
    const command = new ListObjectsV2Command({
      Bucket: this.bucket,
      Prefix: request.prefix,
      MaxKeys: request.keysMax,
      ...(request.after === undefined ? {} : { StartAfter: request.after }),
      ...(request.token === null ? {} : { ContinuationToken: request.token }),
    });
    const answer = await this.client.send(command, { abortSignal: signal });
    const found = answer.Contents ?? [];
    return {
      objects: found.map(({ Key, Size }) => ({ key: Key ?? "", bytes: Size ?? 0 })),
      next: answer.IsTruncated === true ? (answer.NextContinuationToken ?? null) : null,
    };
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.bucket, Key: key });
    await this.client.send(command, { abortSignal: signal });
  }

  /** Removes the parts of an upload that was not ended. */
  async abortUpload(key: string, uploadId: string, signal: AbortSignal): Promise<void> {
    const command = new AbortMultipartUploadCommand({
      Bucket: this.bucket,
      Key: key,
      UploadId: uploadId,
    });
    await this.client.send(command, { abortSignal: signal });
  }

  /** Makes the bucket in the region of the client, which the library writes into the request. */
  async createBucket(signal: AbortSignal): Promise<void> {
    const command = new CreateBucketCommand({ Bucket: this.bucket });
    await this.client.send(command, { abortSignal: signal });
  }

  destroy(): void {
    this.client.destroy();
  }
}

/** What an S3 server said when it refused. */
export interface S3Failure {
  /** `NoSuchKey`; a HEAD has no more than `NotFound` or `Unknown`. */
  readonly name: string;
  readonly status: number;
  /** Where the bucket is, when the server tells. */
  readonly bucketRegion: string | null;
}

/** What the server said, or null when `error` is not a server's answer. */
export function failureOf(error: unknown): S3Failure | null {
  if (!(error instanceof S3ServiceException)) return null;
  const headers = error.$response?.headers ?? {};
  return {
    name: error.name,
    status: error.$metadata.httpStatusCode ?? 0,
    bucketRegion: headers["x-amz-bucket-region"] ?? null,
  };
}
