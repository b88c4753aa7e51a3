import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import { startOfPeriod, type Adjustment, type Bar } from "../../market/bar.ts";
import { cairoDayOf } from "../../market/cairo-time.ts";
import type { FeedEvent, FeedRequest } from "../feed.ts";
import { barsOf, delayOfMode, type SeriesFacts } from "./bars.ts";
import type { Series, SeriesRequest } from "./chart-session.ts";
import { loadSeries } from "./load.ts";
import { isCovered, isWanted, needOf, resolutionOf, type Need } from "./need.ts";
import type { Slots } from "./slots.ts";
import { untilAborted } from "./waiting.ts";

/** What all requests of a feed have in common. */
export interface RequestFacts {
  readonly exchange: string;
  readonly adjusted: Exclude<Adjustment, "none">;
  readonly clock: Clock;
  /** Told of the update mode of each series. */
  readonly onDelay: (seconds: number) => void;
}

/** Requests that are under way, or done and not given yet. */
const aheadMax = 64;
const batchBarsMax = 5000;

/** The oldest bar that each series is known to have, to tell a shrunken answer. */
export type Reached = Map<string, number>;

/** Bars of the past, symbol by symbol in the order in which they were asked for. */
export class HistoryPass {
  readonly #slots: Slots;
  readonly #facts: RequestFacts;
  readonly #need: Need;
  readonly #reached: Reached;

  constructor(slots: Slots, facts: RequestFacts, request: FeedRequest, reached: Reached) {
    this.#slots = slots;
    this.#facts = facts;
    this.#reached = reached;
    this.#need = needOf(request, facts.clock.nowMs());
  }

  async *events(symbols: readonly string[], signal: AbortSignal): AsyncGenerator<FeedEvent> {
    if (this.#need.barsMax <= 0) return;
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    const waiting: Promise<readonly FeedEvent[]>[] = [];
    let next = 0;
    try {
      for (let given = 0; given < symbols.length && !signal.aborted; given += 1) {
        for (; next < symbols.length && waiting.length < aheadMax; next += 1) {
          const events = this.#symbol(symbols[next] ?? "", either);
          events.catch(() => undefined);
          waiting.push(events);
        }
        yield* untilAborted((await waiting.shift()) ?? [], signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      left.abort(new EgxError("E_ABORTED", "history is read no further"));
      await Promise.allSettled(waiting);
    }
  }

  async #symbol(symbol: string, signal: AbortSignal): Promise<readonly FeedEvent[]> {
    const first = await this.#load(symbol, signal);
    if (!this.#isShrunken(symbol, first)) return this.#remember(symbol, first);
    const second = await this.#load(symbol, signal);
    return this.#remember(symbol, second.bars.length > first.bars.length ? second : first);
  }

  async #load(symbol: string, signal: AbortSignal): Promise<Answer> {
    const request = seriesRequest(symbol, this.#facts, this.#need);
    const loaded = await loadSeries(this.#slots, request, signal);
    if (!loaded.ok) return { bars: [], others: [failed(symbol, loaded.error)], covered: true };
    const { series, serverMs } = loaded;
    const { clock, onDelay } = this.#facts;
    const facts = seriesFacts(symbol, this.#facts, { need: this.#need, series });
    onDelay(facts.delaySeconds);
    const hostMs = clock.nowMs();
    const { bars, rejected } = barsOf(series.rows.values(), facts, { serverMs, hostMs });
    const { barsMax } = this.#need;
    const wanted = bars.filter((bar) => isWanted(bar, this.#need));
    const covered = series.end || isCovered(series, this.#need);
    const newest = barsMax < wanted.length ? wanted.slice(-barsMax) : wanted;
    return { bars: newest, others: rejected, covered };
  }

  /** Whether an answer reaches less far back than one before it did, and not all that is needed. */
  #isShrunken(symbol: string, { bars, covered }: Answer): boolean {
    const reachedMs = this.#reached.get(this.#key(symbol));
    if (reachedMs === undefined) return false;
    const oldestMs = bars[0]?.startMs ?? Infinity;
    return !covered && reachedMs < oldestMs && cairoDayOf(reachedMs) >= this.#need.fromDay;
  }

  #remember(symbol: string, answer: Answer): readonly FeedEvent[] {
    const { bars, others, covered } = answer;
    const [oldest] = bars;
    const key = this.#key(symbol);
    if (oldest !== undefined && oldest.startMs < (this.#reached.get(key) ?? Infinity)) {
      this.#reached.set(key, oldest.startMs);
    }
    const events: FeedEvent[] = [...others];
    for (let from = 0; from < bars.length; from += batchBarsMax) {
      events.push({ kind: "bars", bars: bars.slice(from, from + batchBarsMax) });
    }
    if (oldest === undefined && others.length === 0) events.push(empty(symbol, covered));
    if (!covered && oldest !== undefined) events.push(...missing(oldest, this.#need));
    return events;
  }

  #key(symbol: string): string {
    return `${symbol}|${this.#need.interval.code}`;
  }
}

interface Answer {
  readonly bars: readonly Bar[];
  readonly others: readonly FeedEvent[];
  /** Whether nothing older is lacking that there may be. */
  readonly covered: boolean;
}

/** The request for the bars that are needed of a symbol. */
export function seriesRequest(symbol: string, facts: RequestFacts, need: Need): SeriesRequest {
  return {
    symbol,
    name: `${facts.exchange}:${symbol}`,
    adjusted: facts.adjusted,
    resolution: resolutionOf(need.interval),
    count: need.count,
    isCovered: (series) => isCovered(series, need),
  };
}

/** What the bars of a series that was loaded have in common. */
export function seriesFacts(
  symbol: string,
  { exchange, adjusted }: Pick<RequestFacts, "exchange" | "adjusted">,
  { need, series }: { readonly need: Pick<Need, "interval">; readonly series: Series },
): SeriesFacts {
  const delaySeconds = delayOfMode(series.updateMode);
  return { symbol, exchange, interval: need.interval, adjusted, info: series.info, delaySeconds };
}

function failed(symbol: string, error: EgxError): FeedEvent {
  return { kind: "symbol-failed", symbol, error };
}

function empty(symbol: string, covered: boolean): FeedEvent {
  const text = covered
    ? `${symbol}: the feed has no bars for what was asked`
    : `${symbol}: the feed has no bars for what was asked; it may lie before what the feed keeps`;
  return failed(symbol, new EgxError("E_FEED_NO_DATA", text));
}

/** The stretch from the first date that was asked for to the oldest bar that the feed gives. */
function missing(oldest: Bar, { fromDay, interval }: Need): readonly FeedEvent[] {
  if (!Number.isFinite(fromDay)) return [];
  const fromMs = startOfPeriod(interval, fromDay);
  if (fromMs >= oldest.startMs) return [];
  return [{ kind: "gap", symbol: oldest.symbol, interval, fromMs, toMs: oldest.startMs }];
}
