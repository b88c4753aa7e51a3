import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { barOf, intervalOf, LakeWriter, makeLake, rowsOf } from "../support/silver-lake.ts";

suite("a bar's partition and date", () => {
  test("follow Cairo's calendar, not UTC's nor the host's", async (t) => {
    const testLake = await makeLake(t);
    const minute = intervalOf("1m");
    await new LakeWriter(testLake.lake).append([
      // Half an hour into the new year in Cairo, an hour and a half before it in UTC.
      barOf({ at: "2025-01-01T00:30:00+02:00", interval: minute }),
      barOf({ at: "2024-12-31T23:30:00+02:00", interval: minute }),
      // Daylight saving: Cairo is three hours ahead.
      barOf({ at: "2025-07-01T01:30:00+03:00", interval: minute }),
      barOf({ at: "2025-01-01T10:00:00+02:00", interval: intervalOf("1d") }),
      barOf({ at: "2024-12-29T10:00:00+02:00", interval: intervalOf("1w") }),
    ]);
    await testLake.build();
    const listed = await Array.fromAsync(testLake.lake.list("silver/bars/"));
    assert.deepEqual(
      listed.map((object) => object.key.slice("silver/bars/".length, -"/bars.parquet".length)),
      [
        "interval=1d/year=2025",
        "interval=1m/year=2024/month=12",
        "interval=1m/year=2025/month=01",
        "interval=1m/year=2025/month=07",
        "interval=1w/year=2024",
      ],
    );
    const sql = "select date, datetime from bars order by datetime";
    assert.deepEqual(await rowsOf(testLake, sql), [
      ["2024-12-29", "2024-12-29T08:00:00Z"],
      ["2024-12-31", "2024-12-31T21:30:00Z"],
      ["2025-01-01", "2024-12-31T22:30:00Z"],
      ["2025-01-01", "2025-01-01T08:00:00Z"],
      ["2025-07-01", "2025-06-30T22:30:00Z"],
    ]);
  });

  test("instants are written in UTC whatever the host's zone", async (t) => {
    const testLake = await makeLake(t);
    const sql =
      "select timestamptz '2025-07-01 10:00:00+03', (timestamptz '2025-07-01 00:30:00Z')::varchar";
    assert.deepEqual(await rowsOf(testLake, sql), [
      ["2025-07-01T07:00:00Z", "2025-07-01 00:30:00+00"],
    ]);
  });

  test("a session's instants are those of Cairo's clock, in summer and winter", async (t) => {
    const testLake = await makeLake(t);
    await new LakeWriter(testLake.lake).append([barOf()]);
    await testLake.build();
    const sql =
      "select date, is_trading_day, open, close, len(phases) from sessions " +
      "where date in ('2025-01-05', '2025-07-06', '2025-07-04') order by date";
    assert.deepEqual(await rowsOf(testLake, sql), [
      ["2025-01-05", true, "2025-01-05T08:00:00Z", "2025-01-05T12:30:00Z", 4],
      ["2025-07-04", false, null, null, 0],
      ["2025-07-06", true, "2025-07-06T07:00:00Z", "2025-07-06T11:30:00Z", 4],
    ]);
    const days = await rowsOf(testLake, "select count(*), min(date), max(date) from sessions");
    assert.deepEqual(days, [[365, "2025-01-01", "2025-12-31"]]);
  });
});
