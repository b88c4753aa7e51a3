import type { Lake, ListedObject, ObjectInfo, StoredObject } from "../../../src/lake/lake.ts";
import { checkKey } from "../../../src/lake/key.ts";
import type { SimProcess } from "./world.ts";

interface Held {
  readonly body: Uint8Array;
  readonly version: string;
  readonly sha256: string | null;
}

/** What the lake holds, seen from outside of the world. */
export class LakeState {
  readonly objects = new Map<string, Held>();
  /** Whether HEAD gives digests back, as S3 does and a folder does not. */
  readonly keepsMetadata: boolean;
  /** Told of every write that took effect, before it does. */
  onWrite: (key: string, body: Uint8Array) => void = () => undefined;
  #version = 0;

  constructor(keepsMetadata: boolean) {
    this.keepsMetadata = keepsMetadata;
  }

  write(key: string, body: Uint8Array, sha256?: string): void {
    this.onWrite(key, body);
    this.#version += 1;
    this.objects.set(key, {
      body,
      version: String(this.#version),
      sha256: this.keepsMetadata ? (sha256 ?? null) : null,
    });
  }

  keys(prefix: string, after: string): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && key > after)
      .toSorted();
  }
}

/** The lake as one process sees it. */
export class SimLake implements Lake {
  readonly url = "sim:lake";
  readonly concurrency = 4;
  readonly #state: LakeState;
  readonly #process: SimProcess;

  constructor(state: LakeState, process: SimProcess) {
    this.#state = state;
    this.#process = process;
  }

  #call<T>(name: string, effect: () => T): Promise<T> {
    return this.#process.call(name, "E_LAKE_UNREACHABLE", effect);
  }

  put(key: string, body: Uint8Array, metadata: { sha256?: string } = {}): Promise<void> {
    checkKey(key);
    return this.#call(`put ${key}`, () => this.#state.write(key, body, metadata.sha256));
  }

  create(key: string, body: Uint8Array): Promise<"created" | "exists"> {
    checkKey(key);
    return this.#call(`create ${key}`, () => {
      if (this.#state.objects.has(key)) return "exists";
      this.#state.write(key, body);
      return "created";
    });
  }

  replace(key: string, body: Uint8Array, expected: string | null): Promise<"replaced" | "changed"> {
    return this.#call(`replace ${key}`, () => {
      if ((this.#state.objects.get(key)?.version ?? null) !== expected) return "changed";
      this.#state.write(key, body);
      return "replaced";
    });
  }

  head(key: string): Promise<ObjectInfo | null> {
    return this.#call(`head ${key}`, () => {
      const held = this.#state.objects.get(key);
      if (held === undefined) return null;
      return { bytes: held.body.length, version: held.version, sha256: held.sha256 };
    });
  }

  get(key: string): Promise<StoredObject | null> {
    return this.#call(`get ${key}`, () => this.#state.objects.get(key) ?? null);
  }

  async getRange(key: string, first: number, last: number): Promise<Uint8Array | null> {
    return (await this.get(key))?.body.subarray(first, last + 1) ?? null;
  }

  async *list(
    prefix: string,
    options: { readonly after?: string } = {},
  ): AsyncGenerator<ListedObject> {
    let after = options.after ?? "";
    for (;;) {
      const page = await this.#call(`list ${prefix} after ${after}`, () =>
        this.#state
          .keys(prefix, after)
          .slice(0, 3)
          .map((key) => ({ key, bytes: this.#state.objects.get(key)?.body.length ?? 0 })),
      );
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.key;
    }
  }

  delete(key: string): Promise<void> {
    return this.#call(`delete ${key}`, () => {
      this.#state.objects.delete(key);
    });
  }

  localPath(): string | null {
    return null;
  }

  async close(): Promise<void> {}
}
