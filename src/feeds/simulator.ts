import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import type { Bar } from "../market/bar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { egxCalendar, type Calendar } from "../market/calendar.ts";
import { parseInterval, type Interval } from "../market/interval.ts";
import type { Feed, FeedEvent, FeedRequest } from "./feed.ts";
import { checkSpeed, MarketTime } from "./market-time.ts";
import { SessionBars, simulatorDelaySeconds } from "./simulator-bars.ts";
import { firstSimulatedDate } from "./simulator-calendar.ts";
import { SimulatedExchange, type SimulatedSession } from "./simulator-exchange.ts";
import { sessionTicks } from "./simulator-live.ts";
import { listings } from "../market/universe.ts";
import { symbolsDefault, type SimulatedSymbol } from "./simulator-universe.ts";

export interface SimulatorOptions {
  /** The same seed and arguments give the same bars to the byte. */
  readonly seed: number | string;
  /** Market seconds a second; 0 or Infinity is as fast as possible. */
  readonly speed: number;
  readonly clock: Clock;
  /** Listings, 1-720. Default 230. */
  readonly symbols?: number;
  /** Whether the exchange has indices, too. Default: none. */
  readonly indices?: boolean;
  /** The date of `live`'s first session, or of one soon before it. Default: today in Cairo. */
  readonly startDate?: Temporal.PlainDate;
  /**
   * The minute of that session, since its opening, at which `live` begins: of its bars those that
   * have ended by then are of the past. Default 0.
   */
  readonly startMinute?: number;
  /** Sessions after which `live` ends by itself. Default: never. */
  readonly sessions?: number;
  /** Default: the exchange's regular hours. */
  readonly calendar?: Calendar;
}

export interface SimulatorFeed extends Feed {
  /** The market time that `live` has come to, or begins at; epoch milliseconds. */
  marketMs(): number;
  /** From now on, `live` plays what lies before this market time as fast as possible. */
  goOnFrom(marketMs: number): void;
}

const lent: ReadonlySet<string> = new Set(listings.map(({ symbol }) => symbol));
const daily = parseInterval("1d");
const batchBars = 1000;

/**
 * A made-up exchange. `history` gives the final bars of past sessions (without `to`: up to the
 * one before `live`'s first); `live` plays session after session without the nights between them.
 * Bars carry the simulated time of their arrival, so that nothing in them comes from the host's
 * clock. See `docs/feeds/simulator.md`.
 * @throws E_USAGE for a number of symbols or a speed that cannot be.
 */
export function simulatorFeed(options: SimulatorOptions): SimulatorFeed {
  checkSpeed(options.speed);
  const { symbols = symbolsDefault, indices = false, calendar = egxCalendar() } = options;
  const seed = String(options.seed);
  const exchange = new SimulatedExchange(seed, symbols, calendar, { lent: [], indices });
  let larger: SimulatedExchange | null = null;
  /** Real tickers are simulated for those who ask for some of them by name. */
  const exchangeFor = (request: FeedRequest): SimulatedExchange => {
    if (request.symbols === "all" || !request.symbols.some((symbol) => lent.has(symbol))) {
      return exchange;
    }
    larger ??= new SimulatedExchange(seed, symbols, calendar, { lent: [...lent], indices });
    return larger;
  };
  const pass = (request: FeedRequest): Pass => new Pass(options, exchangeFor(request), request);
  let reachedMs: number | null = null;
  let goOnMs = -Infinity;
  return {
    source: "simulator",
    delaySeconds: simulatorDelaySeconds,
    marketMs: () => reachedMs ?? pass({ symbols: [], interval: daily }).liveFromMs(),
    history: (request, signal) => pass(request).history(signal),
    goOnFrom: (marketMs) => {
      goOnMs = marketMs;
    },
    live: (request, signal) =>
      pass(request).live(signal, { goOnMs, onReached: (atMs) => (reachedMs = atMs) }),
    close: async () => undefined,
  };
}

/** One request's way through the simulation. */
class Pass {
  readonly #options: SimulatorOptions;
  readonly #exchange: SimulatedExchange;
  readonly #request: FeedRequest;
  readonly #symbols: readonly SimulatedSymbol[];
  readonly #unknown: readonly string[];

  constructor(options: SimulatorOptions, exchange: SimulatedExchange, request: FeedRequest) {
    this.#options = options;
    this.#exchange = exchange;
    this.#request = request;
    const { universe } = exchange;
    const asked = request.symbols === "all" ? null : new Set(request.symbols);
    this.#symbols = universe.filter(({ symbol }) => asked === null || asked.has(symbol));
    const known = new Set(universe.map(({ symbol }) => symbol));
    this.#unknown = [...(asked ?? [])].filter((symbol) => !known.has(symbol));
  }

  async *history(signal: AbortSignal): AsyncGenerator<FeedEvent> {
    const interval = this.#interval();
    yield* this.#failures();
    const places = this.#places();
    const { barsMax } = this.#request;
    if (barsMax === undefined) yield* this.#sessions(interval, places, signal);
    else yield* this.#newest(interval, { ...places, barsMax }, signal);
  }

  async *live(signal: AbortSignal, { goOnMs, onReached }: LiveTime): AsyncGenerator<FeedEvent> {
    const interval = this.#interval();
    yield* this.#failures();
    const { clock, speed, sessions = Infinity, startMinute = 0 } = this.#options;
    const time = new MarketTime(clock, speed);
    const first = this.#firstLive();
    let openingMs = -startMinute * 60_000;
    let skippedMs = 0;
    for (let place = first; place < first + sessions; place += 1) {
      const session = this.#exchange.session(place);
      for (const { atMs, bars } of sessionTicks(session, this.#symbols, interval)) {
        if (openingMs + atMs <= 0) continue;
        const marketMs = session.phases.openMs + atMs;
        if (marketMs <= goOnMs) skippedMs = openingMs + atMs;
        if (!(await time.until(openingMs + atMs - skippedMs, signal))) return;
        onReached(marketMs);
        yield { kind: "bars", bars };
      }
      openingMs += session.phases.end * 60_000;
    }
  }

  /** The market time at which `live` begins, epoch milliseconds. */
  liveFromMs(): number {
    const { startMinute = 0 } = this.#options;
    return this.#exchange.calendar.phases(this.#firstLive()).openMs + startMinute * 60_000;
  }

  /** All final bars of the sessions [first, last], session by session. */
  async *#sessions(
    interval: Interval,
    { first, last }: Places,
    signal: AbortSignal,
  ): AsyncGenerator<FeedEvent> {
    const time = new MarketTime(this.#options.clock, Infinity);
    let batch: Bar[] = [];
    for (let place = first; place <= last; place += 1) {
      const session = this.#exchange.session(place);
      const bars = new SessionBars(interval, session.phases);
      const arrived = this.#arrived(place, session);
      for (const symbol of this.#symbols) {
        const finals = [...bars.finals(symbol.symbol, session.candles(symbol))];
        batch.push(...finals.filter(arrived));
        if (batch.length < batchBars) continue;
        if (!(await time.until(0, signal))) return;
        yield { kind: "bars", bars: batch };
        batch = [];
      }
      // A thin symbol's years make few bars and much work.
      if (!(await time.until(0, signal))) return;
    }
    if (batch.length > 0) yield { kind: "bars", bars: batch };
  }

  /** The newest bars of each symbol, found backwards from the last session. */
  async *#newest(
    interval: Interval,
    { first, last, barsMax }: Places & { readonly barsMax: number },
    signal: AbortSignal,
  ): AsyncGenerator<FeedEvent> {
    const time = new MarketTime(this.#options.clock, Infinity);
    const found = new Map<SimulatedSymbol, Bar[]>(this.#symbols.map((symbol) => [symbol, []]));
    let lacking = barsMax > 0 ? this.#symbols : [];
    for (let place = last; place >= first && lacking.length > 0; place -= 1) {
      if (!(await time.until(0, signal))) return;
      const session = this.#exchange.session(place);
      const bars = new SessionBars(interval, session.phases);
      const arrived = this.#arrived(place, session);
      for (const symbol of lacking) {
        const newer = found.get(symbol) ?? [];
        const finals = [...bars.finals(symbol.symbol, session.candles(symbol))];
        const older = finals.filter(arrived);
        found.set(symbol, [...older, ...newer].slice(-barsMax));
      }
      lacking = lacking.filter((symbol) => (found.get(symbol)?.length ?? 0) < barsMax);
    }
    for (const bars of found.values()) {
      if (!(await time.until(0, signal))) return;
      if (bars.length > 0) yield { kind: "bars", bars };
    }
  }

  /** Which bars of a session are of the past when `live` begins in its midst. */
  #arrived(place: number, { phases }: SimulatedSession): (bar: Bar) => boolean {
    const { startMinute = 0 } = this.#options;
    if (startMinute === 0 || place !== this.#firstLive()) return () => true;
    const untilMs = phases.openMs + startMinute * 60_000 + simulatorDelaySeconds * 1000;
    return ({ ingestedMs }) => ingestedMs <= untilMs;
  }

  /** The numbers of the first and last session that `history` is asked for. */
  #places(): Places {
    const { calendar } = this.#exchange;
    const { from = firstSimulatedDate, to } = this.#request;
    const last = to === undefined ? this.#firstLive() - 1 : calendar.atOrBefore(to);
    return { first: calendar.atOrAfter(from), last };
  }

  /** The number of the session that `live` begins with. */
  #firstLive(): number {
    const { startDate, clock } = this.#options;
    const date = startDate ?? Temporal.PlainDate.from(cairoDateOf(clock.nowMs()));
    return this.#exchange.calendar.atOrAfter(date);
  }

  #interval(): Interval {
    const { interval } = this.#request;
    if (interval.intraday || interval.code === "1d") return interval;
    throw new EgxError("E_USAGE", `the simulator has no ${interval.name} bars`, {
      hint: "Ask for Daily (1d) ones or shorter.",
    });
  }

  *#failures(): Generator<FeedEvent> {
    for (const symbol of this.#unknown) {
      const error = new EgxError("E_FEED_SYMBOL_UNKNOWN", `${symbol} is not simulated`, {
        hint: `Ask for "all", for a ticker of the exchange, or for some of ${this.#examples()} …`,
      });
      yield { kind: "symbol-failed", symbol, error };
    }
  }

  #examples(): string {
    const first = this.#exchange.universe.slice(0, 5);
    return first.map(({ symbol }) => symbol).join(", ");
  }
}

/** Instants of market time, epoch milliseconds. */
interface LiveTime {
  /** What comes before it is not waited for. */
  readonly goOnMs: number;
  /** Told of each moment that is come to. */
  readonly onReached: (marketMs: number) => void;
}

interface Places {
  readonly first: number;
  readonly last: number;
}
