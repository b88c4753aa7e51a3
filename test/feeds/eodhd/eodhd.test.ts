import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { EgxError } from "../../../src/base/errors.ts";
import { eodhdFeed } from "../../../src/feeds/eodhd/eodhd.ts";
import type { FeedRequest } from "../../../src/feeds/feed.ts";
import { barDate, type Adjustment } from "../../../src/market/bar.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { eodhdStandIn, eodhdToken, type EodhdStandIn } from "../../support/services/eodhd.ts";
import { madeUpMinutes } from "../../support/services/minutes.ts";
import { answerOf, never, type Answer } from "../events.ts";
import { JumpClock } from "../jump-clock.ts";

const days = [
  { date: "2025-12-16", open: 110, high: 121, low: 99, close: 110, adjusted_close: 95, volume: 10 },
  { date: "2025-12-17", open: 100, high: 101, low: 99, close: 100, adjusted_close: 95, volume: 11 },
  {
    date: "2025-12-18",
    open: null,
    high: null,
    low: null,
    close: 101,
    adjusted_close: 101,
    volume: null,
  },
];
const splits = [{ date: "2025-12-17", split: "11.000000/10.000000" }];
const series = {
  "COMI.EGX": { days, splits, minutes: madeUpMinutes("COMI", ["2025-12-16", "2025-12-17"]) },
  "ETEL.EGX": { days: days.slice(0, 1) },
  "A B.EGX": {},
};

type Ask = (request?: Partial<FeedRequest>, adjusted?: Adjustment) => Promise<Answer>;

async function asking(
  t: TestContext,
  token = eodhdToken,
): Promise<{ readonly standIn: EodhdStandIn; readonly ask: Ask }> {
  const standIn = await eodhdStandIn(t, series);
  const clock = new JumpClock(Date.UTC(2026, 0, 15, 10));
  const ask: Ask = (request = {}, adjusted = "none") => {
    const feed = eodhdFeed({ url: standIn.url, token, clock, random: { next: () => 0 }, adjusted });
    const whole = { symbols: ["COMI"], interval: parseInterval("1d"), ...request };
    return answerOf(feed.history(whole, never));
  };
  return { standIn, ask };
}

function rows({ bars }: Answer): readonly unknown[] {
  return bars.map((bar) => [
    barDate(bar),
    ...[bar.open, bar.high, bar.low, bar.close].map(rounded),
    bar.volume,
  ]);
}

suite("days", () => {
  test("come as traded, or adjusted by the splits, or by the adjusted close", async (t) => {
    const { ask } = await asking(t);
    const last = ["2025-12-18", null, null, null, 101, null];
    const series = async (kind: Adjustment): Promise<readonly unknown[]> => {
      const answer = await ask({}, kind);
      assert.ok(answer.bars.every((bar) => bar.adjusted === kind && bar.source === "eodhd"));
      return rows(answer);
    };
    const second = ["2025-12-17", 100, 101, 99, 100, 11];
    assert.deepEqual(await series("none"), [["2025-12-16", 110, 121, 99, 110, 10], second, last]);
    assert.deepEqual(await series("splits"), [["2025-12-16", 100, 110, 90, 100, 10], second, last]);
    const [, adjusted] = await series("dividends");
    assert.deepEqual(adjusted, ["2025-12-17", 95, 95.95, 94.05, 95, 11]);
  });

  test("a split behind the last date that was asked for counts, too", async (t) => {
    const { ask } = await asking(t);
    const { bars } = await ask({ to: Temporal.PlainDate.from("2025-12-16") }, "splits");
    assert.deepEqual(
      bars.map(({ close }) => rounded(close)),
      [100],
    );
  });

  test("of all symbols that can be ours", async (t) => {
    const { ask } = await asking(t);
    const { bars, failed } = await ask({ symbols: "all" });
    assert.deepEqual([...new Set(bars.map(({ symbol }) => symbol))], ["COMI", "ETEL"]);
    assert.deepEqual(failed, []);
  });
});

test("minutes come as traded alone, in windows", async (t) => {
  const { ask, standIn } = await asking(t);
  const from = Temporal.PlainDate.from("2025-06-01");
  const { bars } = await ask({ interval: parseInterval("1m"), from });
  assert.equal(bars.length, 540);
  assert.equal(standIn.asked.length, 2);
  const { failed } = await ask({ interval: parseInterval("1m") }, "splits");
  assert.deepEqual(
    failed.map(({ error }) => error.code),
    ["E_FEED_REFUSED"],
  );
});

suite("what is no answer", () => {
  test("a wrong token ends it, and is not repeated though EODHD does", async (t) => {
    const { ask } = await asking(t, "wrong-token-77");
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof EgxError);
    assert.deepEqual([error.code, error.exitCode], ["E_FEED_TOKEN", 78]);
    assert.match(error.message, /Unauthenticated: \*\*\*/);
    assert.ok(!inspect(error).includes("wrong-token-77"));
  });

  test("what the plan has not, and what is not there, concern one symbol", async (t) => {
    const { ask, standIn } = await asking(t);
    standIn.faults.push({ status: 402, body: "Payment required" });
    const { failed, bars } = await ask({ symbols: ["COMI", "NOSUCH", "ETEL"] });
    assert.deepEqual(
      failed.map(({ symbol, error }) => [symbol, error.code]),
      [
        ["COMI", "E_FEED_NOT_ENTITLED"],
        ["NOSUCH", "E_FEED_SYMBOL_UNKNOWN"],
      ],
    );
    assert.equal(bars.length, 1);
  });

  test("a page and a date that is none end it", async (t) => {
    const { ask, standIn } = await asking(t);
    const bad = [{ ...days[0], date: "16/12/2025" }];
    for (const body of ["<html>Just a moment…</html>", JSON.stringify(bad), '{"error":"x"}']) {
      standIn.faults.push({ body });
      const error: unknown = await ask().catch((thrown: unknown) => thrown);
      assert.ok(error instanceof EgxError && error.code === "E_FEED_PROTOCOL", body);
    }
  });
});

/** Products of fractions are not exact. */
function rounded(price: number | null): number | null {
  return price === null ? null : Math.round(price * 1e9) / 1e9;
}
