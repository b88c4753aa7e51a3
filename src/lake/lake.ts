/**
 * The lake: named objects that are written whole. It carries bytes and knows nothing of bars.
 *
 * All adapters answer alike (`test/contract/lake.ts` is run against each):
 * - Keys are `/`-separated segments of `[A-Za-z0-9._=-]`, none of them `.` or `..`; any other
 *   key is refused with E_LAKE_KEY before anything is touched. No key is to be the folder of
 *   another (`a` beside `a/b`): not every lake can hold both.
 * - Readers see an object as it was before a write or after it, never in between; after a call
 *   has returned, its effect survives a crash of the machine.
 * - A lake that is gone is E_LAKE_MISSING to every call that needs it; it is not one without objects.
 * - Failures that may pass are `retryable` errors (E_LAKE_UNREACHABLE, E_LAKE_THROTTLED,
 *   E_LAKE_CONFLICT, E_LAKE_FULL …). Adapters make no retries of their own that could hide a lost
 *   answer of {@link Lake.create}: the caller decides.
 */
export interface Lake {
  /** The address for people, without secrets: a folder, or `s3://bucket/prefix`. */
  readonly url: string;
  /** Most writes that are worth having under way at once. */
  readonly concurrency: number;

  /** Writes an object, replacing one of that key; idempotent. */
  put(key: string, body: Uint8Array, metadata?: ObjectMetadata): Promise<void>;
  /**
   * Writes an object unless one of that key exists, atomically: of any number of callers, one is
   * told "created". An answer may get lost after the write; the next try is then told "exists".
   */
  create(key: string, body: Uint8Array): Promise<"created" | "exists">;
  /**
   * Writes an object if its version is still `expected` (null: if there is none), atomically.
   */
  replace(key: string, body: Uint8Array, expected: string | null): Promise<"replaced" | "changed">;

  /** Size, version and metadata of an object, or null when there is none. */
  head(key: string): Promise<ObjectInfo | null>;
  /** The whole object and its version, or null when there is none. */
  get(key: string): Promise<StoredObject | null>;
  /**
   * The bytes [first, last] (both inclusive, cut at the end, so none behind it), or null when
   * there is no such object.
   */
  getRange(key: string, first: number, last: number): Promise<Uint8Array | null>;

  /**
   * Objects whose key begins with `prefix`, in ascending order of their UTF-8 keys, beginning
   * behind the key `after`. A prefix may end anywhere in a key; one with which no key can begin is
   * refused with E_LAKE_KEY. An object that is written or deleted meanwhile may or may not be
   * seen; any other is seen once.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;

  /** Deletes an object; does nothing when there is none. */
  delete(key: string): Promise<void>;

  /**
   * A path under which this machine's tools can read the object without a copy, or null where
   * objects are not files. The object need not exist.
   */
  localPath(key: string): string | null;

  /** Releases connections; idempotent. */
  close(): Promise<void>;
}

export interface ObjectMetadata {
  /**
   * SHA-256 (hex) of the object's content before compression. Stores that keep metadata give it
   * back in {@link ObjectInfo.sha256}; a folder does not.
   */
  readonly sha256?: string;
}

export interface ObjectInfo {
  readonly bytes: number;
  /** Changes whenever the object is replaced by other bytes; opaque. */
  readonly version: string;
  /** As given to {@link Lake.put}; null where the store keeps no metadata. */
  readonly sha256: string | null;
}

export interface StoredObject {
  readonly body: Uint8Array;
  readonly version: string;
}

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
}

export interface ListOptions {
  /** Only keys greater than this one. */
  readonly after?: string;
}
