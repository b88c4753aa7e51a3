import { sha256Hex } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import type { Feed, FeedEvent, FeedRequest } from "../feeds/feed.ts";
import { barContent, type Bar } from "../market/bar.ts";
import type { EventSink } from "../telemetry/events.ts";
import { RefusedRows } from "./refused-rows.ts";

/** Bars of one request that are held in memory at once; some 200 bytes each. */
export const answerBarsMax = 5_000_000;

/** All that a feed's history gave for one request. */
export interface Answer {
  /** By symbol, in ascending time, each bar once: of two for one bar the later one. */
  readonly bars: ReadonlyMap<string, readonly Bar[]>;
  /** Bars that came a second time. */
  readonly repeated: number;
  readonly refused: RefusedRows;
  readonly failed: ReadonlyMap<string, EgxError>;
  readonly gaps: number;
}

/**
 * Reads a history to its end. Symbols that were asked for by name and of which nothing came have
 * failed with E_FEED_NO_DATA when the feed says nothing else.
 * @throws what the feed throws; E_ABORTED when `signal` has aborted; E_CONFIG for more bars than
 *   fit into memory.
 */
export async function readAnswer(
  feed: Feed,
  request: FeedRequest,
  signal: AbortSignal,
  events: EventSink | undefined,
): Promise<Answer> {
  const collected = new Collected(events);
  for await (const event of feed.history(request, signal)) {
    if (event.kind === "bars") collected.addBars(event.bars);
    else if (event.kind === "rejected") collected.refused.add(event);
    else collected.tell(event);
  }
  if (signal.aborted) throw new EgxError("E_ABORTED", "the load was stopped");
  return collected.end(request);
}

/** The digest of what was read: of the bars themselves, not of when they came. */
export function answerDigest(answer: Pick<Answer, "bars">): string {
  const symbols = [...answer.bars.keys()].toSorted();
  return sha256Hex(
    symbols
      .map((symbol) => {
        const bars = answer.bars.get(symbol) ?? [];
        const lines = bars.map((bar) => `${bar.startMs},${bar.adjusted},${barContent(bar)}\n`);
        return `${symbol}\n${lines.join("")}`;
      })
      .join(""),
  );
}

class Collected {
  readonly refused = new RefusedRows();
  readonly #events: EventSink | undefined;
  readonly #bars = new Map<string, Map<number, Bar>>();
  readonly #failed = new Map<string, EgxError>();
  #count = 0;
  #repeated = 0;
  #gaps = 0;

  constructor(events: EventSink | undefined) {
    this.#events = events;
  }

  addBars(bars: readonly Bar[]): void {
    this.#count += bars.length;
    if (this.#count > answerBarsMax) {
      throw new EgxError("E_CONFIG", `more than ${answerBarsMax} bars do not fit into one load`, {
        hint: "Ask for fewer symbols or dates at once: --symbols, --from, --to.",
      });
    }
    for (const bar of bars) {
      const ofSymbol = this.#bars.get(bar.symbol) ?? new Map<number, Bar>();
      this.#bars.set(bar.symbol, ofSymbol);
      if (ofSymbol.has(bar.startMs)) this.#repeated += 1;
      ofSymbol.set(bar.startMs, bar);
    }
  }

  tell(event: Exclude<FeedEvent, { readonly kind: "bars" | "rejected" }>): void {
    if (event.kind === "symbol-failed") this.#failed.set(event.symbol, event.error);
    if (event.kind === "gap") {
      this.#gaps += 1;
      this.#events?.({ ...event, interval: event.interval.code });
    } else {
      this.#events?.(event);
    }
  }

  end({ symbols }: FeedRequest): Answer {
    for (const symbol of symbols === "all" ? [] : symbols) {
      if (this.#bars.has(symbol) || this.#failed.has(symbol)) continue;
      this.#failed.set(
        symbol,
        new EgxError("E_FEED_NO_DATA", `the feed gave no bars of ${symbol}`),
      );
    }
    return {
      bars: new Map(
        Array.from(this.#bars, ([symbol, bars]) => [
          symbol,
          [...bars.values()].toSorted((left, right) => left.startMs - right.startMs),
        ]),
      ),
      repeated: this.#repeated,
      refused: this.refused,
      failed: this.#failed,
      gaps: this.#gaps,
    };
  }
}
