import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { RetryAttempt } from "../../base/retry.ts";
import type { Adjustment } from "../../market/bar.ts";
import { firstDay, msPerDay } from "../../market/cairo-time.ts";
import type { IntervalCode } from "../../market/interval.ts";
import { listingOf } from "../../market/universe.ts";
import type { Feed, FeedRequest } from "../feed.ts";
import { HttpClient } from "../http.ts";
import { daysAsked, serviceFeed, type ServiceAnswer } from "../service-feed.ts";
import { barsOfRows, type ServiceRow } from "../service-rows.ts";
import { dailyRows, parseChart, timedRows, type Chart } from "./chart.ts";

export interface YahooOptions {
  /** Where the chart is; default {@link yahooUrl}. */
  readonly url?: string;
  /** How prices are to be adjusted. Default as Yahoo gives them: for splits. */
  readonly adjusted?: Adjustment;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each failure that is tried again. */
  readonly onRetry?: (attempt: RetryAttempt) => void;
  /** The tickers that "all" stands for: Yahoo has no list of an exchange. */
  readonly universe: () => Promise<readonly string[]>;
}

export const yahooUrl = "https://query2.finance.yahoo.com";

/** What Yahoo keeps of an interval, and how much of it one request may ask for, in days. */
interface Kept {
  readonly code: string;
  readonly keptDays: number;
  readonly askedDays: number;
}

const kept: Partial<Readonly<Record<IntervalCode, Kept>>> = {
  "1m": { code: "1m", keptDays: 29, askedDays: 7 },
  "5m": { code: "5m", keptDays: 59, askedDays: 59 },
  "15m": { code: "15m", keptDays: 59, askedDays: 59 },
  "30m": { code: "30m", keptDays: 59, askedDays: 59 },
  "1h": { code: "60m", keptDays: 729, askedDays: 729 },
};
const exchangeName = "CAI";
/** Yahoo bars who asks much faster. */
const gapMs = 500;
const pollMs = 60_000;
const delaySeconds = 1200;
/** Without a browser's name Yahoo answers 429 to everything. */
const headers = { "user-agent": "Mozilla/5.0", accept: "application/json" };

/** Histories of Yahoo's charts (`COMI.CA`), from days to minutes. */
export function yahooFeed(options: YahooOptions): Feed {
  const { clock, adjusted = "splits", random, onRetry } = options;
  const http = new HttpClient({
    name: "Yahoo",
    clock,
    random,
    gapMs,
    headers,
    ...(onRetry === undefined ? {} : { onRetry }),
  });
  const yahoo = new Yahoo(options, http);
  return serviceFeed({
    source: "yahoo",
    adjusted,
    delaySeconds,
    clock,
    pollMs,
    symbols: () => options.universe(),
    read: (symbol, request, signal) => yahoo.read(symbol, request, signal),
  });
}

class Yahoo {
  readonly #options: YahooOptions;
  readonly #http: HttpClient;
  readonly #adjusted: Adjustment;

  constructor(options: YahooOptions, http: HttpClient) {
    this.#options = options;
    this.#http = http;
    this.#adjusted = options.adjusted ?? "splits";
  }

  async read(symbol: string, request: FeedRequest, signal: AbortSignal): Promise<ServiceAnswer> {
    const { interval } = request;
    if (interval.code === "1d") return this.#daily(symbol, request, signal);
    const spans = kept[interval.code];
    if (spans === undefined || this.#adjusted !== "splits") {
      const what = spans === undefined ? interval.name : `${interval.name} (${this.#adjusted})`;
      throw new EgxError("E_FEED_REFUSED", `bars of ${what} are not taken from Yahoo`, {
        hint: "Days come in each adjustment, 1 minute to 1 hour for splits alone.",
      });
    }
    return this.#intraday(symbol, { request, spans }, signal);
  }

  async #daily(symbol: string, request: FeedRequest, signal: AbortSignal): Promise<ServiceAnswer> {
    const nowMs = this.#options.clock.nowMs();
    const { first, last } = daysAsked(request, { firstDay, nowMs });
    if (first > last) return { bars: [], rejected: [] };
    // All later splits are needed to undo them.
    const end = this.#adjusted === "none" ? nowMs / msPerDay + 2 : last + 2;
    const span = { fromMs: (first - 1) * msPerDay, toMs: Math.floor(end * msPerDay) };
    const chart = await this.#chart(symbol, { ...span, code: "1d" }, signal);
    return this.#bars(symbol, request, [{ chart, rows: dailyRows(chart, this.#adjusted) }]);
  }

  /** Asks for as many days at once as Yahoo gives, from the first day that it keeps. */
  async #intraday(
    symbol: string,
    { request, spans }: { readonly request: FeedRequest; readonly spans: Kept },
    signal: AbortSignal,
  ): Promise<ServiceAnswer> {
    const nowMs = this.#options.clock.nowMs();
    const oldest = Math.ceil(nowMs / msPerDay) - spans.keptDays;
    const { first, last } = daysAsked(request, { firstDay: oldest, nowMs });
    const from = Math.max(first, oldest);
    const parts: Part[] = [];
    for (let day = from; day <= last; day += spans.askedDays) {
      const until = Math.min(day + spans.askedDays, last + 2);
      const span = { fromMs: day * msPerDay, toMs: until * msPerDay, code: spans.code };
      const chart = await this.#chart(symbol, span, signal);
      parts.push({ chart, rows: timedRows(chart) });
    }
    const answer = this.#bars(symbol, request, parts);
    if (first >= from) return answer;
    const toMs = Math.min(from, last + 1) * msPerDay;
    return { ...answer, gap: { fromMs: first * msPerDay, toMs } };
  }

  async #chart(
    symbol: string,
    {
      fromMs,
      toMs,
      code,
    }: { readonly fromMs: number; readonly toMs: number; readonly code: string },
    signal: AbortSignal,
  ): Promise<Chart> {
    const url = new URL(
      `/v8/finance/chart/${encodeURIComponent(`${symbol}.CA`)}`,
      this.#options.url ?? yahooUrl,
    );
    url.search = new URLSearchParams({
      period1: String(Math.floor(fromMs / 1000)),
      period2: String(Math.floor(toMs / 1000)),
      interval: code,
      events: "div,split",
      includePrePost: "false",
    }).toString();
    const chart = parseChart(await this.#http.get(url, signal), symbol);
    checkInstrument(chart, symbol);
    return chart;
  }

  #bars(symbol: string, { interval }: FeedRequest, parts: readonly Part[]): ServiceAnswer {
    const [first] = parts;
    return barsOfRows(
      parts.flatMap(({ rows }) => rows),
      {
        symbol,
        interval,
        source: "yahoo",
        currency: first?.chart.currency ?? "EGP",
        adjusted: this.#adjusted,
        delaySeconds,
        arrivedMs: this.#options.clock.nowMs(),
      },
    );
  }
}

interface Part {
  readonly chart: Chart;
  readonly rows: readonly ServiceRow[];
}

/**
 * Some `.CA` names lead to other instruments.
 * @throws E_FEED_REFUSED when the chart is of another exchange or in another currency.
 */
function checkInstrument({ exchange, currency }: Chart, symbol: string): void {
  const known = listingOf(symbol)?.currency ?? null;
  const elsewhere = exchange !== null && exchange !== exchangeName;
  const foreign = currency !== null && known !== null && currency !== known;
  if (!elsewhere && !foreign) return;
  throw new EgxError(
    "E_FEED_REFUSED",
    `${symbol}.CA at Yahoo is another instrument: exchange ${exchange ?? "?"}, ${currency ?? "?"}`,
    { hint: "Take this symbol from another feed." },
  );
}
