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
  /** Bars that the feed has not spoken of since they were given, final by now. No key is in both. */
  readonly #ripened = new Map<string, Bar>();
  #others: FeedEvent[] = [];
  #failure: Error | null = null;
  #news = Promise.withResolvers<void>();

  /** What the feed gave. */
  bar(bar: Bar): void {
    const key = barKey(bar);
    this.#ripened.delete(key);
    this.#add(this.#bars, key, bar);
  }

  /** What time alone has made final. */
  ripened(bar: Bar): void {
    const key = barKey(bar);
    this.#add(this.#bars.has(key) ? this.#bars : this.#ripened, key, bar);
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
    const bars = batchOf(this.#bars);
    if (bars.length > 0) events.push({ kind: "bars", bars });
    const ripened = batchOf(this.#ripened);
    if (ripened.length > 0) events.push({ kind: "bars", bars: ripened, heard: false });
    return events;
  }

  #add(waiting: Map<string, Bar>, key: string, bar: Bar): void {
    waiting.set(key, bar);
    const count = this.#bars.size + this.#ripened.size;
    if (count > waitingBarsMax) {
      this.#bars.clear();
      this.#ripened.clear();
      this.fail(new EgxError("E_FEED_BEHIND", `${count} bars wait to be taken`));
    }
    this.#news.resolve();
  }
}

/** Takes the oldest out of `waiting`. */
function batchOf(waiting: Map<string, Bar>): readonly Bar[] {
  const bars = [...waiting.entries().take(batchBarsMax)];
  for (const [key] of bars) waiting.delete(key);
  return bars.map(([, bar]) => bar);
}
