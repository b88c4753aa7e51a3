import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { RetryAttempt } from "../../base/retry.ts";
import type { Adjustment } from "../../market/bar.ts";
import { dateText, firstDay, msPerDay } from "../../market/cairo-time.ts";
import type { IntervalCode } from "../../market/interval.ts";
import { listingOf } from "../../market/universe.ts";
import type { Feed, FeedRequest } from "../feed.ts";
import { HttpClient, type HttpAnswer } from "../http.ts";
import { daysAsked, serviceFeed, type ServiceAnswer } from "../service-feed.ts";
import { barsOfRows, type ServiceRow, type Split } from "../service-rows.ts";
import { dailyRows, parseEod, parseIntraday, parseSplits, parseSymbols } from "./answers.ts";

export interface EodhdOptions {
  /** Where the service is; default {@link eodhdUrl}. */
  readonly url?: string;
  /** The account's token. Shows in no log and no error. */
  readonly token: string;
  /** How prices are to be adjusted. Default as EODHD gives them: not at all. */
  readonly adjusted?: Adjustment;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each failure that is tried again. */
  readonly onRetry?: (attempt: RetryAttempt) => void;
}

export const eodhdUrl = "https://eodhd.com";

/** How many days of an interval one request may ask for; as many are asked for without --from. */
const intradayDays: Partial<Readonly<Record<IntervalCode, number>>> = {
  "1m": 120,
  "5m": 600,
  "1h": 7200,
};
/** A minute has 1000 requests. */
const gapMs = 100;
const pollMs = 15 * 60_000;
/** Days come after the close, minutes some hours after it. */
const delaySeconds = 86_400;

/** Histories of EODHD (`COMI.EGX`): days, as traded or adjusted, and 1 minute to 1 hour. */
export function eodhdFeed(options: EodhdOptions): Feed {
  const { clock, random, token, adjusted = "none", onRetry } = options;
  const http = new HttpClient({
    name: "EODHD",
    clock,
    random,
    gapMs,
    secrets: [token],
    ...(onRetry === undefined ? {} : { onRetry }),
  });
  const eodhd = new Eodhd(options, http);
  return serviceFeed({
    source: "eodhd",
    adjusted,
    delaySeconds,
    clock,
    pollMs,
    symbols: (signal) => eodhd.symbols(signal),
    read: (symbol, request, signal) => eodhd.read(symbol, request, signal),
  });
}

class Eodhd {
  readonly #options: EodhdOptions;
  readonly #http: HttpClient;
  readonly #adjusted: Adjustment;

  constructor(options: EodhdOptions, http: HttpClient) {
    this.#options = options;
    this.#http = http;
    this.#adjusted = options.adjusted ?? "none";
  }

  async symbols(signal: AbortSignal): Promise<readonly string[]> {
    return parseSymbols(await this.#get("exchange-symbol-list/EGX", {}, signal));
  }

  async read(symbol: string, request: FeedRequest, signal: AbortSignal): Promise<ServiceAnswer> {
    const { interval } = request;
    const nowMs = this.#options.clock.nowMs();
    if (interval.code === "1d") {
      const { first, last } = daysAsked(request, { firstDay, nowMs });
      const rows = first > last ? [] : await this.#daily(symbol, { first, last }, signal);
      return this.#bars(symbol, request, rows);
    }
    const step = intradayDays[interval.code];
    if (step === undefined || this.#adjusted !== "none") {
      const what = step === undefined ? interval.name : `${interval.name} (${this.#adjusted})`;
      throw new EgxError("E_FEED_REFUSED", `bars of ${what} are not taken from EODHD`, {
        hint: "Days come in each adjustment; 1m, 5m and 1h as traded alone.",
      });
    }
    const today = Math.floor(nowMs / msPerDay);
    const { first, last } = daysAsked(request, { firstDay: today - step + 2, nowMs });
    const rows: ServiceRow[] = [];
    for (let day = first; day <= last; day += step) {
      const until = Math.min(day + step, last + 1);
      rows.push(...(await this.#intraday(symbol, { request, day, until }, signal)));
    }
    return this.#bars(symbol, request, rows);
  }

  async #daily(
    symbol: string,
    { first, last }: { readonly first: number; readonly last: number },
    signal: AbortSignal,
  ): Promise<readonly ServiceRow[]> {
    const dates = { period: "d", order: "a", from: dateText(first), to: dateText(last) };
    const rows = parseEod(await this.#get(`eod/${codeOf(symbol)}`, dates, signal), symbol);
    // All later splits count, too.
    const splits: readonly Split[] =
      this.#adjusted === "splits"
        ? parseSplits(
            await this.#get(`splits/${codeOf(symbol)}`, { from: dateText(first) }, signal),
            symbol,
          )
        : [];
    return dailyRows(rows, this.#adjusted, splits);
  }

  async #intraday(
    symbol: string,
    asked: { readonly request: FeedRequest; readonly day: number; readonly until: number },
    signal: AbortSignal,
  ): Promise<readonly ServiceRow[]> {
    const { request, day, until } = asked;
    const seconds = (days: number): string => String((days * msPerDay) / 1000);
    const span = { interval: request.interval.code, from: seconds(day), to: seconds(until) };
    return parseIntraday(await this.#get(`intraday/${codeOf(symbol)}`, span, signal), symbol);
  }

  async #get(
    path: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { url: base, token } = this.#options;
    const url = new URL(`/api/${path}`, base ?? eodhdUrl);
    url.search = new URLSearchParams({ ...parameters, fmt: "json", api_token: token }).toString();
    return this.#http.get(url, signal);
  }

  #bars(symbol: string, { interval }: FeedRequest, rows: readonly ServiceRow[]): ServiceAnswer {
    return barsOfRows(rows, {
      symbol,
      interval,
      source: "eodhd",
      // EODHD's prices say no currency.
      currency: listingOf(symbol)?.currency ?? "EGP",
      adjusted: this.#adjusted,
      delaySeconds,
      arrivedMs: this.#options.clock.nowMs(),
    });
  }
}

function codeOf(symbol: string): string {
  return encodeURIComponent(`${symbol}.EGX`);
}
