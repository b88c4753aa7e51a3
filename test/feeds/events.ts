import assert from "node:assert/strict";
import { textOf } from "../../src/base/bytes.ts";
import type { FeedEvent } from "../../src/feeds/feed.ts";
import type { Bar } from "../../src/market/bar.ts";

/** A feed's answer, sorted by kind; each list in the order in which it came. */
export interface Answer {
  readonly events: readonly FeedEvent[];
  readonly bars: readonly Bar[];
  readonly rejected: readonly Extract<FeedEvent, { readonly kind: "rejected" }>[];
  readonly failed: readonly Extract<FeedEvent, { readonly kind: "symbol-failed" }>[];
  readonly notices: readonly string[];
}

/** Everything that a feed gives. */
export async function answerOf(events: AsyncIterable<FeedEvent>): Promise<Answer> {
  const all = await Array.fromAsync(events);
  return {
    events: all,
    bars: all.flatMap((event) => (event.kind === "bars" ? event.bars : [])),
    rejected: all.filter((event) => event.kind === "rejected"),
    failed: all.filter((event) => event.kind === "symbol-failed"),
    notices: all.flatMap((event) => (event.kind === "notice" ? [event.text] : [])),
  };
}

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** The bars of each symbol, in their order. */
export function bySymbol(bars: readonly Bar[]): ReadonlyMap<string, readonly Bar[]> {
  return Map.groupBy(bars, (bar) => bar.symbol);
}

/** The fields of a message, whatever they hold. */
export function fieldsOf(message: Uint8Array): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(textOf(message));
  assert.ok(typeof value === "object" && value !== null);
  return Object.fromEntries(Object.entries(value));
}
