import path from "node:path";
import { hasCode, type EgxError } from "../base/errors.ts";
import { retry } from "../base/retry.ts";
import type { Feed, FeedRequest } from "../feeds/feed.ts";
import { ensureLakeKind, probeExclusiveCreate, type LakeKind } from "../ledger/lake-kind.ts";
import type { LoadNote } from "../ledger/load-entry.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { previousSession, type Calendar } from "../market/calendar.ts";
import { Database } from "../parquet/duckdb.ts";
import { makeScratchFolder } from "../parquet/scratch-folder.ts";
import { readAnswer, type Answer } from "./answer.ts";
import { ChunkLoad, type ChunkRequest, type ChunkResult } from "./chunk-load.ts";
import type { LoadStore } from "./commit-load.ts";
import { HeldBars } from "./held-bars.ts";
import { SessionCount } from "./sessions.ts";

export interface BackfillOptions extends LoadStore {
  readonly feed: Feed;
  /** An open end means the last session before today. */
  readonly request: FeedRequest;
  /** Whether the feed's bars are the exchange's or made up. */
  readonly kind: LakeKind;
  /** Leave out symbols of which an earlier load has these dates. */
  readonly resume: boolean;
  /**
   * The feed gives single bars that mend what is held, on its footing, and not a history of which
   * one could say that it is re-based, shrunken or short. Default false.
   */
  readonly mends?: boolean;
  readonly calendar: Calendar;
  /** A folder on this machine for what a backfill works on; made when there is none. */
  readonly scratchFolder: string;
  /** Symbols of one load. Default 50, of intraday bars 5. */
  readonly chunkSymbols?: number;
  /** Told how many symbols are done; `total` is null when the feed chooses them. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Memory of the engine; what does not fit goes to the scratch folder. Default 512 MiB. */
  readonly memoryBytes?: number;
}

export interface SymbolNote {
  readonly symbol: string;
  readonly note: LoadNote;
}

export interface BackfillSummary {
  /** Loads that were stored. */
  readonly loads: number;
  /** Bars that the feed gave. */
  readonly read: number;
  /** Those that were stored: new ones and revisions. */
  readonly added: number;
  /** Rows that were refused, by code. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Symbols of which nothing was new. */
  readonly unchanged: number;
  /** Symbols that gave something new. */
  readonly loaded: number;
  /** Symbols that an earlier run had loaded; with `resume` alone. */
  readonly skipped: number;
  readonly failedSymbols: ReadonlyMap<string, EgxError>;
  readonly notes: readonly SymbolNote[];
  readonly gaps: number;
  /** Whether it was stopped before its end. */
  readonly stopped: boolean;
  readonly seconds: number;
}

const defaultMemoryBytes = 512 * 1024 * 1024;
const feedAttemptsMax = 5;
const chunkSymbolsDaily = 50;
const chunkSymbolsIntraday = 5;

/**
 * Loads a feed's history into batch/, some symbols at a time, each time as one load. What was
 * stored stays, wherever it breaks off; with `resume` it goes on from there. Only bars that are
 * new or different are stored, and none that says less than what is held.
 * @throws what the feed throws when it fails as a whole; E_LAKE_KIND.
 */
export async function backfill(options: BackfillOptions): Promise<BackfillSummary> {
  const { clock, lake, feed, request } = options;
  const startMs = clock.monotonicMs();
  await ensureLakeKind(lake, options.kind);
  await probeExclusiveCreate(lake);
  await using folder = await makeScratchFolder(options.scratchFolder, "load");
  await using stack = new AsyncDisposableStack();
  const database = stack.adopt(
    await Database.open({
      memoryBytes: options.memoryBytes ?? defaultMemoryBytes,
      threads: 2,
      temporaryFolder: path.join(folder.path, "spill"),
    }),
    async (it) => it.close(),
  );
  const today = Temporal.PlainDate.from(cairoDateOf(clock.nowMs()));
  const to = request.to ?? previousSession(options.calendar, today).date;
  const { source, adjusted } = feed;
  const { interval } = request;
  const reading = { lake, database, folder: folder.path, source, interval, adjusted };
  const held = await HeldBars.read(reading);
  const symbols = await symbolsOf(feed, request, options.signal);
  const run = new Run(options, { ...request, symbols, to }, held);
  const load = new ChunkLoad({
    store: options,
    database,
    folder: folder.path,
    held,
    source,
    sessions: new SessionCount(options.calendar, to),
    mends: options.mends ?? false,
    read: (asked) => run.read(asked),
  });
  await run.all(load);
  return run.summary((clock.monotonicMs() - startMs) / 1000);
}

/** The symbols by name where the feed knows them, so that they can be taken some at a time. */
async function symbolsOf(
  feed: Feed,
  { symbols }: FeedRequest,
  signal = new AbortController().signal,
): Promise<FeedRequest["symbols"]> {
  return symbols === "all" ? ((await feed.symbols?.(signal)) ?? "all") : symbols;
}

/** One backfill's way through its chunks. */
class Run {
  readonly #options: BackfillOptions;
  readonly #chunks: readonly ChunkRequest[];
  readonly #total: number | null;
  readonly #skipped: number;
  readonly #signal: AbortSignal;
  readonly #results: ChunkResult[] = [];
  #stopped = false;

  constructor(
    options: BackfillOptions,
    request: FeedRequest & { readonly to: Temporal.PlainDate },
    held: HeldBars,
  ) {
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    const from = request.from?.toString() ?? null;
    const to = request.to.toString();
    if (request.symbols === "all") {
      const done = options.resume && held.coversAll(from, to);
      this.#chunks = done ? [] : [request];
      this.#total = null;
      this.#skipped = 0;
      return;
    }
    const { symbols } = request;
    const missing = options.resume
      ? symbols.filter((symbol) => !held.covers(symbol, from, to))
      : symbols;
    const size =
      options.chunkSymbols ??
      (request.interval.intraday ? chunkSymbolsIntraday : chunkSymbolsDaily);
    this.#total = symbols.length;
    this.#skipped = symbols.length - missing.length;
    this.#chunks = Array.from({ length: Math.ceil(missing.length / size) }, (_, index) => ({
      ...request,
      symbols: missing.slice(index * size, (index + 1) * size),
    }));
  }

  /** Reads a history, again when it fails in a way that may pass. */
  read(request: FeedRequest): Promise<Answer> {
    const { feed, clock, random, events } = this.#options;
    return retry(() => readAnswer(feed, request, this.#signal, events), {
      clock,
      random,
      signal: this.#signal,
      attemptsMax: feedAttemptsMax,
      onRetry: ({ error, attempt, waitMs }) =>
        events?.({ kind: "retry", operation: "history", error, attempt, waitMs }),
    });
  }

  /** While one chunk is stored the next one is read. */
  async all(load: ChunkLoad): Promise<void> {
    let done = this.#skipped;
    let next: Promise<Answer> | null = this.#begin(0);
    try {
      for (const [index, chunk] of this.#chunks.entries()) {
        this.#options.onProgress?.(done, this.#total);
        const answer = await next;
        if (answer === null) return;
        next = this.#begin(index + 1);
        const result = await load.store(chunk, answer);
        this.#results.push(result);
        done += chunk.symbols === "all" ? result.symbols.length : chunk.symbols.length;
      }
      this.#options.onProgress?.(done, this.#total);
    } catch (error) {
      const ended = this.#signal.aborted || hasCode(error, "E_ABORTED");
      if (!ended) throw error;
      this.#stopped = true;
    }
  }

  #begin(index: number): Promise<Answer> | null {
    const chunk = this.#chunks[index];
    if (chunk === undefined) return null;
    const answer = this.read(chunk);
    // Whoever awaits it is told; until then it is no unhandled failure.
    answer.catch(() => undefined);
    return answer;
  }

  summary(seconds: number): BackfillSummary {
    const results = this.#results;
    const symbols = results.flatMap((result) => result.symbols);
    const rejected = new Map<string, number>();
    for (const { codes } of results) {
      for (const [code, rows] of codes) rejected.set(code, (rejected.get(code) ?? 0) + rows);
    }
    const count = (outcome: string): number =>
      symbols.filter((symbol) => symbol.outcome === outcome).length;
    const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
    return {
      loads: results.filter(({ stored }) => stored).length,
      read: sum(symbols.map(({ bars }) => bars)),
      added: sum(results.map(({ added }) => added)),
      rejected,
      unchanged: count("unchanged"),
      loaded: count("loaded"),
      skipped: this.#skipped,
      failedSymbols: new Map(results.flatMap(({ failed }) => [...failed])),
      notes: symbols.flatMap(({ symbol, notes }) => notes.map((note) => ({ symbol, note }))),
      gaps: sum(results.map(({ gaps }) => gaps)),
      stopped: this.#stopped,
      seconds,
    };
  }
}
