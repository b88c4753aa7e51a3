import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import type { FeedRequest } from "../../src/feeds/feed.ts";
import { simulatorFeed, type SimulatorOptions } from "../../src/feeds/simulator.ts";
import { barDate, barKey, type Bar } from "../../src/market/bar.ts";
import { cairoIsoOf } from "../../src/market/cairo-time.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { feedContract } from "../contract/feed.ts";
import { answerOf, bySymbol, never } from "./events.ts";
import { JumpClock } from "./jump-clock.ts";

const startDate = Temporal.PlainDate.from("2025-11-24");
const monday = { from: startDate, to: startDate } as const;

for (const interval of ["1 Minute", "15 Minute", "Daily"].map(parseInterval)) {
  feedContract(`the simulator of ${interval.name} bars`, {
    make: async (_t, pace) =>
      simulatorFeed({
        seed: "contract",
        speed: pace === "slowly" ? 0.001 : 0,
        clock: systemClock,
        symbols: 6,
        startDate,
        sessions: 3,
      }),
    request: {
      symbols: "all",
      interval,
      from: Temporal.PlainDate.from("2025-11-12"),
      to: Temporal.PlainDate.from("2025-11-20"),
    },
    unknown: "NOSUCH",
  });
}

async function past(
  code: string,
  request: Partial<FeedRequest> = monday,
  options: Partial<SimulatorOptions> = {},
): Promise<readonly Bar[]> {
  const feed = simulatorFeed({ seed: 7, speed: 0, clock: new JumpClock(), ...options });
  const interval = parseInterval(code);
  return (await answerOf(feed.history({ symbols: "all", interval, ...request }, never))).bars;
}

async function played(code: string, options: Partial<SimulatorOptions>): Promise<readonly Bar[]> {
  const base = { seed: 7, speed: 0, clock: new JumpClock(), startDate, sessions: 1 };
  const feed = simulatorFeed({ ...base, ...options });
  const request: FeedRequest = { symbols: "all", interval: parseInterval(code) };
  return (await answerOf(feed.live(request, never))).bars;
}

test("a real ticker is simulated for who asks for it by name, and changes no other", async () => {
  const real = await past("1d", { ...monday, symbols: ["COMI"] });
  assert.deepEqual(
    real.map(({ symbol, source }) => [symbol, source]),
    [["COMI", "simulator"]],
  );
  const all = await past("1d");
  assert.ok(all.length > 100 && all.every(({ symbol }) => symbol !== "COMI"));
  const some = all.slice(0, 3).map(({ symbol }) => symbol);
  const beside = await past("1d", { ...monday, symbols: ["COMI", "ETEL", ...some] });
  const alone = await past("1d", { ...monday, symbols: some });
  const without = beside.filter(({ symbol }) => some.includes(symbol));
  assert.deepEqual(without.map(encodeBar), alone.map(encodeBar));
  assert.deepEqual(
    beside.filter(({ symbol }) => symbol === "COMI").map(encodeBar),
    real.map(encodeBar),
  );
});

test("the seed decides, and nothing that the host's clock says", async () => {
  const one = await past("1m", monday, { clock: new JumpClock(0), symbols: 20 });
  const same = await past("1m", monday, { clock: new JumpClock(1e12), symbols: 20, seed: "7" });
  const other = await past("1m", monday, { symbols: 20, seed: 8 });
  assert.deepEqual(one.map(encodeBar), same.map(encodeBar));
  assert.notDeepEqual(one.map(encodeBar), other.map(encodeBar));
});

test("a symbol's bars do not depend on which others are asked for, or on what came before", async () => {
  const symbols = ["ZDOP", "ZSUN"];
  const all = await past("1m");
  const some = await past("1m", { ...monday, symbols });
  assert.ok(some.length > 100);
  assert.deepEqual(
    some,
    all.filter((bar) => symbols.includes(bar.symbol)),
  );
  const week = { from: Temporal.PlainDate.from("2025-11-17"), to: startDate, symbols };
  const longer = await past("1m", week);
  assert.deepEqual(some.map(encodeBar).toSorted(), lastDay(longer).map(encodeBar).toSorted());
});

test("longer bars are the sums of the shorter ones", async () => {
  const minutes = await past("1m");
  for (const code of ["5m", "15m", "30m", "1h", "1d"]) {
    const bars = await past(code);
    assert.ok(bars.length > 200);
    const length = parseInterval(code).minutes ?? 24 * 60;
    const startOf = (bar: Bar): number => bar.startMs - (bar.startMs % (length * 60_000));
    const parts = Map.groupBy(minutes, (bar) => `${bar.symbol} ${startOf(bar)}`);
    assert.equal(bars.length, parts.size);
    for (const bar of bars) {
      const own = parts.get(`${bar.symbol} ${startOf(bar)}`) ?? [];
      assert.deepEqual(
        [bar.open, bar.high, bar.low, bar.close, bar.volume],
        [
          own[0]?.open,
          Math.max(...own.map(({ high }) => high ?? Number.NaN)),
          Math.min(...own.map(({ low }) => low ?? Number.NaN)),
          own.at(-1)?.close,
          own.reduce((sum, { volume }) => sum + (volume ?? Number.NaN), 0),
        ],
      );
    }
  }
});

test("intraday bars begin at full hours and parts of them, in Cairo's time", async () => {
  for (const bar of await past("1h"))
    assert.match(cairoIsoOf(bar.startMs), /T1[0-4]:00:00\+02:00$/);
  const summer = Temporal.PlainDate.from("2025-07-01");
  for (const bar of await past("15m", { from: summer, to: summer })) {
    assert.match(cairoIsoOf(bar.startMs), /T1[0-4]:(?:00|15|30|45):00\+03:00$/);
  }
});

for (const code of ["1m", "5m", "1d"]) {
  test(`live ${code} bars form first, end as they last formed, and are those of history`, async () => {
    const bars = await played(code, { symbols: 60 });
    const finals = bars.filter((bar) => bar.final);
    const history = await past(code, monday, { symbols: 60 });
    assert.deepEqual(finals.map(encodeBar).toSorted(), history.map(encodeBar).toSorted());
    for (const [key, revisions] of Map.groupBy(bars, barKey)) {
      const final = revisions.at(-1);
      const forming = revisions.slice(0, -1);
      const last = forming.at(-1);
      assert.ok(final?.final === true && last !== undefined, key);
      assert.deepEqual({ ...last, final: true, ingestedMs: final.ingestedMs }, final);
      checkRevisions(revisions);
      assert.ok(code !== "1m" || forming.length <= 4);
    }
    if (code !== "1m") return;
    const busiest = finals.filter((bar) => bar.symbol === bars[0]?.symbol);
    const updates = bars.filter((bar) => bar.symbol === bars[0]?.symbol).length;
    assert.ok(updates > 4 * busiest.length, "a busy bar is updated several times a minute");
  });
}

/** Each revision is newer than the one before; what was seen stays seen. */
function checkRevisions(revisions: readonly Bar[]): void {
  for (const [index, bar] of revisions.entries()) {
    const before = revisions[index - 1];
    if (before === undefined) continue;
    assert.ok(!before.final && bar.ingestedMs > before.ingestedMs);
    assert.equal(bar.open, before.open);
    assert.ok((bar.high ?? 0) >= (before.high ?? 0) && (bar.low ?? 0) <= (before.low ?? 0));
    assert.ok((bar.volume ?? 0) >= (before.volume ?? 0));
  }
}

test("live begins at the start date or the next session, and goes on without the nights", async () => {
  const friday = Temporal.PlainDate.from("2025-11-28");
  const clock = new JumpClock();
  const bars = await played("1h", { startDate: friday, sessions: 3, symbols: 5, speed: 60, clock });
  assert.deepEqual([...new Set(bars.map(barDate))], ["2025-11-30", "2025-12-01", "2025-12-02"]);
  // Three sessions of 270 minutes, a minute a second.
  assert.equal(Math.round(clock.sleptMs / 1000), 3 * 270);
});

test("live begins today by default, and history ends the session before", async () => {
  const clock = new JumpClock(Date.UTC(2025, 10, 23, 23));
  const options = { seed: 7, speed: 0, clock, symbols: 3, sessions: 1 };
  const feed = simulatorFeed(options);
  const request: FeedRequest = { symbols: "all", interval: parseInterval("1d") };
  const live = await answerOf(feed.live(request, never));
  assert.deepEqual([...new Set(live.bars.map(barDate))], ["2025-11-24"]);
  const history = await answerOf(feed.history({ ...request, barsMax: 1 }, never));
  assert.deepEqual([...new Set(history.bars.map(barDate))], ["2025-11-23"]);
});

test("all that is known since the first simulated session is some 2,600 days", async () => {
  const bars = await past("1d", { symbols: ["ZDOP"], to: startDate });
  assert.equal(bars[0] === undefined ? "" : barDate(bars[0]), "2015-01-04");
  assert.ok(bars.length > 2600);
});

test("what cannot be simulated is refused", async () => {
  for (const options of [{ symbols: 0 }, { symbols: 721 }, { symbols: 1.5 }, { speed: -1 }]) {
    await assert.rejects(past("1d", monday, options), { code: "E_USAGE" });
  }
  for (const code of ["1w", "1mo"]) await assert.rejects(past(code), { code: "E_USAGE" });
  const to = Temporal.PlainDate.from("2100-01-01");
  await assert.rejects(past("1d", { to }), { code: "E_USAGE" });
});

function lastDay(bars: readonly Bar[]): readonly Bar[] {
  return [...bySymbol(bars).values()].flat().filter((bar) => barDate(bar) === startDate.toString());
}
