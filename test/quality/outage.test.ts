import assert from "node:assert/strict";
import { test } from "node:test";
import { randomInt, seededRandom } from "../../src/base/random.ts";
import type { Bar } from "../../src/market/bar.ts";
import { dayOfDate } from "../../src/market/cairo-time.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { heal } from "../../src/quality/heal.ts";
import { slotsOf, unitsBetween } from "../../src/quality/units.ts";
import { clockAt } from "../support/certify-at.ts";
import { historyFeed } from "../support/history-feed.ts";
import { packedLake } from "../support/packed-lake.ts";
import { barOf, rowsOf, temporaryFolder, type TestLake } from "../support/silver-lake.ts";

const calendar = egxCalendar();
const minute = parseInterval("1m");
const source = "tradingview";

/** Twelve symbols that trade in two of three minutes, over a fortnight. */
function thinMarket(): readonly Bar[] {
  const random = seededRandom("minutes");
  const units = unitsBetween(calendar, minute, {
    from: dayOfDate(Temporal.PlainDate.from("2025-11-02")),
    to: dayOfDate(Temporal.PlainDate.from("2025-11-13")),
  });
  return units.flatMap(({ day }) =>
    slotsOf(calendar, minute, day).flatMap((startMs) =>
      Array.from({ length: 12 }, (_, number) => {
        const close = 20 + number + randomInt(random, 100) / 100;
        const bar = { symbol: `SYM${number}`, interval: minute, startMs, close, source };
        const prices = { open: close, high: close + 0.5, low: close - 0.5 };
        const volume = 100 + randomInt(random, 100_000);
        return barOf({ ...bar, ...prices, volume, ingestedMs: startMs + 1_800_000 });
      }).filter(() => random.next() < 0.66),
    ),
  );
}

async function barsIn(testLake: TestLake): Promise<string> {
  const sql = "select symbol, datetime, close, volume from bars order by symbol, datetime";
  return JSON.stringify(await rowsOf(testLake, sql));
}

const truth = thinMarket();
/** The bars of a lake that lacks none; made once. */
let whole: string | null = null;

for (const minutes of [5, 20, 120]) {
  test(`an outage of ${minutes} minutes is found though no symbol trades in each, and healed`, async (t) => {
    const fromMs = Temporal.Instant.from("2025-11-09T11:00:00+02:00").epochMilliseconds;
    const toMs = fromMs + minutes * 60_000;
    const testLake = await packedLake(
      t,
      truth.filter(({ startMs }) => startMs < fromMs || startMs >= toMs),
    );
    whole ??= await barsIn(await packedLake(t, truth));
    const summary = await heal({
      lake: testLake.lake,
      scratchFolder: await temporaryFolder(t),
      calendar,
      clock: clockAt("2025-11-16T20:00:00Z"),
      random: seededRandom(3),
      feed: historyFeed(source, truth),
      kind: "real",
      writer: "test",
      asked: { interval: minute, symbols: "all" },
    });
    assert.deepEqual(summary.unhealed, []);
    assert.equal((await barsIn(testLake)) === whole, true);
    const damage = "select count(*) from certificates where state in ('missing', 'degraded')";
    assert.deepEqual(await rowsOf(testLake, damage), [[0]]);
  });
}
