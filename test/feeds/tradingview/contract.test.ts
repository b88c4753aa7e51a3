import type { TestContext } from "node:test";
import type { Feed } from "../../../src/feeds/feed.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { feedContract } from "../../contract/feed.ts";
import { cairoSeconds, madeUpListings } from "../../support/tradingview/listings.ts";
import type { StandIn } from "../../support/tradingview/server.ts";
import { feedOf, standInFor } from "./rig.ts";

const symbols = ["COMI", "ETEL", "ABUK"];
const listings = madeUpListings(symbols, { before: "2026-06-07", days: 40, minuteDays: 4 });

feedContract("tradingview", {
  make: async (t, pace) => {
    const standIn = await standInFor(t, { listings });
    const feed = feedOf(t, standIn);
    return pace === "at-once" ? streamed(t, feed, standIn) : feed;
  },
  request: { symbols, interval: parseInterval("1m") },
  unknown: "NOSUCH",
});

/** A feed on which bars form, one of each symbol after the other, once it is followed. */
function streamed(t: TestContext, feed: Feed, standIn: StandIn): Feed {
  const fromSeconds = cairoSeconds("2026-06-07", 600);
  let minutes = 0;
  const push = (): void => {
    for (let count = 0; count < 5; count += 1) {
      const row = [fromSeconds + minutes * 60, 20, 21, 19, 20, minutes];
      for (const symbol of symbols) standIn.push(`EGX:${symbol}`, "1", row);
      minutes += 1;
    }
  };
  return {
    source: feed.source,
    delaySeconds: feed.delaySeconds,
    history: (request, signal) => feed.history(request, signal),
    live: (request, signal) => {
      const timer = setInterval(push, 1);
      t.after(() => clearInterval(timer));
      return feed.live(request, signal);
    },
    close: async () => feed.close(),
  };
}
