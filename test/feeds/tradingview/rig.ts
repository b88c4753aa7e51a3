import type { TestContext } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import {
  tradingviewFeed,
  type TradingviewFeed,
  type TradingviewOptions,
} from "../../../src/feeds/tradingview/tradingview.ts";
import { StandIn, type StandInOptions } from "../../support/tradingview/server.ts";

/** A stand-in that is closed with the test. */
export async function standInFor(t: TestContext, options: StandInOptions): Promise<StandIn> {
  const standIn = await StandIn.start(options);
  t.after(async () => standIn.close());
  return standIn;
}

/** A feed from a stand-in, closed with the test; impatient, so that tests are quick. */
export function feedOf(
  t: TestContext,
  standIn: StandIn,
  options: Partial<TradingviewOptions> = {},
): TradingviewFeed {
  const feed = tradingviewFeed({
    url: standIn.url,
    clock: systemClock,
    random: seededRandom(1),
    ...options,
    limits: { handshakeGapMs: 20, requestGapMs: 1, backOffMsMax: 100, ...options.limits },
  });
  t.after(async () => feed.close());
  return feed;
}
