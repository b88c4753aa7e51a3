import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Adjustment } from "../../market/bar.ts";
import type { FeedTraffic } from "../../telemetry/feed-traffic.ts";
import type { Feed, FeedEvent, FeedRequest } from "../feed.ts";
import { usualDelaySeconds } from "./bars.ts";
import { Circuit } from "./circuit.ts";
import type { Connection, ConnectionCounts, Tap } from "./connection.ts";
import { HistoryPass, type Reached, type RequestFacts } from "./history.ts";
import { Pace } from "../pace.ts";
import { tradingviewLimits, type TradingviewLimits } from "./limits.ts";
import { Link } from "./link.ts";
import { LivePass } from "./live.ts";
import { readQuotes, type Quote } from "./quote-session.ts";
import { Slots } from "./slots.ts";
import { Traffic } from "./traffic.ts";

export interface TradingviewOptions {
  /** Websocket address. Default {@link tradingviewUrl}. */
  readonly url?: string;
  /** The Origin header, without which the feed refuses. */
  readonly origin?: string;
  /** Of an account; EGX bars need none. Never a password. */
  readonly token?: string | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly exchange?: string;
  /** How the feed adjusts prices; bars carry it. Default `splits`. */
  readonly adjusted?: Exclude<Adjustment, "none">;
  /** The tickers that "all" stands for. Without it, requests must name theirs. */
  readonly universe?: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly limits?: Partial<TradingviewLimits>;
  /** Told of all that goes over the sockets; see `capture.ts`. */
  readonly tap?: Tap;
}

/** The feed of TradingView's charts. See `docs/feeds/tradingview.md`. */
export interface TradingviewFeed extends Feed {
  /**
   * Resolves when the feed is connected.
   * @throws E_FEED_UNREACHABLE and the other ways in which a connection can fail; the signal's
   *   reason when it aborts.
   */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * One look at the quotes of tickers, by ticker. Those that the feed did not speak of are absent.
   * @throws as {@link connect}, and E_FEED_REFUSED.
   */
  quotes(
    symbols: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Quote>>;
  /** What the present connections have seen and done. */
  counts(): ConnectionCounts;
}

export const tradingviewUrl =
  "wss://data.tradingview.com/socket.io/websocket?from=chart&type=chart";
const tradingviewOrigin = "https://www.tradingview.com";

/** A feed of bars over TradingView's websocket; it connects when it is first asked for something. */
export function tradingviewFeed(options: TradingviewOptions): TradingviewFeed {
  return new ChartFeed(options);
}

class ChartFeed implements TradingviewFeed {
  readonly source = "tradingview";
  delaySeconds = usualDelaySeconds;
  readonly #options: TradingviewOptions;
  readonly #limits: TradingviewLimits;
  readonly #links: readonly Link[];
  readonly #slots: Slots;
  readonly #facts: RequestFacts;
  readonly #reached: Reached = new Map();
  readonly #traffic = new Traffic();

  constructor(options: TradingviewOptions) {
    const { clock, random, exchange = "EGX", adjusted = "splits", tap } = options;
    const limits = { ...tradingviewLimits, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    const linkOptions = {
      url: options.url ?? tradingviewUrl,
      origin: options.origin ?? tradingviewOrigin,
      token: options.token ?? null,
      clock,
      random,
      limits,
      circuit: new Circuit(clock, random),
      handshakes: new Pace(clock, limits.handshakeGapMs),
      traffic: this.#traffic,
      ...(tap === undefined ? {} : { tap }),
    };
    this.#links = Array.from({ length: limits.socketsMax }, () => new Link(linkOptions));
    this.#slots = new Slots({ links: this.#links, clock, limits });
    const onDelay = (seconds: number): void => {
      this.delaySeconds = seconds;
    };
    this.#facts = { exchange, adjusted, clock, onDelay };
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#first(signal);
  }

  async symbols(signal: AbortSignal): Promise<readonly string[]> {
    return tickersOf("all", this.#options, signal);
  }

  async *history(request: FeedRequest, signal: AbortSignal): AsyncGenerator<FeedEvent> {
    const symbols = await tickersOf(request.symbols, this.#options, signal);
    const pass = new HistoryPass(this.#slots, this.#facts, request, this.#reached);
    yield* pass.events(symbols, signal);
  }

  async *live(request: FeedRequest, signal: AbortSignal): AsyncGenerator<FeedEvent> {
    const symbols = await tickersOf(request.symbols, this.#options, signal);
    const pass = new LivePass({
      links: this.#links,
      limits: this.#limits,
      facts: this.#facts,
      request,
    });
    yield* pass.events(symbols, signal);
  }

  async quotes(
    symbols: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Quote>> {
    const { clock, exchange } = this.#facts;
    const parts = { connection: await this.#first(signal), clock, limits: this.#limits };
    const names = symbols.map((symbol) => `${exchange}:${symbol}`);
    const quotes = await readQuotes(parts, { names, fields }, signal);
    return new Map(
      quotes.entries().map(([name, quote]) => [name.slice(exchange.length + 1), quote]),
    );
  }

  counts(): ConnectionCounts {
    return sum(this.#links.flatMap(({ current }) => (current === null ? [] : [current.counts])));
  }

  traffic(): FeedTraffic {
    return this.#traffic.total;
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.close();
  }

  async #first(signal: AbortSignal): Promise<Connection> {
    const [link] = this.#links;
    if (link === undefined) throw new EgxError("E_USAGE", "a feed needs a socket or more");
    return link.connection(signal);
  }
}

/** The tickers of a request, each once; none when the signal has aborted. */
async function tickersOf(
  symbols: FeedRequest["symbols"],
  { universe }: TradingviewOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (signal.aborted) return [];
  if (symbols !== "all") return [...new Set(symbols)];
  if (universe !== undefined) return universe(signal);
  throw new EgxError("E_USAGE", "the live feed must be told which symbols", {
    hint: "Name them with --symbols COMI,ETEL.",
  });
}

function sum(all: readonly ConnectionCounts[]): ConnectionCounts {
  const of = (name: keyof ConnectionCounts): number =>
    all.reduce((total, counts) => total + counts[name], 0);
  return {
    messages: of("messages"),
    heartbeats: of("heartbeats"),
    frameFaults: of("frameFaults"),
    framesLost: of("framesLost"),
    malformed: of("malformed"),
    stray: of("stray"),
  };
}
