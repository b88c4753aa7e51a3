import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { recordedFeed } from "../../src/feeds/recorded.ts";
import { cairoIsoOf } from "../../src/market/cairo-time.ts";
import { never } from "./events.ts";
import { fileWith } from "./files.ts";
import { JumpClock } from "./jump-clock.ts";

/** When bars came, in milliseconds since the start, and which. */
async function replayed(
  t: TestContext,
  speed: number,
  lines: readonly string[],
): Promise<readonly (readonly [number, ...string[]])[]> {
  const clock = new JumpClock();
  const path = await fileWith(t, ["symbol,ts_cairo,close", ...lines].join("\n"));
  const feed = recordedFeed({ path, speed, clock });
  const came: [number, ...string[]][] = [];
  const request = { symbols: "all", interval: await feed.interval() } as const;
  for await (const event of feed.live(request, never)) {
    if (event.kind !== "bars") continue;
    for (const bar of event.bars) assert.equal(bar.ingestedMs, clock.nowMs());
    const bars = event.bars.map((bar) => `${bar.symbol} ${cairoIsoOf(bar.startMs).slice(0, 16)}`);
    came.push([clock.sleptMs, ...bars]);
  }
  return came;
}

test("bars of all symbols come by time, each when it ends; nights are skipped", async (t) => {
  const lines = [
    "AALR,2025-10-30T10:00,1",
    "AALR,2025-10-30T10:01,1",
    // The clocks go back in the night between the two sessions.
    "AALR,2025-11-02T10:30,1",
    "COMI,2025-10-30T10:00,1",
    "COMI,2025-10-30T12:00,1",
    "COMI,2025-11-02T10:00,1",
  ];
  const minute = 60_000;
  assert.deepEqual(await replayed(t, 1, lines), [
    [minute, "AALR 2025-10-30T10:00", "COMI 2025-10-30T10:00"],
    [2 * minute, "AALR 2025-10-30T10:01"],
    [121 * minute, "COMI 2025-10-30T12:00"],
    [122 * minute, "COMI 2025-11-02T10:00"],
    [152 * minute, "AALR 2025-11-02T10:30"],
  ]);
});

test("a speed of N is N market seconds a second", async (t) => {
  const lines = ["COMI,2025-11-24T10:00,1", "COMI,2025-11-24T10:05,1", "COMI,2025-11-24T10:15,1"];
  const came = await replayed(t, 60, lines);
  assert.deepEqual(
    came.map(([atMs]) => atMs),
    [5000, 10_000, 20_000],
  );
});

test("speeds of 0 and Infinity wait for nothing", async (t) => {
  for (const speed of [0, Infinity]) {
    const came = await replayed(t, speed, ["COMI,2025-11-24T10:00,1", "COMI,2025-11-25T10:01,1"]);
    assert.deepEqual(
      came.map(([atMs]) => atMs),
      [0, 0],
    );
  }
});

test("a day's bar comes as its session ends, a session after the one before", async (t) => {
  const lines = ["COMI,2025-11-20,1", "COMI,2025-11-23,1", "COMI,2025-11-25,1"];
  const sessionMs = 4.5 * 3_600_000;
  assert.deepEqual(await replayed(t, 1, lines), [
    [sessionMs, "COMI 2025-11-20T10:00"],
    [2 * sessionMs, "COMI 2025-11-23T10:00"],
    [3 * sessionMs, "COMI 2025-11-25T10:00"],
  ]);
});

test("bars before the opening and of closed days have their place as well", async (t) => {
  const lines = ["COMI,2025-11-20T09:45,1", "COMI,2025-11-20T10:00,1", "COMI,2025-11-21T18:00,1"];
  assert.deepEqual(
    (await replayed(t, 1, lines)).map(([atMs]) => atMs / 60_000),
    [15, 30, 45],
  );
});
