import type { EgxError } from "../base/errors.ts";
import type { Adjustment, Bar } from "../market/bar.ts";
import type { Interval } from "../market/interval.ts";
import type { FeedTraffic } from "../telemetry/feed-traffic.ts";

/**
 * A source of bars. Both calls give batches as they come, in ascending time per symbol and
 * interval, but that live gives a bar again, after newer ones too, when it has changed or is final;
 * they end by themselves (history), or run until the signal aborts (live), and then
 * return rather than throw. What concerns one symbol or one row is a value and ends nothing;
 * what concerns the whole feed is thrown ({@link EgxError}; retryable when it may pass).
 */
export interface Feed {
  /** What bars of this feed carry as their source: `tradingview`, `csv:prices.csv`, `simulator`. */
  readonly source: string;
  /** What all bars of this feed carry as their adjustment; absent where only reading tells. */
  readonly adjusted?: Adjustment;
  /** Seconds by which the feed lags the market. */
  readonly delaySeconds: number;
  /** The tickers that "all" stands for; absent where only reading tells, as in a file. */
  symbols?(signal: AbortSignal): Promise<readonly string[]>;
  /** Bars of the past. */
  history(request: FeedRequest, signal: AbortSignal): AsyncIterable<FeedEvent>;
  /** Bars as they form, each as often as it changes, until the signal aborts. */
  live(request: FeedRequest, signal: AbortSignal): AsyncIterable<FeedEvent>;
  /** What has gone over its connections; absent where there are none, as with a file. */
  traffic?(): FeedTraffic;
  /** Releases connections; idempotent. */
  close(): Promise<void>;
}

export interface FeedRequest {
  /** Tickers, or "all" that the feed knows. */
  readonly symbols: readonly string[] | "all";
  readonly interval: Interval;
  /** First and last trading date in Cairo, both inclusive. */
  readonly from?: Temporal.PlainDate;
  readonly to?: Temporal.PlainDate;
  /** The newest bars of each symbol, this many at the most. */
  readonly barsMax?: number;
}

export type FeedEvent =
  /** `heard` is false when the feed said nothing: time alone has made these bars final. */
  | { readonly kind: "bars"; readonly bars: readonly Bar[]; readonly heard?: false }
  /** A row that is no valid bar: `message` is what it would have been on the wire. */
  | {
      readonly kind: "rejected";
      readonly symbol: string | null;
      readonly message: Uint8Array;
      readonly error: EgxError;
    }
  /** One symbol could not be had. */
  | { readonly kind: "symbol-failed"; readonly symbol: string; readonly error: EgxError }
  /** Bars of [fromMs, toMs) may be missing and could not be fetched again. */
  | {
      readonly kind: "gap";
      readonly symbol: string;
      readonly interval: Interval;
      readonly fromMs: number;
      readonly toMs: number;
    }
  /** The feed noticed something about itself that people should know. */
  | { readonly kind: "notice"; readonly text: string };
