import type { BackfillOptions } from "../loads/backfill.ts";
import type { Adjustment, Bar } from "../market/bar.ts";
import { cairoDayOf } from "../market/cairo-time.ts";
import { symbolName } from "./market-days.ts";
import type { SilverBar } from "./silver-bar.ts";

/** A feed, as loads take it. */
export type HistoryFeed = BackfillOptions["feed"];
type HistoryRequest = Parameters<HistoryFeed["history"]>[0];
type HistoryEvent =
  ReturnType<HistoryFeed["history"]> extends AsyncIterable<infer Event> ? Event : never;

/** What is wanted of one symbol. */
export interface Wanted {
  /** Days of the units that are missing or wrong. */
  readonly days: ReadonlySet<number>;
  /** Days of units that hold bars which were taken too early: any final bar is better. */
  readonly early: ReadonlySet<number>;
  /** Whether the feed's bars join those that are stored, or must replace all of them. */
  readonly sameSource: boolean;
  /** The stored bars, by their start. */
  readonly stored: ReadonlyMap<number, SilverBar>;
}

/** What the feed said of one symbol. */
export interface FeedAnswer {
  /** Days of its first and last bar. */
  first: number;
  last: number;
  /** Bars of units that are right, which agree with the stored ones, and which do not. */
  agreed: number;
  differed: number;
  /** How many times the stored price the feed's is, where they differ; the middle one. */
  factor: number | null;
  /** Days whose stored bars are those of the feed, all of them. */
  readonly confirmed: Set<number>;
  /** Days of which bars were handed on. */
  readonly given: Set<number>;
  /** Days of which the feed knows less than is stored. */
  readonly poorer: Set<number>;
}

/** Prices that agree but for the rounding of fractions. */
const tolerance = 1e-6;

/**
 * A feed that hands on only what heals: final bars that are missing, or that say more than what is
 * stored. Bars of other days are held against the stored ones; where most of them differ, the
 * feed's prices are on another footing, and nothing of that symbol is handed on.
 */
export class HealingFeed implements HistoryFeed {
  readonly source: string;
  readonly adjusted?: Adjustment;
  readonly delaySeconds: number;
  /** By {@link symbolName}. */
  readonly answers = new Map<string, FeedAnswer>();
  /** Why symbols could not be had: codes, by the symbol alone. */
  readonly failed = new Map<string, { readonly code: string; readonly passing: boolean }>();
  readonly #feed: HistoryFeed;
  readonly #wanted: ReadonlyMap<string, Wanted>;

  constructor(feed: HistoryFeed, wanted: ReadonlyMap<string, Wanted>) {
    this.#feed = feed;
    this.#wanted = wanted;
    this.source = feed.source;
    this.delaySeconds = feed.delaySeconds;
    if (feed.adjusted !== undefined) this.adjusted = feed.adjusted;
  }

  async *history(request: HistoryRequest, signal: AbortSignal): AsyncGenerator<HistoryEvent> {
    const bars = new Map<string, Bar[]>();
    for await (const event of this.#feed.history(request, signal)) {
      if (event.kind === "bars") {
        for (const bar of event.bars) keep(bars, bar);
      } else if (event.kind === "symbol-failed") {
        const { code, retryable } = event.error;
        this.failed.set(event.symbol, { code, passing: retryable });
        yield event;
      } else if (event.kind !== "rejected") yield event;
    }
    for (const [name, ofSymbol] of bars) {
      const wanted = this.#wanted.get(name);
      if (wanted === undefined) continue;
      const healing = this.#compare(name, wanted, ofSymbol);
      if (healing.length > 0) yield { kind: "bars", bars: healing };
    }
  }

  live(request: HistoryRequest, signal: AbortSignal): AsyncIterable<HistoryEvent> {
    return this.#feed.live(request, signal);
  }

  /** The feed is closed by whoever opened it. */
  async close(): Promise<void> {
    return undefined;
  }

  #compare(name: string, wanted: Wanted, bars: readonly Bar[]): readonly Bar[] {
    const answer = answerOf(bars);
    this.answers.set(name, answer);
    answer.factor = compareOverlap(wanted, bars, answer);
    if (answer.differed > answer.agreed) return [];
    const byDay = Map.groupBy(bars, (bar) => cairoDayOf(bar.startMs));
    const stored = Map.groupBy(wanted.stored.values(), (bar) => cairoDayOf(bar.startMs));
    const given: Bar[] = [];
    for (const [day, ofDay] of byDay) {
      const better = wanted.days.has(day)
        ? ofDay.filter((bar) => isBetter(bar, wanted, answer))
        : [];
      if (better.length > 0) answer.given.add(day);
      else if (wanted.days.has(day) && areConfirmed(stored.get(day) ?? [], ofDay)) {
        answer.confirmed.add(day);
      }
      // Bars of another source count only when they have the longer history.
      given.push(...(wanted.sameSource ? better : ofDay.filter(({ final }) => final)));
    }
    return given;
  }
}

function keep(bars: Map<string, Bar[]>, bar: Bar): void {
  const name = symbolName(bar);
  const known = bars.get(name);
  if (known === undefined) bars.set(name, [bar]);
  else known.push(bar);
}

function answerOf(bars: readonly Bar[]): FeedAnswer {
  const days = bars.map(({ startMs }) => cairoDayOf(startMs));
  return {
    first: days.reduce((least, day) => Math.min(least, day), Infinity),
    last: days.reduce((most, day) => Math.max(most, day), -Infinity),
    agreed: 0,
    differed: 0,
    factor: null,
    confirmed: new Set(),
    given: new Set(),
    poorer: new Set(),
  };
}

/** Counts into `answer`; gives the middle factor of the prices that differ. */
function compareOverlap(wanted: Wanted, bars: readonly Bar[], answer: FeedAnswer): number | null {
  const factors: number[] = [];
  for (const bar of bars) {
    const stored = wanted.stored.get(bar.startMs);
    const settled =
      stored?.final === true && bar.final && !wanted.days.has(cairoDayOf(bar.startMs));
    if (stored === undefined || !settled) continue;
    if (Math.abs(bar.close - stored.close) <= tolerance * stored.close) answer.agreed += 1;
    else {
      answer.differed += 1;
      factors.push(bar.close / stored.close);
    }
  }
  return factors.toSorted((left, right) => left - right)[factors.length >> 1] ?? null;
}

/** Whether a bar is to be stored: a final one that adds something and takes nothing away. */
function isBetter(bar: Bar, wanted: Wanted, answer: FeedAnswer): boolean {
  if (!bar.final) return false;
  const stored = wanted.stored.get(bar.startMs);
  if (stored === undefined) return true;
  const day = cairoDayOf(bar.startMs);
  const lost = (["open", "high", "low", "volume"] as const).some(
    (field) => bar[field] === null && stored[field] !== null && stored[field] !== 0,
  );
  if (lost && stored.final) {
    answer.poorer.add(day);
    return false;
  }
  return !stored.final || wanted.early.has(day) || !sameContent(stored, bar);
}

function areConfirmed(stored: readonly SilverBar[], bars: readonly Bar[]): boolean {
  const byStart = new Map(bars.map((bar) => [bar.startMs, bar]));
  return (
    stored.length > 0 &&
    stored.every((bar) => {
      const other = byStart.get(bar.startMs);
      return other !== undefined && sameContent(bar, other);
    })
  );
}

function sameContent(stored: SilverBar, bar: Bar): boolean {
  return (
    stored.close === bar.close &&
    stored.open === bar.open &&
    stored.high === bar.high &&
    stored.low === bar.low &&
    stored.volume === bar.volume
  );
}
