import { orAborted } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Adjustment } from "../../market/bar.ts";
import type { Row } from "./bars.ts";
import type { Connection, SessionHandler } from "./connection.ts";
import { isSessionsSpent, seriesRefusal, sessionRefusal, symbolRefusal } from "./errors.ts";
import type { TradingviewLimits } from "./limits.ts";
import type { SessionMessage, SymbolInfo } from "./messages.ts";

/** Which bars are wanted of which symbol. */
export interface SeriesRequest {
  /** As people know it, `COMI`. */
  readonly symbol: string;
  /** As the feed knows it, `EGX:COMI`. */
  readonly name: string;
  readonly adjusted: Exclude<Adjustment, "none">;
  /** As the feed writes it: `1`, `60`, `1D`. */
  readonly resolution: string;
  /** Bars to ask for at first. */
  readonly count: number;
  /** Whether what has come covers the request, so that older bars need not be asked for. */
  readonly isCovered: (series: Series) => boolean;
}

/** The bars of one series, as they are known by now. */
export interface Series {
  /** By their time as the feed wrote it, in no order; a later row replaces an earlier one. */
  readonly rows: ReadonlyMap<unknown, Row>;
  readonly info: SymbolInfo;
  readonly updateMode: string;
  /** Whether the feed says that there are no older bars. */
  readonly end: boolean;
}

export interface ChartSessionOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly limits: TradingviewLimits;
}

/** Who follows a series once it is there. */
export interface Follower {
  readonly onRows: (rows: readonly Row[]) => void;
  /** The series is no more: it, its session or its connection ended. */
  readonly onEnd: () => void;
}

const noInfo: SymbolInfo = { currency: null, type: null, plots: null, timezone: null };

/** A series under way. */
class Current {
  readonly request: SeriesRequest;
  readonly symbolId: string;
  readonly seriesId: string;
  readonly turnaround: string;
  readonly rows = new Map<unknown, Row>();
  info = noInfo;
  updateMode = "";
  end = false;
  /** When what is known of each bar was sent. */
  readonly #sentMs = new Map<unknown, number>();
  #step = Promise.withResolvers<void>();

  constructor(request: SeriesRequest, number: number) {
    this.request = request;
    this.symbolId = `sds_sym_${number}`;
    this.seriesId = `sds_${number}`;
    this.turnaround = `s${number}`;
  }

  /** Waits for the end of the answer to the last request. */
  async answered(signal: AbortSignal): Promise<void> {
    await orAborted(this.#step.promise, signal);
    this.#step = Promise.withResolvers<void>();
  }

  /** Takes a row; false for one that was sent before what is known of its bar. */
  put(row: Row, sentMs: number | null): boolean {
    const [time] = row;
    if (sentMs !== null) {
      if (sentMs < (this.#sentMs.get(time) ?? -Infinity)) return false;
      this.#sentMs.set(time, sentMs);
    }
    this.rows.set(time, row);
    return true;
  }

  complete(updateMode: string, end: boolean): void {
    this.updateMode = updateMode;
    this.end ||= end;
    this.#step.resolve();
  }

  fail(cause: EgxError): void {
    // Nobody waits when it was followed.
    this.#step.promise.catch(() => undefined);
    this.#step.reject(cause);
  }
}

const olderBarsMin = 100;
const olderBarsMax = 5000;
/** One may be the end of an earlier answer that came twice. */
const barrenAnswersMax = 2;

/**
 * A chart session: one series after the other, each under ids of its own, so that late answers to
 * an earlier one are told from those to the present one.
 */
export class ChartSession implements SessionHandler {
  readonly #options: ChartSessionOptions;
  readonly #id: string;
  #current: Current | null = null;
  #series = 0;
  #ended: EgxError | null = null;
  #follower: Follower | null = null;

  /** @throws why the connection is no more. */
  constructor(options: ChartSessionOptions) {
    this.#options = options;
    const { connection } = options;
    this.#id = connection.session("cs", this);
    connection.send("chart_create_session", [this.#id, ""]);
    // The times of bars are UTC in any zone; their grouping into days and weeks is the exchange's.
    connection.send("switch_timezone", [this.#id, "exchange"]);
  }

  get connection(): Connection {
    return this.#options.connection;
  }

  /** Whether another series may be asked for. */
  get isUsable(): boolean {
    const { limits, connection } = this.#options;
    return this.#ended === null && !connection.isSpent && this.#series < limits.seriesPerSessionMax;
  }

  /**
   * The bars of a symbol. The series before it is given up. Ends when the feed says that it is
   * done, never by the number of bars.
   * @throws E_FEED_SYMBOL_UNKNOWN, E_FEED_NOT_ENTITLED, E_FEED_REFUSED, E_FEED_TIMEOUT; why the
   *   connection is no more; the signal's reason.
   */
  async load(request: SeriesRequest, signal: AbortSignal): Promise<Series> {
    if (this.#ended !== null) throw this.#ended;
    this.#remove();
    this.#series += 1;
    const current = new Current(request, this.#series);
    this.#current = current;
    const deadline = new AbortController();
    const either = AbortSignal.any([signal, deadline.signal]);
    const timing = this.#timeOut(request, deadline, signal);
    try {
      this.#create(current);
      await current.answered(either);
      await this.#loadOlder(current, either);
      return current;
    } catch (error) {
      if (this.#current === current) this.#current = null;
      throw error;
    } finally {
      deadline.abort();
      await timing;
    }
  }

  /** Tells `follower` what becomes of the series that was loaded last. */
  follow(follower: Follower): void {
    // The message that completed the series may have ended it, too.
    if (this.#ended !== null || this.#current === null) follower.onEnd();
    else this.#follower = follower;
  }

  /** Gives the session up. Idempotent. */
  close(): void {
    const { connection } = this.#options;
    this.#follower = null;
    this.#current = null;
    if (this.#ended !== null) return;
    this.#ended = new EgxError("E_ABORTED", "the chart session is closed");
    connection.send("chart_delete_session", [this.#id]);
    connection.drop(this.#id);
  }

  onMessage(message: SessionMessage, sentMs: number | null): void {
    if (message.kind === "critical-error") this.#onCritical(message.reason, message.info);
    else if (this.#current !== null) this.#onAnswer(this.#current, message, sentMs);
  }

  onEnd(error: EgxError): void {
    this.#ended ??= error;
    this.#refuse(error);
  }

  #create(current: Current): void {
    const { connection } = this.#options;
    const { symbolId, seriesId, turnaround, request } = current;
    const symbol = { adjustment: request.adjusted, session: "regular", symbol: request.name };
    connection.send("resolve_symbol", [this.#id, symbolId, `=${JSON.stringify(symbol)}`]);
    const series = [this.#id, seriesId, turnaround, symbolId, request.resolution, request.count];
    connection.send("create_series", [...series, ""]);
  }

  /** Asks for older bars until the request is covered, or none come any more. */
  async #loadOlder(current: Current, signal: AbortSignal): Promise<void> {
    const { request, rows, seriesId } = current;
    const count = Math.min(olderBarsMax, Math.max(olderBarsMin, request.count));
    for (let barren = 0; barren < barrenAnswersMax;) {
      if (current.end || request.isCovered(current)) return;
      const before = rows.size;
      this.#options.connection.send("request_more_data", [this.#id, seriesId, count]);
      await current.answered(signal);
      barren = rows.size === before ? barren + 1 : 0;
    }
  }

  /** Ends `deadline` when the time of a request is over. */
  async #timeOut(
    { symbol }: SeriesRequest,
    deadline: AbortController,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, limits } = this.#options;
    try {
      await clock.sleep(limits.requestTimeoutMs, AbortSignal.any([signal, deadline.signal]));
    } catch {
      return;
    }
    const text = `${symbol}: not answered within ${limits.requestTimeoutMs} ms`;
    deadline.abort(new EgxError("E_FEED_TIMEOUT", text));
  }

  #onAnswer(current: Current, message: SessionMessage, sentMs: number | null): void {
    switch (message.kind) {
      case "symbol-resolved":
        if (message.symbolId === current.symbolId) current.info = message.info;
        return;
      case "symbol-error":
        if (message.symbolId !== current.symbolId) return;
        return this.#refuse(symbolRefusal(current.request.symbol, message.reasons));
      case "series-error":
        if (!isOf(current, message)) return;
        return this.#refuse(seriesRefusal(current.request.symbol, message.reason));
      case "series-completed":
        if (isOf(current, message)) current.complete(message.updateMode, message.end);
        return;
      case "bars":
        for (const { rows } of message.updates.filter((update) => isOf(current, update))) {
          this.#onRows(current, rows, sentMs);
        }
        return;
      case "critical-error":
      case "quote":
      case "quote-completed":
    }
  }

  #onRows(current: Current, rows: readonly Row[], sentMs: number | null): void {
    const newer = rows.filter((row) => current.put(row, sentMs));
    if (newer.length > 0) this.#follower?.onRows(newer);
  }

  #onCritical(reason: string, info: string): void {
    const { connection } = this.#options;
    if (isSessionsSpent(reason)) connection.spend();
    const error = sessionRefusal(reason, info);
    this.#ended ??= error;
    connection.drop(this.#id);
    this.#refuse(error);
  }

  /** The series that is under way, or was followed, is no more. */
  #refuse(error: EgxError): void {
    const current = this.#current;
    const follower = this.#follower;
    this.#current = null;
    this.#follower = null;
    current?.fail(error);
    follower?.onEnd();
  }

  #remove(): void {
    const current = this.#current;
    this.#current = null;
    this.#follower = null;
    if (current === null) return;
    this.#options.connection.send("remove_series", [this.#id, current.seriesId]);
  }
}

/** Whether a message is of the series that is under way, and answers its request. */
function isOf(
  current: Current,
  message: { readonly seriesId: string; readonly turnaround: string | null },
): boolean {
  if (current.seriesId !== message.seriesId) return false;
  return message.turnaround === null || message.turnaround === current.turnaround;
}
