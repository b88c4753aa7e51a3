import { systemClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { yahooFeed } from "../../../src/feeds/yahoo/yahoo.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { feedContract } from "../../contract/feed.ts";
import { madeUpMinutes } from "../../support/services/minutes.ts";
import { yahooStandIn } from "../../support/services/yahoo.ts";
import { JumpClock } from "../jump-clock.ts";

const symbols = ["COMI", "ETEL", "ABUK"];
const dates = ["2026-02-08", "2026-02-09", "2026-02-10", "2026-02-11"];
const series = Object.fromEntries(
  symbols.map((symbol) => [`${symbol}.CA`, { bars: madeUpMinutes(symbol, dates) }]),
);

feedContract("yahoo", {
  make: async (t, pace) => {
    const standIn = await yahooStandIn(t, series);
    const clock = pace === "slowly" ? systemClock : new JumpClock(Date.UTC(2026, 1, 12, 8));
    const universe = async (): Promise<readonly string[]> => symbols;
    const feed = yahooFeed({ url: standIn.url, clock, random: seededRandom(1), universe });
    return {
      ...feed,
      live: (request, signal) => {
        standIn.forming = pace === "at-once";
        return feed.live(request, signal);
      },
    };
  },
  request: { symbols, interval: parseInterval("1m") },
  unknown: "NOSUCH",
});
