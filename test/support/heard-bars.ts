import assert from "node:assert/strict";
import type { TestContext } from "node:test";

/** A live bar as it came, and when. */
export interface HeardBar {
  readonly time: string;
  readonly date: string;
  readonly close: number;
  /** By `performance.now()`. */
  readonly atMs: number;
}

/** Bars of one minute of a symbol from the event stream of a dashboard, as they come. */
export function hearBars(
  t: TestContext,
  url: string,
  symbol: string,
): { next(): Promise<HeardBar> } {
  const ended = new AbortController();
  t.after(() => ended.abort());
  const bars = read(`${url}/api/v1/events?kinds=bar&intervals=1m&symbols=${symbol}`, ended.signal);
  return {
    next: async () => {
      const { value } = await bars.next();
      assert.ok(value !== undefined, "the stream ended");
      return value;
    },
  };
}

async function* read(address: string, signal: AbortSignal): AsyncGenerator<HeardBar, undefined> {
  const response = await fetch(address, { signal });
  assert.ok(response.body !== null);
  let rest = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const bar: unknown = line.startsWith("data: {") ? JSON.parse(line.slice(6)) : null;
      if (typeof bar !== "object" || bar === null || !("close" in bar)) continue;
      const { time, date, close } = { time: "", date: "", ...bar };
      yield { time, date, close: Number(close), atMs: performance.now() };
    }
  }
  return undefined;
}
