import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BarStore, NewestBars } from "../../src/feeds/recorded-store.ts";
import type { Bar } from "../../src/market/bar.ts";
import { parseInterval } from "../../src/market/interval.ts";

const price = fc.option(fc.double({ min: 0.001, max: 1000, noNaN: true }));
const anyBar: fc.Arbitrary<Bar> = fc.record<Bar>(
  {
    symbol: fc.constantFrom("AALR", "COMI", "ETEL"),
    exchange: fc.constant("EGX"),
    interval: fc.constant(parseInterval("1m")),
    startMs: fc.integer({ min: 0, max: 20 }).map((minute) => minute * 60_000),
    open: price,
    high: price,
    low: price,
    close: fc.double({ min: 0.001, max: 1000, noNaN: true }),
    volume: fc.option(fc.nat()),
    ingestedMs: fc.constant(7),
    final: fc.constant(true),
    source: fc.constant("csv:prices.csv"),
    currency: fc.constant("EGP"),
    adjusted: fc.constant("splits"),
  },
  { noNullPrototype: true },
);

test("a store gives back the bars that it took, by time and by symbol", () => {
  fc.assert(
    fc.property(fc.array(anyBar), (bars) => {
      const store = new BarStore();
      for (const bar of bars) store.add(bar);
      const read = (indexes: Uint32Array): Bar[] =>
        Array.from(indexes, (index) => store.bar(index, 7));
      assert.deepEqual(
        read(store.byTime()),
        bars.toSorted((a, b) => a.startMs - b.startMs),
      );
      const groups = [...Map.groupBy(bars, (bar) => bar.symbol).values()];
      assert.deepEqual(
        read(store.bySymbol()),
        groups.flatMap((group) => group.toSorted((a, b) => a.startMs - b.startMs)),
      );
    }),
  );
});

test("a store holds more bars than one block has", () => {
  const store = new BarStore();
  const [bar] = fc.sample(anyBar, 1);
  assert.ok(bar !== undefined);
  const count = 70_000;
  for (let index = 0; index < count; index += 1) {
    store.add({ ...bar, startMs: (count - index) * 60_000, close: index + 1 });
  }
  assert.equal(store.size, count);
  const order = store.byTime();
  assert.equal(store.bar(order[0] ?? 0, 0).close, count);
  assert.equal(store.bar(order[count - 1] ?? 0, 0).close, 1);
});

test("a store that is full says so, and what to do", () => {
  const store = new BarStore(2);
  const [bar] = fc.sample(anyBar, 1);
  assert.ok(bar !== undefined);
  store.add(bar);
  store.add(bar);
  assert.throws(() => store.add(bar), { code: "E_CONFIG", hint: /--symbols, --from and --to/ });
});

test("the newest bars of each symbol are kept, in whatever order they come", () => {
  fc.assert(
    fc.property(
      fc.array(anyBar, { maxLength: 300 }),
      fc.integer({ min: 0, max: 5 }),
      (bars, max) => {
        const newest = new NewestBars(max);
        for (const bar of bars) newest.add(bar);
        const kept = [...newest.all()].map((bar) => bar.startMs);
        const groups = [...Map.groupBy(bars, (bar) => bar.symbol).values()];
        const expected = groups.flatMap((group) => {
          const times = group.map((bar) => bar.startMs).toSorted((a, b) => a - b);
          return times.slice(times.length - Math.min(max, times.length));
        });
        assert.deepEqual(kept, expected);
      },
    ),
  );
});
