import type { Clock } from "../base/clock.ts";
import { type EgxError, hasCode } from "../base/errors.ts";
import { barContent, type Adjustment, type Bar } from "../market/bar.ts";
import { cairoDateOf, cairoDayOf, dayOfDate } from "../market/cairo-time.ts";
import { egxCalendar, previousSession } from "../market/calendar.ts";
import type { Feed, FeedEvent, FeedRequest } from "./feed.ts";
import type { ServiceBars } from "./service-rows.ts";

/** All that a service has of one symbol. */
export interface ServiceAnswer extends ServiceBars {
  /** What was asked for and lies before what the service keeps, epoch milliseconds. */
  readonly gap?: { readonly fromMs: number; readonly toMs: number };
}

/** What a feed over HTTP consists of. */
export interface ServiceOptions {
  readonly source: string;
  readonly adjusted: Adjustment;
  readonly delaySeconds: number;
  readonly clock: Clock;
  /** Between two looks of who follows it. */
  readonly pollMs: number;
  readonly symbols: (signal: AbortSignal) => Promise<readonly string[]>;
  /**
   * Asks for one symbol; the answer may hold more dates than were asked for.
   * @throws one of {@link symbolCodes} where it concerns the symbol alone, else the whole feed.
   */
  readonly read: (
    symbol: string,
    request: FeedRequest,
    signal: AbortSignal,
  ) => Promise<ServiceAnswer>;
}

/** What concerns one symbol and ends nothing. */
const symbolCodes = [
  "E_FEED_SYMBOL_UNKNOWN",
  "E_FEED_NO_DATA",
  "E_FEED_NOT_ENTITLED",
  "E_FEED_REFUSED",
] as const;
const batchBarsMax = 5000;
/** One symbol may be out of order at the service; so many in a row are the service itself. */
const brokenMax = 3;
/** Whoever follows begins with this many sessions. */
const followedSessions = 5;

/** A feed of a service that is asked for one symbol after the other. */
export function serviceFeed(options: ServiceOptions): Feed {
  const { source, adjusted, delaySeconds } = options;
  const history = (request: FeedRequest, signal: AbortSignal): AsyncGenerator<FeedEvent> =>
    readHistory(options, request, signal);
  return {
    source,
    adjusted,
    delaySeconds,
    symbols: options.symbols,
    history,
    live: (request, signal) => follow(options, request, signal),
    close: async () => undefined,
  };
}

async function* readHistory(
  options: ServiceOptions,
  request: FeedRequest,
  signal: AbortSignal,
): AsyncGenerator<FeedEvent> {
  let broken = 0;
  for (const symbol of await symbolsOf(options, request, signal)) {
    const events = await symbolEvents(options, symbol, { request, signal });
    const failure = events.find(({ kind }) => kind === "symbol-failed");
    broken = failure?.kind === "symbol-failed" && isBroken(failure.error) ? broken + 1 : 0;
    if (broken === brokenMax && failure?.kind === "symbol-failed") throw failure.error;
    yield* untilAborted(events, signal);
    if (isAborted(signal)) return;
  }
}

async function symbolsOf(
  options: ServiceOptions,
  { symbols }: FeedRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (signal.aborted) return [];
  if (symbols !== "all") return symbols;
  try {
    return await options.symbols(signal);
  } catch (error) {
    if (isAborted(signal)) return [];
    throw error;
  }
}

/** What a symbol gives; nothing when the signal has aborted meanwhile. */
async function symbolEvents(
  options: ServiceOptions,
  symbol: string,
  { request, signal }: { readonly request: FeedRequest; readonly signal: AbortSignal },
): Promise<readonly FeedEvent[]> {
  try {
    const { bars, rejected, gap } = await options.read(symbol, request, signal);
    const events: FeedEvent[] = [...rejected];
    if (gap !== undefined) {
      events.push({ kind: "gap", symbol, interval: request.interval, ...gap });
    }
    const wanted = wantedOf(bars, request);
    for (let at = 0; at < wanted.length; at += batchBarsMax) {
      events.push({ kind: "bars", bars: wanted.slice(at, at + batchBarsMax) });
    }
    return events;
  } catch (error) {
    if (isAborted(signal)) return [];
    if (!hasCode(error, ...symbolCodes) && !isBroken(error)) throw error;
    return [{ kind: "symbol-failed", symbol, error }];
  }
}

function* untilAborted(
  events: readonly FeedEvent[],
  signal: AbortSignal,
): Generator<FeedEvent, undefined> {
  for (const event of events) {
    if (signal.aborted) return;
    yield event;
  }
}

function isBroken(error: unknown): error is EgxError {
  return hasCode(error, "E_FEED_UNREACHABLE");
}

/** The answer may have changed meanwhile: an await lies between. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** The bars of the dates that were asked for, and of those the newest. */
function wantedOf(
  bars: readonly Bar[],
  { from, to, barsMax = Infinity }: FeedRequest,
): readonly Bar[] {
  const first = from?.toString() ?? "";
  const last = to?.toString() ?? "9999-12-31";
  const within = bars.filter(({ startMs }) => {
    const date = cairoDateOf(startMs);
    return date >= first && date <= last;
  });
  return barsMax === 0 ? [] : within.slice(-Math.min(barsMax, within.length));
}

/** Looks again and again, and gives what has changed since the look before. */
async function* follow(
  { clock, pollMs, ...options }: ServiceOptions,
  { symbols, interval, from }: FeedRequest,
  signal: AbortSignal,
): AsyncGenerator<FeedEvent> {
  const followed = new Followed();
  let since = from ?? sessionsBack(clock.nowMs(), followedSessions);
  while (!signal.aborted) {
    const request = { symbols, interval, from: since };
    for await (const event of readHistory({ clock, pollMs, ...options }, request, signal)) {
      const news = followed.newsOf(event);
      if (news !== null) yield news;
    }
    followed.endLook();
    since = sessionsBack(clock.nowMs(), followedSessions);
    await clock.sleep(pollMs, signal).catch((error: unknown) => {
      if (!isAborted(signal)) throw error;
    });
  }
}

/** What who follows has been told. */
class Followed {
  #before = new Map<string, string>();
  #known = new Map<string, string>();
  readonly #told = new Set<string>();

  /** What of an event is new; null for nothing. */
  newsOf(event: FeedEvent): FeedEvent | null {
    if (event.kind === "bars") {
      const bars = event.bars.filter((bar) => this.#isChanged(bar));
      return bars.length === 0 ? null : { kind: "bars", bars };
    }
    const said = saidBy(event);
    if (this.#told.has(said)) return null;
    this.#told.add(said);
    return event;
  }

  /** The bars of this look are what the next one is held against. */
  endLook(): void {
    this.#before = this.#known;
    this.#known = new Map();
  }

  #isChanged(bar: Bar): boolean {
    const key = `${bar.symbol}|${bar.startMs}`;
    const content = barContent(bar);
    this.#known.set(key, content);
    return this.#before.get(key) !== content;
  }
}

/** What an event says, so that it is told once. */
function saidBy(event: Exclude<FeedEvent, { readonly kind: "bars" }>): string {
  switch (event.kind) {
    case "rejected":
    case "symbol-failed":
      return `${event.kind} ${event.symbol ?? ""} ${event.error.message}`;
    case "gap":
      return `gap ${event.symbol}`;
    case "notice":
      return event.text;
    default:
      return event satisfies never;
  }
}

function sessionsBack(epochMs: number, sessions: number): Temporal.PlainDate {
  const calendar = egxCalendar();
  let date = Temporal.PlainDate.from(cairoDateOf(epochMs));
  for (let back = 0; back < sessions; back += 1) date = previousSession(calendar, date).date;
  return date;
}

/** The whole days of a request, days since 1970-01-01 in Cairo; open ends are `firstDay` and today. */
export function daysAsked(
  { from, to }: FeedRequest,
  { firstDay, nowMs }: { readonly firstDay: number; readonly nowMs: number },
): { readonly first: number; readonly last: number } {
  const today = cairoDayOf(nowMs);
  return {
    first: from === undefined ? firstDay : dayOfDate(from),
    last: to === undefined ? today : Math.min(today, dayOfDate(to)),
  };
}
