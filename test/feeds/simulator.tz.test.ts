import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { FeedEvent } from "../../src/feeds/feed.ts";
import { simulatorFeed } from "../../src/feeds/simulator.ts";
import { weekdayCalendar } from "../../src/market/calendar.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { never } from "./events.ts";
import { JumpClock } from "./jump-clock.ts";

/** SHA-256 of the first bars as they go onto the wire, a line each. */
async function digest(events: AsyncIterable<FeedEvent>, barsMax: number): Promise<string> {
  const hash = createHash("sha256");
  let bars = 0;
  for await (const event of events) {
    if (event.kind !== "bars") continue;
    for (const bar of event.bars.slice(0, barsMax - bars)) hash.update(`${encodeBar(bar)}\n`);
    bars += event.bars.length;
    if (bars >= barsMax) return hash.digest("hex");
  }
  return assert.fail(`only ${bars} bars`);
}

const startDate = Temporal.PlainDate.from("2025-11-24");

function feed(): ReturnType<typeof simulatorFeed> {
  // A calendar of its own: a holiday that is added to the exchange's does not change these bytes.
  const calendar = weekdayCalendar();
  const clock = new JumpClock();
  return simulatorFeed({ seed: 1, speed: 0, clock, startDate, sessions: 1, calendar });
}

// The digests are written down, so that every zone and every run is held to the same bytes. A
// change of the simulation changes them: then they are written down anew.
test("the same seed gives the same bytes of history, in every zone", async () => {
  const request = { symbols: "all", interval: parseInterval("1m") } as const;
  // Both sides of the night in which the clocks go back.
  const from = Temporal.PlainDate.from("2025-10-30");
  const to = Temporal.PlainDate.from("2025-11-02");
  assert.equal(
    await digest(feed().history({ ...request, from, to }, never), 40_000),
    "42c6ca6b8009832cd4ad0612a252dab55a008088738fb2058d4b5904fac267e6",
  );
});

test("the same seed gives the same bytes of a live session, in every zone", async () => {
  const request = { symbols: "all", interval: parseInterval("1m") } as const;
  assert.equal(
    await digest(feed().live(request, never), 50_000),
    "88c48ba2b040ac5afcb463f6295c661efada61ab7c3a3236a99c81e6c685c884",
  );
});
