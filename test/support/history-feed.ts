import type { EgxError } from "../../src/base/errors.ts";
import type { Feed, FeedEvent } from "../../src/feeds/feed.ts";
import { cairoDateOf } from "../../src/market/cairo-time.ts";

/** The past of a feed that has these bars, and of which one symbol may fail. */
export function historyFeed(
  source: string,
  bars: Extract<FeedEvent, { kind: "bars" }>["bars"],
  failing?: { readonly symbol: string; readonly error: EgxError },
): Feed {
  return {
    source,
    delaySeconds: 0,
    history: async function* ({ symbols, from, to, interval }) {
      const asked = bars.filter((bar) => {
        const date = cairoDateOf(bar.startMs);
        return (
          bar.interval === interval &&
          (symbols === "all" || symbols.includes(bar.symbol)) &&
          bar.symbol !== failing?.symbol &&
          (from === undefined || date >= from.toString()) &&
          (to === undefined || date <= to.toString())
        );
      });
      // Bars arrive anew each time that they are asked for.
      const given = asked.map((bar) => Object.assign({ ...bar }, { ingestedMs: arrivalMs }));
      if (given.length > 0) yield { kind: "bars", bars: given };
      if (failing !== undefined && symbols !== "all" && symbols.includes(failing.symbol)) {
        yield { kind: "symbol-failed", ...failing };
      }
    },
    live: async function* () {
      yield* [];
    },
    close: async () => undefined,
  };
}

const arrivalMs = Temporal.Instant.from("2026-11-24T21:00:00Z").epochMilliseconds;
