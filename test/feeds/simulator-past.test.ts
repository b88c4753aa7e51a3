import assert from "node:assert/strict";
import { test } from "node:test";
import { simulatorFeed, type SimulatorFeed } from "../../src/feeds/simulator.ts";
import { barDate, type Bar } from "../../src/market/bar.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { answerOf, bySymbol, never } from "./events.ts";
import { JumpClock } from "./jump-clock.ts";

const startDate = Temporal.PlainDate.from("2025-11-24");
const openMs = Date.parse("2025-11-24T10:00:00+02:00");

function exchange(startMinute: number, clock = new JumpClock()): SimulatorFeed {
  const size = { symbols: 40, indices: true, sessions: 1 };
  return simulatorFeed({ seed: 7, speed: 1, clock, startDate, startMinute, ...size });
}

function texts(bars: readonly Bar[]): readonly string[] {
  return bars
    .filter((bar) => bar.final)
    .map(encodeBar)
    .toSorted();
}

for (const code of ["1m", "30m", "1d"]) {
  test(`where live begins in the midst of a session, the past has the other ${code} bars`, async () => {
    const interval = parseInterval(code);
    const request = { symbols: "all", interval } as const;
    const clock = new JumpClock();
    const whole = await answerOf(exchange(0).live(request, never));
    const feed = exchange(100, clock);
    assert.equal(feed.marketMs(), openMs + 100 * 60_000);
    const live = await answerOf(feed.live(request, never));
    // Of 270 minutes 170 are left.
    assert.equal(Math.round(clock.sleptMs / 60_000), 170);
    assert.equal(feed.marketMs(), openMs + 270 * 60_000);
    for (const bar of live.bars) assert.ok(bar.ingestedMs > openMs + 100 * 60_000);
    const monday = { ...request, from: startDate, to: startDate };
    const past = await answerOf(feed.history(monday, never));
    assert.deepEqual(texts([...past.bars, ...live.bars]), texts(whole.bars));
    const newest = await answerOf(feed.history({ ...monday, barsMax: 1_000 }, never));
    assert.deepEqual(texts(newest.bars), texts(past.bars));
  });
}

test("what was played before is played again without waiting, then at its pace", async () => {
  const request = { symbols: "all", interval: parseInterval("1m") } as const;
  const whole = await answerOf(exchange(0).live(request, never));
  const clock = new JumpClock();
  const feed = exchange(0, clock);
  feed.goOnFrom(openMs + 200 * 60_000);
  const again = await answerOf(feed.live(request, never));
  assert.deepEqual(texts(again.bars), texts(whole.bars));
  assert.equal(Math.round(clock.sleptMs / 60_000), 70);
  // Nothing that was played lies before the opening: then nothing changes.
  const early = new JumpClock();
  const other = exchange(100, early);
  other.goOnFrom(openMs - 86_400_000);
  await answerOf(other.live(request, never));
  assert.equal(Math.round(early.sleptMs / 60_000), 170);
});

test("indices are values in every minute, without shares, and change no other symbol", async () => {
  const interval = parseInterval("1m");
  const monday = { symbols: "all", interval, from: startDate, to: startDate } as const;
  const { bars } = await answerOf(exchange(0).history(monday, never));
  const base = { seed: 7, speed: 1, clock: new JumpClock(), startDate, symbols: 40 };
  const without = await answerOf(simulatorFeed(base).history(monday, never));
  const [indices, others] = [true, false].map((of) =>
    bars.filter(({ symbol }) => symbol.startsWith("EGX") === of),
  );
  assert.deepEqual(texts(others ?? []), texts(without.bars));
  assert.deepEqual([...bySymbol(indices ?? []).keys()], ["EGX30", "EGX70EWI", "EGX100EWI"]);
  for (const [symbol, values] of bySymbol(indices ?? [])) {
    assert.ok(values.length > 250, `${symbol} has ${values.length} bars`);
    assert.ok(values.every(({ volume }) => volume === null));
  }
  // They are the same beside real tickers.
  const beside = { ...monday, symbols: ["COMI", "EGX30"] };
  const again = (await answerOf(exchange(0).history(beside, never))).bars;
  const [one, other] = [again, bars].map((of) => texts(of.filter((bar) => bar.symbol === "EGX30")));
  assert.deepEqual(one, other);
});

test("an index goes with the market", async () => {
  const request = {
    symbols: "all",
    interval: parseInterval("1d"),
    from: Temporal.PlainDate.from("2025-08-24"),
    to: startDate,
  } as const;
  const { bars } = await answerOf(exchange(0).history(request, never));
  const moves = new Map<string, number[]>();
  const ofIndex = new Map<string, number>();
  for (const [symbol, series] of bySymbol(bars)) {
    for (const [at, bar] of series.entries()) {
      const before = series[at - 1];
      if (before === undefined) continue;
      const move = bar.close / before.close - 1;
      if (symbol === "EGX30") ofIndex.set(barDate(bar), move);
      else moves.set(barDate(bar), [...(moves.get(barDate(bar)) ?? []), move]);
    }
  }
  const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
  const large = [...ofIndex].filter(([, move]) => Math.abs(move) > 0.005);
  const agreeing = large.filter(([date, move]) => mean(moves.get(date) ?? []) * move > 0);
  assert.ok(large.length > 15, `${large.length} days`);
  assert.ok(agreeing.length > large.length * 0.9, `${agreeing.length} of ${large.length} days`);
});
