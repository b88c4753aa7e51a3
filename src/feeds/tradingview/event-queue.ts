import { EgxError } from "../../base/errors.ts";
import { barKey, type Bar } from "../../market/bar.ts";
import type { FeedEvent } from "../feed.ts";
import { untilAborted } from "./waiting.ts";

const batchBarsMax = 1000;
/** Some 200 MB; a day's minutes of the whole exchange are 70,000. */
const waitingBarsMax = 400_000;

/**
 * What a live feed gives, until it is taken. Of a bar that changes while it waits only the newest
 * state is kept, so that a slow reader holds one bar for each that there is.
 */
export class EventQueue {
  readonly #bars = new Map<string, Bar>();
  #others: FeedEvent[] = [];
  #failure: Error | null = null;
  #news = Promise.withResolvers<void>();

  bar(bar: Bar): void {
    const key = barKey(bar);
    this.#bars.set(key, bar);
    if (this.#bars.size > waitingBarsMax) {
      const text = `${this.#bars.size} bars wait to be taken`;
      this.#bars.clear();
      this.fail(new EgxError("E_FEED_BEHIND", text));
    }
    this.#news.resolve();
  }

  push(event: FeedEvent): void {
    this.#others.push(event);
    this.#news.resolve();
  }

  /** Whoever reads gets what is there, then this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#news.resolve();
  }

  /** Gives everything as it comes, until the signal aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<FeedEvent> {
    const onAbort = (): void => this.#news.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const events = this.#take();
        if (events.length === 0 && this.#failure !== null) throw this.#failure;
        if (events.length === 0) await this.#news.promise;
        yield* untilAborted(events, signal);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #take(): readonly FeedEvent[] {
    this.#news = Promise.withResolvers<void>();
    const events = this.#others;
    this.#others = [];
    const bars: Bar[] = [];
    for (const [key, bar] of this.#bars) {
      if (bars.length === batchBarsMax) break;
      bars.push(bar);
      this.#bars.delete(key);
    }
    if (bars.length > 0) events.push({ kind: "bars", bars });
    return events;
  }
}
