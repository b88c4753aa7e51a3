import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { BarEvent } from "../../src/serve/api/events.ts";
import type { Quote, SnapshotAnswer } from "../../src/serve/api/market.ts";
import { applyBars } from "../../web/src/lib/live-quote.ts";
import { movers } from "../../web/src/pages/market/movers.ts";
import {
  heatStep,
  isSmall,
  layOut,
  nearestTile,
  tileText,
} from "../../web/src/pages/market/treemap.ts";

const mode = { data: "simulated", feed: null, delaySeconds: null, replaySpeed: null } as const;

test("tiles lie in the box, do not overlap, and are as large as their symbols' turnover", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.boolean(), (turnovers, rtl) => {
      const quotes = turnovers.map((turnover, place) =>
        quote(`S${place}`, { turnover, sector: sector(place % 4) }),
      );
      const { sectors } = layOut(quotes, "turnover", { width: 900, height: 600, rtl });
      const tiles = sectors.flatMap((each) => each.tiles);
      assert.equal(tiles.length, quotes.length);
      for (const { x, y, width, height } of tiles) {
        assert.ok(x >= 0 && y >= 0 && x + width <= 900 && y + height <= 600);
      }
      for (const [place, one] of tiles.entries()) {
        for (const other of tiles.slice(place + 1)) {
          const apart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y;
          assert.ok(apart, `${one.quote.symbol} covers ${other.quote.symbol}`);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("the map begins at the right where reading does", () => {
  const quotes = [quote("BIG", { turnover: 900 }), quote("LOW", { turnover: 100 })];
  const leftOf = (rtl: boolean): number =>
    layOut(quotes, "turnover", { width: 800, height: 400, rtl })
      .sectors.flatMap(({ tiles }) => tiles)
      .find((tile) => tile.quote.symbol === "BIG")?.x ?? -1;
  assert.equal(leftOf(false), 0);
  assert.ok(leftOf(true) > 0);
});

test("what has no size or too small a tile is listed, and nothing is lost", () => {
  const quotes = [
    quote("BIG", { turnover: 1e9 }),
    quote("TINY", { turnover: 1 }),
    quote("NONE", { turnover: null }),
  ];
  const { sectors, others } = layOut(quotes, "turnover", { width: 400, height: 300, rtl: false });
  const links = sectors.flatMap(({ tiles }) => tiles).filter((tile) => !isSmall(tile));
  assert.deepEqual(
    [...links.map((tile) => tile.quote.symbol), ...others.map(({ symbol }) => symbol)].toSorted(),
    ["BIG", "NONE", "TINY"],
  );
});

test("a number that does not fit whole is left out", () => {
  const box = (width: number, height: number) => ({ x: 0, y: 0, width, height });
  assert.deepEqual(tileText(box(200, 100), "COMI", "-3.53%").change, true);
  assert.equal(tileText(box(40, 100), "COMI", "-3.53%").change, false);
  assert.equal(tileText(box(24, 24), "COMI", "-3.53%").ticker, false);
});

test("the colour has seven steps", () => {
  const steps = [null, 0.001, -0.001, 0.0025, -0.019, 0.02, -0.05, 0.3].map(heatStep);
  assert.deepEqual(steps, [0, 0, 0, 1, -1, 2, -3, 3]);
});

test("arrows lead to the nearest tile of their direction, or nowhere at the edge", () => {
  const tile = (symbol: string, x: number, y: number) => ({
    quote: quote(symbol, {}),
    x,
    y,
    width: 10,
    height: 10,
  });
  const [a, b, c] = [tile("A", 0, 0), tile("B", 10, 0), tile("C", 0, 10)];
  const tiles = [a, b, c];
  assert.equal(nearestTile(tiles, a, "ArrowRight"), b);
  assert.equal(nearestTile(tiles, a, "ArrowDown"), c);
  assert.equal(nearestTile(tiles, a, "ArrowLeft"), null);
});

test("a live bar changes its quote and the breadth, and nothing else", () => {
  const before = snapshot([quote("COMI", {}), quote("ETEL", {})]);
  const change = applyBars(before, [bar({ symbol: "COMI", close: 11 })]);
  assert.ok(change.kind === "changed");
  const [comi, etel] = change.snapshot.quotes;
  assert.equal(comi?.last, 11);
  assert.ok(Math.abs((comi.changeRatio ?? 0) - 0.1) < 1e-9);
  assert.equal(etel, before.quotes[1]);
  assert.equal(change.snapshot.breadth.up, 1);
});

test("bars that are older, of another source, or of weeks change nothing; a new session is told", () => {
  const before = snapshot([quote("COMI", { asOf: "2026-03-01T09:00:00Z", source: "simulator" })]);
  for (const each of [
    bar({ time: "2026-03-01T08:00:00Z" }),
    bar({ source: "yahoo" }),
    bar({ interval: "1w" }),
    bar({ symbol: "XXXX" }),
    bar({ date: "2026-02-26" }),
  ]) {
    assert.equal(applyBars(before, [each]).kind, "same");
  }
  const next = applyBars(before, [bar({ date: "2026-03-02", time: "2026-03-02T08:00:00Z" })]);
  assert.deepEqual(next, { kind: "new-session", session: "2026-03-02" });
});

test("movers are those that traded, by their change or their turnover", () => {
  const quotes = [
    quote("UP", { changeRatio: 0.02, turnover: 5 }),
    quote("TOP", { changeRatio: 0.05, turnover: 1 }),
    quote("DOWN", { changeRatio: -0.03, turnover: 9 }),
    quote("OFF", { changeRatio: 0.5, state: "no-trade" }),
  ];
  const names = (by: "gainers" | "losers" | "active"): readonly string[] =>
    movers(quotes, by, 2).map(({ symbol }) => symbol);
  assert.deepEqual(names("gainers"), ["TOP", "UP"]);
  assert.deepEqual(names("losers"), ["DOWN"]);
  assert.deepEqual(names("active"), ["DOWN", "UP"]);
});

function sector(number: number): Quote["sector"] {
  return { en: `Sector ${number}`, ar: null };
}

function quote(symbol: string, given: Partial<Quote>): Quote {
  return {
    symbol,
    name: { en: symbol, ar: null },
    sector: null,
    state: "traded",
    last: 10,
    lastDate: "2026-03-01",
    previousClose: 10,
    change: 0,
    changeRatio: 0,
    open: 10,
    high: 10,
    low: 10,
    volume: 1,
    turnover: 10,
    marketValue: null,
    currency: "EGP",
    final: true,
    suspect: false,
    limit: null,
    asOf: null,
    source: null,
    ...given,
  };
}

function snapshot(quotes: Quote[]): SnapshotAnswer {
  const breadth = { up: 0, down: 0, flat: 0, noTrade: 0, missing: 0, unknown: 0 };
  return {
    mode,
    session: "2026-03-01",
    interval: "1m",
    quotes,
    breadth,
    turnover: null,
    position: "",
  };
}

function bar(given: Partial<BarEvent>): BarEvent {
  return {
    symbol: "COMI",
    interval: "1m",
    time: "2026-03-01T10:00:00Z",
    date: "2026-03-01",
    open: 10,
    high: 11,
    low: 10,
    close: 10,
    volume: 1,
    final: false,
    source: "simulator",
    currency: "EGP",
    adjusted: "splits",
    received: "2026-03-01T10:00:01Z",
    offset: "9f3c21ab/0:1",
    ...given,
  };
}
