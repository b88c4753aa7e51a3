import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { tradingviewFeed } from "../../../src/feeds/tradingview/tradingview.ts";
import { until } from "../../support/until.ts";
import { StandIn } from "../../support/tradingview/server.ts";

test("connections, reconnects, failures and frames are counted through a connection's end", async (t) => {
  const standIn = await StandIn.start({ listings: [], heartbeatMs: 50 });
  t.after(() => standIn.close());
  const ports = { clock: systemClock, random: systemRandom };
  const feed = tradingviewFeed({ url: standIn.url, ...ports, limits: { handshakeGapMs: 0 } });
  t.after(() => feed.close());
  const { signal } = new AbortController();
  const counted = (): readonly number[] => {
    const { connections, connects, reconnects, connectFailures } = feed.traffic?.() ?? {};
    return [connections, connects, reconnects, connectFailures].map((count) => count ?? -1);
  };
  assert.deepEqual(counted(), [0, 0, 0, 0]);
  await feed.connect(signal);
  assert.deepEqual(counted(), [1, 1, 0, 0]);
  await until("heartbeats are counted", () => (feed.traffic?.().heartbeats ?? 0) > 1);
  assert.ok((feed.traffic?.().messages ?? 0) >= 1, "the hello is a message");
  standIn.isDown = true;
  standIn.cut();
  await until("the connection is gone", () => counted()[0] === 0);
  await assert.rejects(feed.connect(signal));
  assert.deepEqual(counted(), [0, 1, 0, 1]);
  standIn.isDown = false;
  await feed.connect(signal);
  assert.deepEqual(counted(), [1, 2, 1, 1]);
});
