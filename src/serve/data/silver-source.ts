import { sha256Hex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { EgxError, toEgxError } from "../../base/errors.ts";
import type { Lake } from "../../lake/lake.ts";
import { readState, unbuiltState, type BuiltState } from "../../silver/built-state.ts";
import { openQuery, type Query, type QueryOptions } from "../../silver/query.ts";
import { builtKey, certifiedKey } from "../../silver/silver-keys.ts";
import { every } from "../every.ts";
import { SilverSnapshot } from "./silver-snapshot.ts";

export interface SilverSourceOptions {
  readonly lake: Lake;
  readonly scratchFolder: string;
  readonly clock: Clock;
  /** Told of every build that is shown from now on. */
  readonly onBuilt: (digest: string) => void;
  /** Told after every look: why it failed, or null. */
  readonly onLooked: (error: EgxError | null) => void;
}

/** Sessions on one snapshot that answer at once; each runs one query at a time. */
const sessionsDefault = 2;
const sessionMemoryBytes = 256 * 1024 * 1024;
/** Looking costs two HEADs; where objects are no files each of them is a request. */
const lookEveryMs = { folder: 500, store: 5_000 } as const;
/** Opening may take this part of the time at most: copies of a store's objects are large. */
const openShareMax = 0.2;
/** A build replaces its objects within this time, or has broken off. */
const buildMsMax = 10_000;

/**
 * Silver as it is now, open for queries: opened anew when a build or certificates have replaced
 * it, while answers that are under way end on the one before.
 */
export class SilverSource {
  readonly #options: SilverSourceOptions;
  readonly #looked = Promise.withResolvers<void>();
  #current: SilverSnapshot | null = null;
  #version = "";
  #pendingSinceMs: number | null = null;
  #shownMs: number | null = null;

  constructor(options: SilverSourceOptions) {
    this.#options = options;
  }

  /** Changes with every build that is shown; null before the first one. */
  get digest(): string | null {
    return this.#current?.digest ?? null;
  }

  /** Resolves when it has been looked for. */
  async looked(): Promise<void> {
    await this.#looked.promise;
  }

  /** When that build was first shown, epoch milliseconds. */
  get shownMs(): number | null {
    return this.#shownMs;
  }

  /** What is shown was built from. */
  get state(): BuiltState {
    return this.#current?.state ?? unbuiltState;
  }

  /** Looks for builds until the signal aborts, then closes. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, lake, onLooked } = this.#options;
    const restMs = lake.localPath(builtKey) === null ? lookEveryMs.store : lookEveryMs.folder;
    try {
      await every(clock, signal, async () => {
        const startedMs = clock.monotonicMs();
        try {
          await this.#look();
          this.#looked.resolve();
          onLooked(null);
        } catch (error) {
          onLooked(toEgxError(error));
        }
        // Whoever waits for the first build waits no longer than for a look.
        if (this.state === unbuiltState) return restMs;
        return Math.max(restMs, (clock.monotonicMs() - startedMs) / openShareMax);
      });
    } finally {
      this.#looked.resolve();
      await this.#current?.retire();
      this.#current = null;
    }
  }

  /**
   * Works on one state of silver from start to end.
   * @throws E_HTTP_BUSY while there is none yet; as the work does.
   */
  async use<T>(work: (snapshot: SilverSnapshot) => Promise<T>): Promise<T> {
    if (this.#current === null) await this.#looked.promise;
    const snapshot = this.#current;
    if (snapshot === null) throw new EgxError("E_HTTP_BUSY", "silver is not open yet");
    return snapshot.hold(() => work(snapshot));
  }

  async #look(): Promise<void> {
    const { lake, clock } = this.#options;
    const version = await this.#versionNow();
    if (version === this.#version && this.#current !== null) return;
    const { state } = await readState(lake);
    if (Object.keys(state?.pending ?? {}).length > 0) {
      this.#pendingSinceMs ??= clock.monotonicMs();
      const broken = clock.monotonicMs() - this.#pendingSinceMs > buildMsMax;
      if (this.#current !== null && !broken) return;
    }
    this.#pendingSinceMs = null;
    await this.#open(version, state ?? unbuiltState);
  }

  async #open(version: string, state: BuiltState): Promise<void> {
    const { clock, onBuilt } = this.#options;
    const first = await openQuery(this.#engine(sessionMemoryBytes * sessionsDefault));
    const queries: Query[] = [first];
    try {
      while (queries.length < sessionsDefault) queries.push(await first.beside());
    } catch (error) {
      for (const query of queries) await query.close();
      throw error;
    }
    const before = this.#current;
    const digest = sha256Hex(version).slice(0, 16);
    // People's own SQL has a database of its own: what it takes, it takes from nobody.
    const openMore = async (): Promise<Query> => openQuery(this.#engine(sessionMemoryBytes));
    this.#current = new SilverSnapshot({ digest, state, queries, openMore });
    this.#version = version;
    this.#shownMs = clock.nowMs();
    await before?.retire();
    onBuilt(digest);
  }

  #engine(memoryBytes: number): QueryOptions {
    const { lake, scratchFolder, clock } = this.#options;
    return { lake, scratchFolder, clock, memoryBytes, threads: 1 };
  }

  /** Changes when silver's objects or its certificates were replaced. */
  async #versionNow(): Promise<string> {
    const { lake } = this.#options;
    const built = await lake.head(builtKey);
    const certified = await lake.head(certifiedKey);
    return `${built?.version ?? ""} ${certified?.version ?? ""}`;
  }
}
