import { Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { EgxError, invariant, messageOf } from "../../base/errors.ts";
import { checkKey, checkPrefix, isKeySegment } from "../key.ts";
import type {
  Lake,
  ListedObject,
  ListOptions,
  ObjectInfo,
  ObjectMetadata,
  StoredObject,
} from "../lake.ts";
import { checkBucket } from "./bucket.ts";
import { multipartBytesMin, partsAtOnce, putInParts } from "./multipart.ts";
import { defaultRequestLimits, Requests, type RequestLimits } from "./requests.ts";
import {
  BucketClient,
  failureOf,
  type ListAnswer,
  type ListRequest,
  type PutCondition,
  type S3Credentials,
  type S3Failure,
} from "./sdk.ts";

export interface S3LakeOptions {
  readonly bucket: string;
  /** Begins every key; empty, or plain segments. Default empty. */
  readonly prefix?: string;
  /** `http://127.0.0.1:9000`; AWS without it. */
  readonly endpoint?: string;
  /** Without it what the environment or profile says; `us-east-1` at an endpoint of one's own. */
  readonly region?: string;
  /** Whether the bucket stands in the path, not in the host's name. Default: at an endpoint. */
  readonly forcePathStyle?: boolean;
  readonly credentials: S3Credentials;
  /** Makes the bucket, in the client's region, when there is none. */
  readonly createBucket: boolean;
  readonly clock: Clock;
  /** Most requests at once. Default 32. */
  readonly concurrency?: number;
  /** How long making a connection may take. Default 5,000. */
  readonly connectMs?: number;
  readonly limits?: Partial<RequestLimits>;
  /** Certificates (PEM) to trust instead of the well-known ones. */
  readonly ca?: string;
}

/** Where `list` asks for the next page. */
const pageKeysMax = 1000;

/**
 * Opens a lake in a bucket of AWS S3, MinIO or any other S3 store that honours conditional writes.
 * It sends every request once: a failure is the caller's to try again.
 *
 * A version is the object's ETag: an object that is replaced by the same bytes may keep its own.
 * Credentials that may not list are let through here; their first refused request says so.
 * @throws E_LAKE_MISSING when there is no such bucket and it may not be made; E_LAKE_FORBIDDEN when
 *   the credentials are wrong; E_LAKE_UNREACHABLE; E_CONFIG when an address, a name or the region
 *   is wrong.
 */
export async function openS3Lake(options: S3LakeOptions): Promise<Lake> {
  const { bucket, endpoint, clock, concurrency = 32 } = options;
  const prefix = prefixOf(options.prefix ?? "");
  checkAddress(bucket, endpoint);
  const limits = { ...defaultRequestLimits, ...options.limits };
  const client = new BucketClient(bucket, {
    endpoint,
    region: options.region ?? (endpoint === undefined ? undefined : "us-east-1"),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    credentials: options.credentials,
    connections: concurrency * partsAtOnce,
    connectMs: options.connectMs ?? 5_000,
    requestMs: limits.answerMsMax,
    ca: options.ca,
  });
  const requests = new Requests({ clock, concurrency, limits });
  try {
    await checkBucket({ client, requests, prefix, create: options.createBucket, endpoint });
  } catch (error) {
    client.destroy();
    throw error;
  }
  return new S3Lake(client, requests, { prefix, concurrency, clock });
}

class S3Lake implements Lake {
  readonly url: string;
  readonly concurrency: number;
  readonly #client: BucketClient;
  readonly #requests: Requests;
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor(
    client: BucketClient,
    requests: Requests,
    { prefix, concurrency, clock }: { prefix: string; concurrency: number; clock: Clock },
  ) {
    this.url = `s3://${client.bucket}/${prefix}`.replace(/\/$/, "");
    this.concurrency = concurrency;
    this.#client = client;
    this.#requests = requests;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  async put(key: string, body: Uint8Array, metadata: ObjectMetadata = {}): Promise<void> {
    const name = this.#nameOf(key);
    const { sha256 } = metadata;
    await this.#requests.send(
      { what: this.#placeOf(key), bytes: body.byteLength },
      async (signal) =>
        body.byteLength < multipartBytesMin
          ? this.#client.put(name, body, { sha256 }, signal)
          : putInParts(this.#client, name, body, { sha256, signal, clock: this.#clock }),
    );
  }

  async create(key: string, body: Uint8Array): Promise<"created" | "exists"> {
    const written = await this.#putIf(key, body, { ifNoneMatch: "*" });
    return written ? "created" : "exists";
  }

  async replace(
    key: string,
    body: Uint8Array,
    expected: string | null,
  ): Promise<"replaced" | "changed"> {
    const condition = expected === null ? { ifNoneMatch: "*" as const } : { ifMatch: expected };
    return (await this.#putIf(key, body, condition)) ? "replaced" : "changed";
  }

  async head(key: string): Promise<ObjectInfo | null> {
    const name = this.#nameOf(key);
    const answer = await this.#requests.send(
      { what: this.#placeOf(key), bytes: 0 },
      async (signal) => this.#orAbsent(key, signal, this.#client.head(name, signal)),
    );
    if (answer === null) return null;
    return { bytes: answer.bytes, version: answer.etag, sha256: answer.sha256 };
  }

  async get(key: string): Promise<StoredObject | null> {
    const name = this.#nameOf(key);
    const found = await this.#requests.fetch(this.#placeOf(key), async (signal) =>
      this.#orAbsent(key, signal, this.#client.get(name, null, signal)),
    );
    return found === null ? null : { body: found.body, version: found.etag };
  }

  async getRange(key: string, first: number, last: number): Promise<Uint8Array | null> {
    const name = this.#nameOf(key);
    invariant(
      Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 0 && last >= first,
      `no range of bytes: ${first} to ${last}`,
    );
    const range = `bytes=${first}-${last}`;
    const found = await this.#requests.fetch(this.#placeOf(key), async (signal) => {
      try {
        return await this.#orAbsent(key, signal, this.#client.get(name, range, signal));
      } catch (error) {
        if (failureOf(error)?.status !== 416) throw error;
        return { body: Readable.from([]), bytes: 0, etag: "" };
      }
    });
    return found?.body ?? null;
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    const { after = "" } = options;
    // Stores disagree on a start outside of the prefix, so they are never asked for one.
    const inside = after.startsWith(prefix);
    if (!inside && after > prefix) return;
    let token: string | null = null;
    do {
      const request: ListRequest = {
        prefix: this.#prefix + prefix,
        after: inside && after !== "" ? this.#prefix + after : undefined,
        token,
        keysMax: pageKeysMax,
      };
      const page: ListAnswer = await this.#requests.send(
        { what: this.#placeOf(prefix), bytes: 0 },
        async (signal) => this.#client.list(request, signal),
      );
      for (const { key, bytes } of page.objects) {
        const own = key.slice(this.#prefix.length);
        // What other programs keep here, such as `folder/` of a console, is no object of a lake.
        if (own.split("/").every(isKeySegment)) yield { key: own, bytes };
      }
      token = page.next;
    } while (token !== null);
  }

  async delete(key: string): Promise<void> {
    const name = this.#nameOf(key);
    await this.#requests.send({ what: this.#placeOf(key), bytes: 0 }, async (signal) => {
      try {
        await this.#client.delete(name, signal);
      } catch (error) {
        if (failureOf(error)?.name !== "NoSuchKey") throw error;
      }
    });
  }

  localPath(key: string): null {
    checkKey(key);
    return null;
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #nameOf(key: string): string {
    return this.#prefix + checkKey(key);
  }

  /** Where a request goes, for people: its failure may be the bucket's. */
  #placeOf(key: string): string {
    return `${this.url}/${key}`;
  }

  /** Puts unless the condition fails; tells whether it did. One request, never in parts. */
  async #putIf(key: string, body: Uint8Array, condition: PutCondition): Promise<boolean> {
    const name = this.#nameOf(key);
    return this.#requests.send(
      { what: this.#placeOf(key), bytes: body.byteLength },
      async (signal) => {
        try {
          await this.#client.put(name, body, condition, signal);
          return true;
        } catch (error) {
          const failure = failureOf(error);
          if (failure?.status === 412 || failure?.name === "NoSuchKey") return false;
          throw error;
        }
      },
    );
  }

  /** What `reading` finds, or null when the bucket is there and the object is not. */
  async #orAbsent<T>(key: string, signal: AbortSignal, reading: Promise<T>): Promise<T | null> {
    try {
      return await reading;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null || !(await this.#meansAbsent(failure, key, signal))) throw error;
      return null;
    }
  }

  /** Whether a refused read of `key` means that the bucket is there and the object is not. */
  async #meansAbsent(refused: S3Failure, key: string, signal: AbortSignal): Promise<boolean> {
    if (refused.name === "NoSuchKey") return true;
    // An answer to HEAD does not say whether the object or the bucket is missing. To who may not
    // list the whole bucket, AWS answers 403 for what is not there. A listing of the key tells,
    // or says itself what is wrong.
    if (refused.name !== "NotFound" && refused.status !== 403) return false;
    const prefix = this.#prefix + key;
    const request = { prefix, after: undefined, token: null, keysMax: 1 };
    const { objects } = await this.#client.list(request, signal);
    return objects[0]?.key !== prefix;
  }
}

function prefixOf(given: string): string {
  if (given === "") return "";
  const prefix = given.endsWith("/") ? given : `${given}/`;
  try {
    return checkPrefix(prefix);
  } catch (error) {
    throw new EgxError("E_CONFIG", `the lake's prefix: ${messageOf(error)}`, { cause: error });
  }
}

function checkAddress(bucket: string, endpoint: string | undefined): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    // What stands before an @ may be a password.
    const shown = bucket.replace(/^.*@/, "…@").slice(0, 80);
    throw new EgxError("E_CONFIG", `"${shown}" is no name of a bucket`, {
      hint: "Buckets are named by 3 to 63 of [a-z0-9.-], beginning and ending with [a-z0-9].",
    });
  }
  if (endpoint === undefined) return;
  const url = URL.parse(endpoint);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "")
    return;
  // Not repeated: it may hold a password.
  throw new EgxError("E_CONFIG", "the store's endpoint is not http(s)://host:port", {
    hint: "Credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the address.",
  });
}
