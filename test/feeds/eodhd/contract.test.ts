import { systemClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { eodhdFeed } from "../../../src/feeds/eodhd/eodhd.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { feedContract } from "../../contract/feed.ts";
import { madeUpMinutes } from "../../support/services/minutes.ts";
import { eodhdStandIn, eodhdToken } from "../../support/services/eodhd.ts";
import { JumpClock } from "../jump-clock.ts";

const symbols = ["COMI", "ETEL", "ABUK"];
const dates = ["2026-02-08", "2026-02-09", "2026-02-10", "2026-02-11"];
const series = Object.fromEntries(
  symbols.map((symbol) => [`${symbol}.EGX`, { minutes: madeUpMinutes(symbol, dates) }]),
);

feedContract("eodhd", {
  make: async (t, pace) => {
    const standIn = await eodhdStandIn(t, series);
    const clock = pace === "slowly" ? systemClock : new JumpClock(Date.UTC(2026, 1, 12, 8));
    const feed = eodhdFeed({ url: standIn.url, token: eodhdToken, clock, random: seededRandom(1) });
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
