import type { EgxError } from "../../src/base/errors.ts";
import type { Feed, FeedEvent } from "../../src/feeds/feed.ts";

/** What a feed gives at one request. */
export type Pass = (signal: AbortSignal) => AsyncIterable<FeedEvent>;

/** A feed that gives what a test wrote down: one pass a request, the last one ever again. */
export function givenFeed(...passes: readonly [Pass, ...Pass[]]): Feed {
  let requests = 0;
  const next = (signal: AbortSignal): AsyncIterable<FeedEvent> => {
    const pass = passes[Math.min(requests, passes.length - 1)] ?? passes[0];
    requests += 1;
    return pass(signal);
  };
  return {
    source: "tradingview",
    delaySeconds: 0,
    history: (_request, signal) => next(signal),
    live: (_request, signal) => next(signal),
    close: async () => undefined,
  };
}

/** A pass of these events. */
export function passOf(...events: readonly FeedEvent[]): Pass {
  return async function* () {
    yield* events;
  };
}

/** A pass that fails before it gives anything. */
export function failing(error: EgxError): Pass {
  const next = async (): Promise<never> => {
    throw error;
  };
  return () => ({ [Symbol.asyncIterator]: () => ({ next }) });
}

/** Resolves when the signal aborts: how a live feed waits for what never comes. */
export async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
