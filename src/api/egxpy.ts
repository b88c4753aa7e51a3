import process from "node:process";
import { systemClock, type Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import { systemRandom } from "../base/random.ts";
import type { FeedRequest } from "../feeds/feed.ts";
import { tradingviewFeed, type TradingviewFeed } from "../feeds/tradingview/tradingview.ts";
import { barDate, type Bar } from "../market/bar.ts";
import { parseInterval } from "../market/interval.ts";
import { isSymbol } from "../market/symbol.ts";

export type { ErrorCode } from "../base/error-codes.ts";
export type { EgxError } from "../base/errors.ts";

/** Bars of a trading date, a week or a month. */
export type DailyInterval = "Daily" | "Weekly" | "Monthly";
/** Bars within a session. */
export type IntradayInterval = "1 Minute" | "5 Minute" | "15 Minute" | "30 Minute" | "1 Hour";

/** A bar; null is what the feed does not say, never 0. */
export interface OhlcvBar {
  /**
   * The bar's start. For Daily and longer its hour says nothing: it is 10:00 in Cairo of the
   * trading date, the week's Sunday, the month's first.
   */
  readonly start: Temporal.Instant;
  /** The date of the start in Cairo, whatever zone the program runs in. */
  readonly date: Temporal.PlainDate;
  /** Prices in `currency`, as the feed gave them. */
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  /** Shares. */
  readonly volume: number | null;
  /** False while the bar can still change. */
  readonly final: boolean;
  readonly currency: string;
  /** What prices are adjusted for. */
  readonly adjusted: "none" | "splits" | "dividends";
}

/** One symbol's bars, ascending; or why there are none. */
export type SymbolBars =
  | {
      readonly ok: true;
      readonly symbol: string;
      readonly bars: readonly OhlcvBar[];
      /** Rows that the feed gave and that are no bars: a price of 0, a high below the low. */
      readonly rejected: readonly EgxError[];
      /** Whether older bars were asked for than the feed keeps. */
      readonly truncated: boolean;
    }
  | {
      readonly ok: false;
      readonly symbol: string;
      /** `E_FEED_SYMBOL_UNKNOWN`, `E_FEED_NO_DATA`, `E_FEED_NOT_ENTITLED` … in its `code`. */
      readonly error: EgxError;
    };

/** A date in Cairo: `2025-11-24`, or a `Temporal.PlainDate`. */
export type CairoDate = string | Temporal.PlainDate;

export interface EgxDataOptions {
  /** Websocket address. Default: EGX_TRADINGVIEW_URL, else TradingView's own. */
  readonly url?: string;
  /** Default: EGX_TRADINGVIEW_TOKEN, else none; EGX bars need none. */
  readonly token?: string;
  /** Gives up whatever is under way; calls then reject with its reason. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** The three calls over a connection that is kept. Close it, or open it with `await using`. */
export interface EgxData extends AsyncDisposable {
  /** See {@link getOhlcvData}. */
  getOhlcvData(
    symbol: string,
    exchange: string,
    interval: DailyInterval | IntradayInterval,
    nBars: number,
  ): Promise<SymbolBars>;
  /** See {@link getEgxData}. */
  getEgxData(
    symbols: readonly string[],
    interval: DailyInterval,
    start: CairoDate,
    end: CairoDate,
  ): Promise<readonly SymbolBars[]>;
  /** See {@link getEgxIntradayData}. */
  getEgxIntradayData(
    symbols: readonly string[],
    interval: IntradayInterval,
    start: CairoDate,
    end: CairoDate,
  ): Promise<readonly SymbolBars[]>;
  /** Releases the connection; idempotent. */
  close(): Promise<void>;
}

/**
 * The newest bars of a symbol, `nBars` at the most; the last one may not be final.
 * @throws EgxError `E_USAGE` for arguments that cannot be meant; the codes of a feed that cannot be
 *   had (`E_FEED_UNREACHABLE`, `E_FEED_BANNED`, `E_FEED_TOKEN` …). What concerns the symbol is a value.
 */
export async function getOhlcvData(
  symbol: string,
  exchange: string,
  interval: DailyInterval | IntradayInterval,
  nBars: number,
): Promise<SymbolBars> {
  await using data = openEgxData();
  return await data.getOhlcvData(symbol, exchange, interval, nBars);
}

/**
 * Bars of EGX symbols from `start` to `end`, dates in Cairo, both inclusive; one answer a symbol,
 * in the order in which they were asked for. A symbol that cannot be had stops none of the others.
 * A week or a month belongs to the range when its first day does.
 * @throws as {@link getOhlcvData}.
 */
export async function getEgxData(
  symbols: readonly string[],
  interval: DailyInterval,
  start: CairoDate,
  end: CairoDate,
): Promise<readonly SymbolBars[]> {
  await using data = openEgxData();
  return await data.getEgxData(symbols, interval, start, end);
}

/**
 * Bars within sessions, as {@link getEgxData}; the last day counts as a whole. The feed keeps only
 * some weeks of one-minute bars: what it has not any more is told by `truncated`.
 * @throws as {@link getOhlcvData}.
 */
export async function getEgxIntradayData(
  symbols: readonly string[],
  interval: IntradayInterval,
  start: CairoDate,
  end: CairoDate,
): Promise<readonly SymbolBars[]> {
  await using data = openEgxData();
  return await data.getEgxIntradayData(symbols, interval, start, end);
}

/** For more than one call: the connection is made at the first, and kept. */
export function openEgxData(options: EgxDataOptions = {}): EgxData {
  return new KeptFeeds(options);
}

class KeptFeeds implements EgxData {
  readonly #options: EgxDataOptions;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #feeds = new Map<string, TradingviewFeed>();

  constructor(options: EgxDataOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async getOhlcvData(
    symbol: string,
    exchange: string,
    interval: DailyInterval | IntradayInterval,
    nBars: number,
  ): Promise<SymbolBars> {
    if (!Number.isSafeInteger(nBars) || nBars < 1) {
      throw new EgxError("E_USAGE", `${nBars} is no number of bars`);
    }
    const request = { symbols: [symbol], interval: parseInterval(interval), barsMax: nBars };
    const [answer] = await this.#ask(exchange, request);
    return answer ?? { ok: true, symbol, bars: [], rejected: [], truncated: false };
  }

  async getEgxData(
    symbols: readonly string[],
    interval: DailyInterval,
    start: CairoDate,
    end: CairoDate,
  ): Promise<readonly SymbolBars[]> {
    return this.#range(symbols, interval, { start, end });
  }

  async getEgxIntradayData(
    symbols: readonly string[],
    interval: IntradayInterval,
    start: CairoDate,
    end: CairoDate,
  ): Promise<readonly SymbolBars[]> {
    return this.#range(symbols, interval, { start, end });
  }

  async close(): Promise<void> {
    await Promise.all(this.#feeds.values().map(async (feed) => feed.close()));
    this.#feeds.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #range(
    symbols: readonly string[],
    interval: DailyInterval | IntradayInterval,
    { start, end }: { readonly start: CairoDate; readonly end: CairoDate },
  ): Promise<readonly SymbolBars[]> {
    const [from, to] = [dateOf(start), dateOf(end)];
    if (Temporal.PlainDate.compare(from, to) > 0) {
      throw new EgxError("E_USAGE", `${from.toString()} lies after ${to.toString()}`);
    }
    return this.#ask("EGX", { symbols, interval: parseInterval(interval), from, to });
  }

  async #ask(exchange: string, request: AskedBars): Promise<readonly SymbolBars[]> {
    const found = new Map(request.symbols.map((symbol) => [symbol, new Gathered(symbol)]));
    const symbols = request.symbols.filter(isSymbol);
    const feed = this.#feed(exchange);
    for await (const event of feed.history({ ...request, symbols }, this.#signal)) {
      switch (event.kind) {
        case "bars":
          for (const bar of event.bars) found.get(bar.symbol)?.bars.push(barOf(bar));
          break;
        case "rejected":
          found.get(event.symbol ?? "")?.rejected.push(event.error);
          break;
        case "symbol-failed": {
          const gathered = found.get(event.symbol);
          if (gathered !== undefined) gathered.error = event.error;
          break;
        }
        case "gap": {
          const gathered = found.get(event.symbol);
          if (gathered !== undefined) gathered.truncated = true;
          break;
        }
        case "notice":
          break;
      }
    }
    // A feed whose signal aborts ends; half an answer would look like a whole one.
    this.#signal.throwIfAborted();
    return [...found.values()].map((gathered) => gathered.answer());
  }

  #feed(exchange: string): TradingviewFeed {
    const kept = this.#feeds.get(exchange);
    if (kept !== undefined) return kept;
    const url = this.#options.url ?? setting("EGX_TRADINGVIEW_URL");
    const feed = tradingviewFeed({
      clock: this.#clock,
      random: systemRandom,
      exchange,
      token: this.#options.token ?? setting("EGX_TRADINGVIEW_TOKEN") ?? null,
      ...(url === undefined ? {} : { url }),
    });
    this.#feeds.set(exchange, feed);
    return feed;
  }
}

interface AskedBars extends FeedRequest {
  readonly symbols: readonly string[];
}

/** What has come of one symbol. */
class Gathered {
  readonly symbol: string;
  readonly bars: OhlcvBar[] = [];
  readonly rejected: EgxError[] = [];
  truncated = false;
  error: EgxError | null;

  /** A symbol that is spelt as none has failed before the feed is asked. */
  constructor(symbol: string) {
    this.symbol = symbol;
    this.error = isSymbol(symbol) ? null : notASymbol(symbol);
  }

  answer(): SymbolBars {
    const { symbol, bars, rejected, truncated, error } = this;
    if (error !== null) return { ok: false, symbol, error };
    return { ok: true, symbol, bars, rejected, truncated };
  }
}

function notASymbol(symbol: string): EgxError {
  const text = `${JSON.stringify(symbol)} is not a symbol`;
  return new EgxError("E_FEED_SYMBOL_UNKNOWN", text, {
    hint: "Symbols are written as COMI: in capitals, without the exchange.",
  });
}

function barOf(bar: Bar): OhlcvBar {
  const { open, high, low, close, volume, final, currency, adjusted } = bar;
  return {
    start: Temporal.Instant.fromEpochMilliseconds(bar.startMs),
    date: Temporal.PlainDate.from(barDate(bar)),
    open,
    high,
    low,
    close,
    volume,
    final,
    currency,
    adjusted,
  };
}

/** @throws E_USAGE for what is no date. */
function dateOf(date: CairoDate): Temporal.PlainDate {
  if (typeof date !== "string") return date;
  try {
    return Temporal.PlainDate.from(date);
  } catch (error) {
    throw new EgxError("E_USAGE", `${JSON.stringify(date)} is no date, such as 2025-11-24`, {
      cause: error,
    });
  }
}

/** An environment variable; an empty one counts as not set. */
function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}
