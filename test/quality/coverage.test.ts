import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { readCoverage } from "../../src/quality/coverage.ts";
import { openQuery } from "../../src/silver/query.ts";
import { realFile } from "../feeds/files.ts";
import { certifyAt as run } from "../support/certify-at.ts";
import { barsOf, packedLake } from "../support/packed-lake.ts";
import { realSeries } from "../support/real-series.ts";
import { rowsOf } from "../support/silver-lake.ts";

const calendar = egxCalendar();
const daily = parseInterval("1d");
const real = realFile("egx-daily.csv.gz");

suite("coverage of real bars", { skip: real.skip }, () => {
  test("names what was taken out, and steps equal a whole run", async (t) => {
    const market = realSeries(real.path, "2024-06-01").slice(0, 60);
    const taken = new Set(["COMI|2025-03-12", "ABUK|2024-11-05", "ABUK|2024-11-06"]);
    const bars = barsOf(market, daily).filter(
      (bar) => !taken.has(`${bar.symbol}|${new Date(bar.startMs).toISOString().slice(0, 10)}`),
    );
    const lake = await packedLake(t, bars);
    const at = "2026-11-24T20:00:00Z";
    await run(lake, "2026-01-15T20:00:00Z");
    await run(lake, at);
    const stepped = await rowsOf(
      lake,
      "select * exclude (certified_at, certified_as, corrected_at) from certificates order by all",
    );
    const again = await packedLake(t, bars);
    await run(again, at);
    const whole = await rowsOf(
      again,
      "select * exclude (certified_at, certified_as, corrected_at) from certificates order by all",
    );
    // A diff of this many rows would take minutes.
    assert.ok(stepped.length > 10_000);
    assert.equal(JSON.stringify(stepped) === JSON.stringify(whole), true);
    await using query = await openQuery({ ...lake, clock: systemClock });
    const coverage = await readCoverage(query, calendar, {
      interval: daily,
      symbols: ["ABUK", "COMI"],
      from: Temporal.PlainDate.from("2024-10-01"),
      to: Temporal.PlainDate.from("2025-04-30"),
    });
    const named = coverage.flatMap(({ symbol, holes }) =>
      holes.map((hole) => `${symbol} ${hole.from} ${hole.to} ${hole.state}`),
    );
    assert.deepEqual(named, [
      "ABUK 2024-11-05 2024-11-06 missing",
      "COMI 2025-03-12 2025-03-12 missing",
    ]);
  });
});
