import { orAborted } from "../../base/abort.ts";
import { EgxError, hasCode, toEgxError } from "../../base/errors.ts";
import { forEachWithin, limitTo } from "../../base/limit.ts";
import { startOfPeriod } from "../../market/bar.ts";
import { dayOfDate } from "../../market/cairo-time.ts";
import type { FeedEvent, FeedRequest } from "../feed.ts";
import type { Connection } from "./connection.ts";
import { EventQueue } from "./event-queue.ts";
import type { RequestFacts } from "./history.ts";
import type { TradingviewLimits } from "./limits.ts";
import type { Link } from "./link.ts";
import { LiveSeries, type LiveSeriesOptions, type Since } from "./live-series.ts";
import { followFromMs, nextRefreshMs, refreshFromMs } from "./refresh.ts";
import { slept } from "./waiting.ts";

export interface LivePassOptions {
  readonly links: readonly Link[];
  readonly limits: TradingviewLimits;
  readonly facts: RequestFacts;
  readonly request: FeedRequest;
}

/** A symbol that is followed, and how it fares. */
interface Followed {
  readonly series: LiveSeries;
  /** Given up until the next refresh, and said so. */
  isFailed: boolean;
  /** Failures in a row that may pass. */
  failures: number;
  /** Whether its last sessions are to be fetched again. */
  isRefresh: boolean;
}

/** The symbols that share a link. */
class Group {
  readonly link: Link;
  readonly followed: readonly Followed[];
  /** When the last sessions are fetched again next, by the feed's clock; null before the first. */
  refreshMs: number | null = null;
  #lost = Promise.withResolvers<void>();

  constructor(link: Link, symbols: readonly string[], shared: Omit<LiveSeriesOptions, "symbol">) {
    this.link = link;
    this.followed = symbols.map((symbol) => ({
      series: new LiveSeries({ ...shared, symbol, onLost: () => this.#lost.resolve() }),
      isFailed: false,
      failures: 0,
      isRefresh: false,
    }));
  }

  /** Resolves when a symbol has lost its session since this was asked. */
  lost(): Promise<void> {
    this.#lost = Promise.withResolvers<void>();
    return this.#lost.promise;
  }

  /** From now on, what is opened begins some sessions back. */
  refresh(nowMs: number): void {
    for (const followed of this.followed) {
      followed.isRefresh = true;
      followed.isFailed = false;
      followed.failures = 0;
    }
    this.refreshMs = nextRefreshMs(nowMs);
  }

  close(): void {
    for (const { series } of this.followed) series.close();
  }
}

const failuresMax = 3;
const reopenMs = 1000;
/** Bars that come meanwhile are looked at after this time at the latest. */
const finalsEveryMsMax = 5000;
/** During a rest, the feed is asked again whether it is over. */
const restMs = 30_000;

/** Follows symbols until it is stopped, across lost connections and refused sessions. */
export class LivePass {
  readonly #options: LivePassOptions;
  readonly #queue = new EventQueue();

  constructor(options: LivePassOptions) {
    this.#options = options;
  }

  /**
   * @throws E_USAGE for more symbols than can be followed; what concerns the whole feed, when it
   *   cannot be had at the start or will not be had by waiting.
   */
  async *events(symbols: readonly string[], signal: AbortSignal): AsyncGenerator<FeedEvent> {
    const groups = this.#groups(symbols);
    const stop = new AbortController();
    const running = AbortSignal.any([signal, stop.signal]);
    try {
      await this.#options.links[0]?.connection(running);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const tasks = [
      ...groups.map((group) => this.#guarded(this.#keep(group, running), running)),
      this.#guarded(this.#giveFinals(groups, running), running),
    ];
    try {
      yield* this.#queue.read(signal);
    } finally {
      stop.abort(new EgxError("E_ABORTED", "nobody follows any more"));
      await Promise.all(tasks);
      for (const group of groups) group.close();
    }
  }

  async #guarded(task: Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await task;
    } catch (error) {
      if (!signal.aborted) this.#queue.fail(toEgxError(error));
    }
  }

  #groups(symbols: readonly string[]): readonly Group[] {
    const { links, limits, facts, request } = this.#options;
    const perLink = limits.followedPerSocketMax;
    const most = perLink * links.length;
    if (symbols.length > most) {
      throw new EgxError("E_USAGE", `${symbols.length} symbols cannot be followed at once`, {
        hint: `Name ${most} at the most.`,
      });
    }
    const { interval } = request;
    const shared = { interval, facts, limits, queue: this.#queue, onLost: () => undefined };
    const size = Math.ceil(symbols.length / Math.max(1, Math.ceil(symbols.length / perLink)));
    return links
      .map((link, place) => ({ link, own: symbols.slice(place * size, (place + 1) * size) }))
      .filter(({ own }) => own.length > 0)
      .map(({ link, own }) => new Group(link, own, shared));
  }

  /** Keeps a group's symbols followed until the signal aborts. */
  async #keep(group: Group, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const connection = await this.#connected(group, signal);
      if (connection === null) return;
      const over = new AbortController();
      const present = AbortSignal.any([signal, over.signal]);
      const refreshing = this.#refreshLater(group, connection, present);
      void connection.ending.then((error) => over.abort(error));
      try {
        await this.#openUntilOver(group, connection, present);
      } finally {
        over.abort();
        await refreshing;
        group.close();
      }
      // A token that the feed refuses after its hello will not be taken the next time either.
      if (connection.ended?.retryable === false) throw connection.ended;
    }
  }

  /** The link's connection, however long it takes; null when the signal aborts. */
  async #connected(group: Group, signal: AbortSignal): Promise<Connection | null> {
    const { clock } = this.#options.facts;
    const sinceMs = clock.monotonicMs();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const connection = await group.link.connection(signal);
        const seconds = Math.round((clock.monotonicMs() - sinceMs) / 1000);
        if (attempt > 1) this.#notice(`the feed is back after ${seconds} s`);
        return connection;
      } catch (error) {
        if (signal.aborted) return null;
        if (!(error instanceof EgxError) || !error.retryable) throw error;
        if (attempt === 1) this.#notice(`${error.message}; it is tried again`);
        // A link waits by itself, but for a feed that wants to be left alone.
        const rests = hasCode(error, "E_FEED_BANNED");
        if (rests && !(await slept(clock, restMs, signal))) return null;
      }
    }
  }

  /** Opens whatever is not open, until the connection is over. */
  async #openUntilOver(group: Group, connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.facts;
    while (!signal.aborted) {
      const lost = group.lost();
      const isDone = await this.#openAll(group, connection, signal);
      if (isDone && !(await settled(lost, signal))) return;
      if (!(await slept(clock, reopenMs, signal))) return;
      if (!connection.isSpent) continue;
      connection.end(new EgxError("E_FEED_UNREACHABLE", "the connection has had its sessions"));
    }
  }

  /** Opens what is not open; false when some of it is to be tried again. */
  async #openAll(group: Group, connection: Connection, signal: AbortSignal): Promise<boolean> {
    const { limits } = this.#options;
    const closed = group.followed.filter(({ isFailed, series }) => !isFailed && !series.isUp);
    let again = 0;
    await forEachWithin(limitTo(limits.requestsPerSocket), closed, async (followed) => {
      if (signal.aborted) return;
      const isOpen = await this.#open(followed, { group, connection }, signal);
      if (!isOpen) again += 1;
    });
    return again === 0;
  }

  /** Opens one symbol's series; false when that is to be tried again. */
  async #open(
    followed: Followed,
    { group, connection }: { readonly group: Group; readonly connection: Connection },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { series } = followed;
    try {
      await group.link.turn(signal);
      if (connection.isSpent) return false;
      const since = this.#since(followed, connection.serverMs());
      await group.link.during(() => series.open(connection, since, signal));
      followed.failures = 0;
      followed.isRefresh = false;
      return true;
    } catch (error) {
      if (signal.aborted || connection.ended !== null) return true;
      if (!(error instanceof EgxError)) throw error;
      followed.failures += 1;
      if (error.retryable && followed.failures < failuresMax) return false;
      followed.isFailed = true;
      this.#queue.push({ kind: "symbol-failed", symbol: series.symbol, error });
      return true;
    }
  }

  /** From where on a symbol's bars are wanted. */
  #since({ series, isRefresh }: Followed, nowMs: number): Since {
    const { interval, from, barsMax = Infinity } = this.#options.request;
    const { resumeMs } = series;
    if (resumeMs !== null) {
      const refreshMs = isRefresh ? refreshFromMs(nowMs, interval) : Infinity;
      return { ms: Math.min(resumeMs, refreshMs), owedFromMs: resumeMs, barsMax: Infinity };
    }
    if (from !== undefined) {
      const fromMs = startOfPeriod(interval, dayOfDate(from));
      return { ms: fromMs, owedFromMs: fromMs, barsMax };
    }
    if (barsMax < Infinity) return { ms: -Infinity, owedFromMs: null, barsMax };
    return { ms: followFromMs(nowMs, interval), owedFromMs: null, barsMax };
  }

  /** When it is time, ends the connection; on the next one the last sessions are fetched again. */
  async #refreshLater(group: Group, connection: Connection, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.facts;
    const nowMs = connection.serverMs();
    group.refreshMs ??= nextRefreshMs(nowMs);
    // What fell due while there was no connection is done on this one.
    if (group.refreshMs <= nowMs) group.refresh(nowMs);
    if (!(await slept(clock, group.refreshMs - nowMs, signal))) return;
    group.refresh(connection.serverMs());
    connection.end(new EgxError("E_FEED_UNREACHABLE", "the last sessions are fetched again"));
  }

  async #giveFinals(groups: readonly Group[], signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.facts;
    const all = groups.flatMap(({ followed }) => followed.map(({ series }) => series));
    let waitMs = 0;
    while (await slept(clock, waitMs, signal)) {
      const dueMs = all.map((series) => series.giveFinals());
      waitMs = Math.min(finalsEveryMsMax, ...dueMs);
    }
  }

  #notice(text: string): void {
    this.#queue.push({ kind: "notice", text });
  }
}

/** Waits; false when the signal aborts before. */
async function settled(promise: Promise<void>, signal: AbortSignal): Promise<boolean> {
  try {
    await orAborted(promise, signal);
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  }
}
