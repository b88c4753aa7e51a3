import { orAborted } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { ChartSession } from "./chart-session.ts";
import type { TradingviewLimits } from "./limits.ts";
import type { Link } from "./link.ts";

export interface SlotsOptions {
  readonly links: readonly Link[];
  readonly clock: Clock;
  readonly limits: TradingviewLimits;
}

/** A place for one request at a time, and the chart session that it keeps for the next. */
export class Slot {
  readonly link: Link;
  readonly #options: SlotsOptions;
  #session: ChartSession | null = null;

  constructor(link: Link, options: SlotsOptions) {
    this.link = link;
    this.#options = options;
  }

  /**
   * The chart session for the next request: the last one while it may be used.
   * @throws what {@link Link.connection} throws.
   */
  async session(signal: AbortSignal): Promise<ChartSession> {
    if (this.#session?.isUsable === true) return this.#session;
    this.drop();
    const { clock, limits } = this.#options;
    let connection = await this.link.connection(signal);
    // Others may have begun its last sessions meanwhile.
    while (connection.isSpent) connection = await this.link.connection(signal);
    this.#session = new ChartSession({ connection, clock, limits });
    return this.#session;
  }

  /** The next request gets a fresh session. */
  drop(): void {
    this.#session?.close();
    this.#session = null;
  }
}

/**
 * The places for requests on all sockets. The first socket's are there at once; those of another
 * one are added when there is more to do than the first can, and the other one is up.
 */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #free: Slot[] = [];
  readonly #waiting: PromiseWithResolvers<Slot>[] = [];
  #widened = 0;
  #widening = false;

  constructor(options: SlotsOptions) {
    this.#options = options;
    this.#add();
  }

  /** Runs `operation` in the next free place. */
  async within<T>(operation: (slot: Slot) => Promise<T>, signal: AbortSignal): Promise<T> {
    const slot = this.#free.pop() ?? (await this.#next(signal));
    try {
      return await operation(slot);
    } finally {
      this.#release(slot);
    }
  }

  async #next(signal: AbortSignal): Promise<Slot> {
    const waiting = Promise.withResolvers<Slot>();
    this.#waiting.push(waiting);
    void this.#widen();
    try {
      return await orAborted(waiting.promise, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(waiting);
      if (place === -1) this.#release(await waiting.promise);
      else this.#waiting.splice(place, 1);
      throw error;
    }
  }

  #release(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(slot);
    else next.resolve(slot);
  }

  /** Opens another socket; when that fails the ones that are there must do. */
  async #widen(): Promise<void> {
    const link = this.#options.links[this.#widened];
    if (link === undefined || this.#widening) return;
    this.#widening = true;
    try {
      await link.connection(new AbortController().signal);
      this.#add();
    } catch {
      // Whoever uses the first socket meets the reason there.
    } finally {
      this.#widening = false;
    }
  }

  #add(): void {
    const { links, limits } = this.#options;
    const link = links[this.#widened];
    if (link === undefined) return;
    this.#widened += 1;
    for (let place = 0; place < limits.requestsPerSocket; place += 1) {
      this.#release(new Slot(link, this.#options));
    }
  }
}
