import { sha256Hex } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import type { FeedRequest } from "../feeds/feed.ts";
import {
  loadDigest,
  type LoadNote,
  type LoadRequest,
  type LoadSymbol,
} from "../ledger/load-entry.ts";
import { startOfPeriod, type Bar } from "../market/bar.ts";
import { cairoDateOf, cairoDayOf, dayOfDate } from "../market/cairo-time.ts";
import type { Database } from "../parquet/duckdb.ts";
import { answerDigest, type Answer } from "./answer.ts";
import { commitLoad, storedLoad, type LoadStore } from "./commit-load.ts";
import { compareSeries, mendSeries, type AskedSpan } from "./compare-series.ts";
import type { HeldBars } from "./held-bars.ts";
import { LoadRows } from "./load-rows.ts";
import { daysOf, type SessionCount } from "./sessions.ts";

/** What one load asks of the feed. */
export type ChunkRequest = FeedRequest & { readonly to: Temporal.PlainDate };

/** What one load came to. */
export interface ChunkResult {
  /** False when nothing was to be stored, or the same load had been stored before. */
  readonly stored: boolean;
  readonly added: number;
  readonly symbols: readonly LoadSymbol[];
  readonly failed: ReadonlyMap<string, EgxError>;
  readonly codes: ReadonlyMap<string, number>;
  readonly gaps: number;
}

export interface ChunkOptions {
  readonly store: LoadStore;
  readonly database: Database;
  readonly folder: string;
  readonly held: HeldBars;
  readonly source: string;
  readonly sessions: SessionCount;
  /** See the options of a backfill. */
  readonly mends: boolean;
  /** Asks the feed again. */
  readonly read: (request: FeedRequest) => Promise<Answer>;
}

/** Bars on fewer days than this share of the sessions are worth a word. */
const shortShare = 0.9;
/** Fewer sessions say nothing. */
const shortSessionsMin = 5;

/** What a load takes of one symbol. */
interface Taken {
  readonly symbol: LoadSymbol;
  readonly bars: readonly Bar[];
  readonly added: readonly Bar[];
  readonly error: EgxError | null;
}

/** Stores answers of a feed, each as one load. */
export class ChunkLoad {
  readonly #options: ChunkOptions;

  constructor(options: ChunkOptions) {
    this.#options = options;
  }

  /** Compares an answer with what is held, and stores what it adds. */
  async store(request: ChunkRequest, answer: Answer): Promise<ChunkResult> {
    const { store, database, folder, held } = this.#options;
    const createdMs = store.clock.nowMs();
    const taken = await this.#take(request, answer);
    const failed = new Map(answer.failed);
    for (const { symbol, error } of taken) if (error !== null) failed.set(symbol.symbol, error);
    const symbols = [
      ...taken.map(({ symbol }) => symbol),
      ...Array.from(answer.failed, ([symbol, error]) => failedSymbol(symbol, error)),
    ].toSorted((left, right) => (left.symbol < right.symbol ? -1 : 1));
    const { refused, gaps } = answer;
    const result = { symbols, failed, codes: refused.codes, gaps };
    const bars = taken.flatMap(({ added }) => added);
    const [sample] = taken.flatMap((one) => one.bars);
    if (sample === undefined) return { ...result, stored: false, added: 0 };
    const loadRequest = await this.#unstored(this.#requestOf(request, taken, sample), bars.length);
    if (loadRequest === null) return { ...result, stored: false, added: 0 };
    const load = loadDigest(loadRequest);
    const rows = await LoadRows.begin(database);
    await rows.add(bars.map((bar) => ({ bar, line: null })));
    await rows.settle();
    const { entry, added } = await commitLoad(store, {
      request: loadRequest,
      files: await rows.write(folder, bars.length, load),
      refused,
      repeated: answer.repeated,
      symbols,
      createdMs,
    });
    held.add(load, entry);
    return { ...result, stored: added, added: added ? bars.length : 0 };
  }

  /**
   * The request under a name that no load has; null when its load is stored. A history that
   * changed and changed back reads as it did before, and is a load of its own all the same.
   */
  async #unstored(request: LoadRequest, bars: number): Promise<LoadRequest | null> {
    const { store, held } = this.#options;
    for (let { read } = request; ; read = sha256Hex(read)) {
      const wanted = { ...request, read };
      const load = loadDigest(wanted);
      if ((await storedLoad(store, load)) === null) return wanted;
      // One that was not there when we compared is another process's, with these very bars.
      if (bars === 0 || !held.knows(load)) return null;
    }
  }

  async #take(request: ChunkRequest, answer: Answer): Promise<readonly Taken[]> {
    const held = await this.#options.held.of([...answer.bars.keys()]);
    const taken: Taken[] = [];
    for (const [symbol, bars] of answer.bars) {
      taken.push(await this.#takeSymbol(request, bars, held.get(symbol) ?? []));
    }
    return taken;
  }

  /** A re-based history is asked for again from its beginning, so that it has one basis. */
  async #takeSymbol(
    request: ChunkRequest,
    bars: readonly Bar[],
    heldBars: readonly Bar[],
  ): Promise<Taken> {
    const [first] = bars;
    const held = heldBars.filter((bar) => bar.adjusted === first?.adjusted);
    if (this.#options.mends) return this.#taken(request, bars, mendSeries(held, bars));
    const comparison = compareSeries(held, bars, spanOf(request));
    const [oldest] = held;
    if (!comparison.mixed || oldest === undefined) return this.#taken(request, bars, comparison);
    const { symbol } = oldest;
    const from = Temporal.PlainDate.from(cairoDateOf(oldest.startMs));
    const whole = { ...request, symbols: [symbol], from };
    const again = (await this.#options.read(whole)).bars.get(symbol) ?? [];
    const second = compareSeries(held, again, spanOf(whole));
    if (!second.mixed) return this.#taken(whole, again, second);
    const error = new EgxError(
      "E_FEED_REBASED",
      `the feed re-based ${symbol} and gives ${again.length} bars, where ${held.length} are held`,
      { details: { symbol } },
    );
    const { notes } = second;
    return { symbol: { ...failedSymbol(symbol, error), notes }, bars: [], added: [], error };
  }

  #taken(
    { interval }: ChunkRequest,
    bars: readonly Bar[],
    { added, notes }: { readonly added: readonly Bar[]; readonly notes: readonly LoadNote[] },
  ): Taken {
    const [first, last] = [bars[0], bars.at(-1)];
    const counts = !this.#options.mends && (interval.code === "1d" || interval.intraday);
    const short = counts ? this.#short(bars) : null;
    return {
      bars,
      added,
      error: null,
      symbol: {
        symbol: first?.symbol ?? "",
        outcome: added.length > 0 ? "loaded" : "unchanged",
        bars: bars.length,
        added: added.length,
        first: first === undefined ? null : cairoDateOf(first.startMs),
        last: last === undefined ? null : cairoDateOf(last.startMs),
        notes: short === null ? notes : [...notes, short],
        error: null,
      },
    };
  }

  /** Too few days against the sessions since the first bar; null when there are enough. */
  #short(bars: readonly Bar[]): LoadNote | null {
    const { sessions: count } = this.#options;
    const [first] = bars;
    if (first === undefined) return null;
    const sessions = count.from(cairoDayOf(first.startMs));
    const starts = bars.map((bar) => bar.startMs);
    const days = daysOf(starts, count.firstDay);
    const enough = sessions < shortSessionsMin || days >= sessions * shortShare;
    return enough ? null : { kind: "short", days, sessions };
  }

  #requestOf(request: ChunkRequest, taken: readonly Taken[], sample: Bar): LoadRequest {
    const { symbols, interval, from, to } = request;
    return {
      asked: {
        command: "backfill",
        symbols,
        from: from?.toString() ?? null,
        to: to.toString(),
      },
      source: this.#options.source,
      interval: interval.name,
      adjusted: sample.adjusted,
      currency: sample.currency,
      read: answerDigest({ bars: new Map(taken.map((one) => [one.symbol.symbol, one.bars])) }),
    };
  }
}

function failedSymbol(symbol: string, { code, message }: EgxError): LoadSymbol {
  const nothing = { bars: 0, added: 0, first: null, last: null, notes: [] };
  return { symbol, outcome: "failed", ...nothing, error: { code, text: message } };
}

/** The starts of the bars that a request asks for. */
function spanOf({ interval, from, to }: ChunkRequest): AskedSpan {
  if (!interval.intraday) {
    return {
      firstMs: from === undefined ? -Infinity : startOfPeriod(interval, dayOfDate(from)),
      lastMs: startOfPeriod(interval, dayOfDate(to)),
    };
  }
  const startOfDay = (date: Temporal.PlainDate): number =>
    date.toZonedDateTime("Africa/Cairo").epochMilliseconds;
  return {
    firstMs: from === undefined ? -Infinity : startOfDay(from),
    lastMs: startOfDay(to.add({ days: 1 })) - 1,
  };
}
