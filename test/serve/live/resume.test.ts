import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { z } from "../../../src/base/schema.ts";
import type { Bar } from "../../../src/market/bar.ts";
import { EventReader, makeApiData, startApi, type HeardEvent } from "../../support/api-rig.ts";
import { barOf, intervalOf } from "../../support/silver-lake.ts";

const barData = z.object({ symbol: z.string(), close: z.number(), offset: z.string() });

const liveBar = (close: number, symbol = "COMI"): Bar =>
  barOf({ symbol, interval: intervalOf("1m"), close, at: "2025-11-25T10:00:00+02:00" });
const closesOf = (events: readonly HeardEvent[]): readonly number[] =>
  events.filter(({ name }) => name === "bar").map(({ data }) => barData.parse(data).close);
const count =
  (bars: number) =>
  (events: readonly HeardEvent[]): boolean =>
    closesOf(events).length >= bars;

suite("live bars", () => {
  test("a reader that comes back after a restart of the server misses none and gets none twice", async (t) => {
    const data = await makeApiData(t);
    await using first = await startApi(data);
    const before = new EventReader(`${first.url}/api/v1/events?kinds=bar`);
    await before.until(() => before.lastId !== "");
    await data.publish([1, 2, 3].map((close) => liveBar(close)));
    await before.until(count(3));
    await first.stop();
    await before.ended();
    assert.deepEqual(before.events.at(-1)?.data, { reason: "stopping" });

    await data.publish([4, 5].map((close) => liveBar(close)));
    await using second = await startApi(data);
    const after = new EventReader(`${second.url}/api/v1/events?kinds=bar`, {
      "last-event-id": before.lastId,
    });
    t.after(() => after.close());
    await after.until(count(2));
    await data.publish([6, 7].map((close) => liveBar(close)));
    await after.until(count(4));
    assert.deepEqual(
      [...closesOf(before.events), ...closesOf(after.events)],
      [1, 2, 3, 4, 5, 6, 7],
    );
  });

  test("bars go on exactly where an answer of silver ends", async (t) => {
    const data = await makeApiData(t);
    await data.publish([liveBar(1), liveBar(2, "ETEL"), liveBar(3)]);
    await using api = await startApi(data);
    const answer: unknown = await (await api.get("/api/v1/symbols/COMI/bars?limit=1")).json();
    const { position } = z.object({ position: z.string() }).parse(answer);
    const reader = new EventReader(`${api.url}/api/v1/events?symbols=COMI&since=${position}`);
    t.after(() => reader.close());
    await reader.until(count(2));
    await data.publish([liveBar(4, "ETEL"), liveBar(5)]);
    await reader.until(count(3));
    assert.deepEqual(closesOf(reader.events), [1, 3, 5], "one symbol alone");
  });

  test("who stood in another log is told to begin anew", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data);
    const reader = new EventReader(`${api.url}/api/v1/events?since=00000000.3-3`);
    t.after(() => reader.close());
    await reader.until((events) => reader.lastId !== "" && events.length > 0);
    const reset = reader.events.find(({ name }) => name === "reset");
    assert.deepEqual(reset?.data, { reason: "another-log" });
    await data.publish([liveBar(9)]);
    await reader.until(count(1));
    assert.deepEqual(closesOf(reader.events), [9]);
  });
});
