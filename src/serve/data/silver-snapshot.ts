import type { z } from "../../base/schema.ts";
import { EgxError } from "../../base/errors.ts";
import { rowsOf } from "../../quality/silver-market.ts";
import type { BuiltState } from "../../silver/built-state.ts";
import type { Query } from "../../silver/query.ts";

export interface SnapshotParts {
  readonly digest: string;
  readonly state: BuiltState;
  /** At least one. */
  readonly queries: readonly Query[];
  /** Opens one for a person's own SQL, which may take long. */
  readonly openMore: () => Promise<Query>;
}

/** Statements that wait for a session before more are refused. */
const waitingMax = 200;
/** People's own queries that run at once. */
const ownQueriesMax = 2;

/** One state of silver with sessions that read it; closed once it is retired and at rest. */
export class SilverSnapshot {
  readonly digest: string;
  readonly state: BuiltState;
  readonly #queries: readonly Query[];
  readonly #idle: Query[];
  readonly #waiting: ((query: Query) => void)[] = [];
  readonly #openMore: () => Promise<Query>;
  readonly #own: Query[] = [];
  #ownRunning = 0;
  #held = 0;
  #retired = false;

  constructor({ digest, state, queries, openMore }: SnapshotParts) {
    this.digest = digest;
    this.state = state;
    this.#queries = queries;
    this.#idle = [...queries];
    this.#openMore = openMore;
  }

  /** Keeps the snapshot open for as long as `work` takes. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#held += 1;
    try {
      return await work();
    } finally {
      this.#held -= 1;
      if (this.#retired && this.#held === 0) void this.#close();
    }
  }

  /** Nothing new is asked of it: it closes when what is under way has ended. Waits for nobody. */
  async retire(): Promise<void> {
    if (this.#retired) return;
    this.#retired = true;
    if (this.#held === 0) await this.#close();
  }

  /** The rows of a SELECT, each checked. */
  async rows<T>(sql: string, schema: z.ZodType<T>): Promise<readonly T[]> {
    return this.withSession((query) => rowsOf(query, sql, schema));
  }

  /** @throws E_HTTP_BUSY when too many wait. */
  async withSession<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const query = await this.#take();
    try {
      return await work(query);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(query);
      else next(query);
    }
  }

  /**
   * Works with a session for people's own SQL, so that one that takes long holds up nobody else.
   * @throws E_HTTP_BUSY when as many as may are at work.
   */
  async withOwnSession<T>(work: (query: Query) => Promise<T>): Promise<T> {
    if (this.#ownRunning >= ownQueriesMax) {
      throw new EgxError("E_HTTP_BUSY", `${ownQueriesMax} queries are running already`);
    }
    this.#ownRunning += 1;
    try {
      const query = this.#own.pop() ?? (await this.#openMore());
      try {
        return await work(query);
      } finally {
        this.#own.push(query);
      }
    } finally {
      this.#ownRunning -= 1;
    }
  }

  async #take(): Promise<Query> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#waiting.length >= waitingMax) {
      throw new EgxError("E_HTTP_BUSY", `${waitingMax} questions are waiting already`);
    }
    const { promise, resolve } = Promise.withResolvers<Query>();
    this.#waiting.push(resolve);
    return promise;
  }

  async #close(): Promise<void> {
    for (const query of [...this.#queries, ...this.#own]) await query.close();
  }
}
