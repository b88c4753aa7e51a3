/**
 * What is safe to ask of the feed. It publishes no limits; these keep clear of the ones that
 * clients have met (see `docs/feeds/tradingview.md`).
 */
export interface TradingviewLimits {
  /** Sockets at once. */
  readonly socketsMax: number;
  /** Sessions that a socket has in its life; then it is replaced. The feed's own is about 200. */
  readonly sessionsPerSocketMax: number;
  /** Series that a chart session has in its life, one at a time; then it is replaced. */
  readonly seriesPerSessionMax: number;
  /** Requests for history at once on a socket. */
  readonly requestsPerSocket: number;
  /** Symbols that a socket follows, each in a chart session of its own. */
  readonly followedPerSocketMax: number;
  /** Between two handshakes. */
  readonly handshakeGapMs: number;
  /** Between two requests on a socket. */
  readonly requestGapMs: number;
  /** A connection is up, and said its hello, within this time. */
  readonly helloTimeoutMs: number;
  /** A request for bars, with all its parts, is answered within this time. */
  readonly requestTimeoutMs: number;
  /** A connection on which nothing comes for this long is dead; the feed has a heartbeat of 5 s. */
  readonly silenceMsMax: number;
  /** Waits between attempts to connect grow to this. */
  readonly backOffMsMax: number;
}

export const tradingviewLimits: TradingviewLimits = {
  socketsMax: 2,
  sessionsPerSocketMax: 190,
  seriesPerSessionMax: 5,
  requestsPerSocket: 8,
  followedPerSocketMax: 180,
  handshakeGapMs: 1000,
  requestGapMs: 10,
  helloTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  silenceMsMax: 20_000,
  backOffMsMax: 8000,
};
