import { orAborted } from "../../base/abort.ts";
import { EgxError, hasCode } from "../../base/errors.ts";
import type { Circuit } from "./circuit.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { Pace } from "../pace.ts";

export interface LinkOptions extends ConnectionOptions {
  /** Shared by all links to one feed. */
  readonly circuit: Circuit;
  readonly handshakes: Pace;
}

/** A connection that dies younger than this counts as a failure to connect. */
const infancyMs = 10_000;
const backOffMsMin = 500;

/**
 * A place for one connection at a time: who asks gets the one that is up, or a new one, after a
 * back-off that grows with each failure. All who ask meanwhile wait for the same one.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #requests: Pace;
  readonly #closing = new AbortController();
  #current: Connection | null = null;
  #opening: Promise<Connection> | null = null;
  #busy = 0;
  #idle = Promise.withResolvers<void>();
  #failures = 0;
  #openedMs = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#requests = new Pace(options.clock, options.limits.requestGapMs);
  }

  /** The connection that is up, or null. */
  get current(): Connection | null {
    return this.#current?.ended === null ? this.#current : null;
  }

  /**
   * The connection that is up, or a new one.
   * @throws what {@link Connection.open} throws, and E_FEED_BANNED during a rest.
   */
  async connection(signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const { current } = this;
    if (current !== null && !current.isSpent) return current;
    this.#opening ??= this.#replace().finally(() => {
      this.#opening = null;
    });
    return orAborted(this.#opening, signal);
  }

  /** Waits until another request may be sent. */
  async turn(signal: AbortSignal): Promise<void> {
    await this.#requests.turn(signal);
  }

  /** Runs a request for which a spent connection is kept up until it is done. */
  async during<T>(operation: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await operation();
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) {
        this.#idle.resolve();
        this.#idle = Promise.withResolvers<void>();
      }
    }
  }

  /** Ends the connection and all attempts at one. Idempotent. */
  close(): void {
    const error = new EgxError("E_ABORTED", "the feed is closed");
    this.#closing.abort(error);
    this.#current?.end(error);
  }

  async #replace(): Promise<Connection> {
    const { clock, random, limits, circuit, handshakes } = this.#options;
    const { signal } = this.#closing;
    const { current } = this;
    if (current !== null) {
      if (this.#busy > 0) await orAborted(this.#idle.promise, signal);
      current.end(new EgxError("E_FEED_UNREACHABLE", "the connection has had its sessions"));
    }
    circuit.check();
    if (this.#failures > 0) {
      const ceilingMs = Math.min(limits.backOffMsMax, backOffMsMin * 2 ** this.#failures);
      await clock.sleep(Math.floor(random.next() * ceilingMs), signal);
    }
    await handshakes.turn(signal);
    circuit.check();
    return this.#open(signal);
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const { clock, circuit, traffic } = this.#options;
    try {
      const connection = await Connection.open(this.#options, signal);
      traffic?.opened(this.#current === null);
      this.#current = connection;
      this.#openedMs = clock.monotonicMs();
      void this.#watch(connection);
      return connection;
    } catch (error) {
      this.#failures += 1;
      traffic?.add("connectFailures", 1);
      if (hasCode(error, "E_FEED_BANNED")) circuit.trip(error);
      throw error;
    }
  }

  async #watch(connection: Connection): Promise<void> {
    const error = await connection.ending;
    this.#options.traffic?.closed();
    if (hasCode(error, "E_FEED_BANNED")) this.#options.circuit.trip(error);
    const ageMs = this.#options.clock.monotonicMs() - this.#openedMs;
    this.#failures = ageMs < infancyMs && !connection.isSpent ? this.#failures + 1 : 0;
  }
}
