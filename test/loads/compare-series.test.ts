import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import type { LoadNote } from "../../src/ledger/load-entry.ts";
import { compareSeries, mendSeries } from "../../src/loads/compare-series.ts";
import { barContent, type Bar } from "../../src/market/bar.ts";
import { barOf } from "../support/silver-lake.ts";

const dayMs = 86_400_000;
const always = { firstMs: -Infinity, lastMs: Infinity };

/** A bar of day `day` of a history, but for what is given. */
function bar(day: number, changes: Partial<Bar> = {}): Bar {
  const { startMs } = barOf({ at: "2024-01-01T10:00:00+02:00" });
  return barOf({ startMs: startMs + day * dayMs, ...changes });
}

function scaled(of: Bar, factor: number): Bar {
  const by = (price: number | null): number | null =>
    price === null ? null : Math.round(price * factor * 1000) / 1000;
  const close = Math.round(of.close * factor * 1000) / 1000;
  return { ...of, open: by(of.open), high: by(of.high), low: by(of.low), close };
}

function barsOf(notes: readonly LoadNote[], kind: "poorer" | "shrunken"): number {
  const note = notes.find((one) => one.kind === kind);
  return note !== undefined && "bars" in note ? note.bars : 0;
}

const series: fc.Arbitrary<readonly Bar[]> = fc
  .uniqueArray(
    fc.record({
      day: fc.nat(400),
      close: fc.integer({ min: 500, max: 20_000 }),
      volume: fc.option(fc.nat(1e6)),
    }),
    { selector: ({ day }) => day, maxLength: 60 },
  )
  .map((rows) =>
    rows
      .toSorted((left, right) => left.day - right.day)
      .map(({ day, close, volume }) => bar(day, { close: close / 100, volume })),
  );

suite("an answer", () => {
  test("that nothing is held of is taken whole", () => {
    fc.assert(
      fc.property(series, (answer) => {
        const { added, notes, mixed } = compareSeries([], answer, always);
        assert.deepEqual(added, answer);
        assert.deepEqual([notes, mixed], [[], false]);
      }),
    );
  });

  test("that says what is held adds nothing", () => {
    fc.assert(
      fc.property(series, (answer) => {
        const again = answer.map((one) => ({ ...one, ingestedMs: one.ingestedMs + 1 }));
        assert.deepEqual(compareSeries(answer, again, always), {
          added: [],
          notes: [],
          mixed: false,
        });
      }),
    );
  });

  test("leaves, joined to what is held, each bar as new as it can be, and none that says less", () => {
    fc.assert(
      fc.property(series, series, (held, answer) => {
        const { added, notes } = compareSeries(held, answer, always);
        const joined = new Map(held.map((one) => [one.startMs, one]));
        for (const one of added) joined.set(one.startMs, one);
        const before = new Map(held.map((one) => [one.startMs, one]));
        const poorer = barsOf(notes, "poorer");
        const rebased = notes.some(({ kind }) => kind === "rebased");
        let differing = 0;
        for (const one of answer) {
          const now = joined.get(one.startMs);
          assert.ok(now !== undefined);
          if (barContent(now) !== barContent(one)) differing += 1;
          const old = before.get(one.startMs);
          if (old !== undefined && !rebased && old.volume !== null) {
            assert.notEqual(now.volume, null);
          }
        }
        assert.equal(differing, poorer);
        const given = new Set(answer.map((one) => one.startMs));
        const lacking = held.filter((one) => !given.has(one.startMs)).length;
        assert.equal(barsOf(notes, "shrunken"), lacking);
      }),
    );
  });

  test("without a value that is held is poorer, and so is a provisional one", () => {
    const held = [bar(1), bar(2), bar(3)];
    const answer = [bar(1, { volume: null }), bar(2, { open: null, close: 10.6 }), bar(3)];
    const { added, notes } = compareSeries(held, answer, always);
    assert.deepEqual([added, notes], [[], [{ kind: "poorer", bars: 2 }]]);
    const forming = compareSeries(held, [bar(3, { final: false, close: 11 })], always);
    assert.deepEqual(forming.added, []);
  });

  test("that adds a value is taken", () => {
    const better = bar(1, { volume: 5 });
    const { added } = compareSeries([bar(1, { volume: null })], [better], always);
    assert.deepEqual(added, [better]);
  });

  test("is not shrunken by what was not asked for", () => {
    const held = [bar(1), bar(2), bar(3), bar(4)];
    const asked = { firstMs: bar(3).startMs, lastMs: bar(3).startMs };
    assert.deepEqual(compareSeries(held, [bar(3)], asked).notes, []);
    assert.deepEqual(compareSeries(held, [bar(3)], always).notes, [{ kind: "shrunken", bars: 3 }]);
  });
});

test("bars that mend add what differs, on whatever basis, and take no value away", () => {
  const held = [bar(1), bar(2, { volume: 0 }), bar(3), bar(4), bar(5)];
  const halves = [3, 4].map((day) => scaled(bar(day), 0.5));
  const nulls = [bar(2, { volume: null }), bar(5, { volume: null })];
  const { added, notes } = mendSeries(held, [bar(1), ...nulls, ...halves, bar(6)]);
  assert.deepEqual([added, notes], [[nulls[0], ...halves, bar(6)], []]);
});

suite("a re-based history", () => {
  const held = Array.from({ length: 200 }, (_, day) => bar(day, { close: 10 + (day % 17) / 10 }));
  const split = (factor: number): readonly Bar[] =>
    held.map((one, day) => (day < 150 ? scaled(one, factor) : one));

  test("is known by its factor, up to the bar before the split", () => {
    for (const factor of [0.5, 1 / 3, 10 / 11, 0.1, 5]) {
      const { added, notes, mixed } = compareSeries(held, split(factor), always);
      const [note] = notes;
      assert.ok(note?.kind === "rebased", String(factor));
      assert.ok(Math.abs(note.factor / factor - 1) < 0.01, `${note.factor} for ${factor}`);
      assert.deepEqual([note.bars, added.length, mixed], [150, 150, false]);
    }
  });

  test("is taken whole, poorer bars too, so that it has one basis", () => {
    const answer = split(0.5).with(3, { ...scaled(bar(3, { close: 10.3 }), 0.5), volume: null });
    assert.equal(compareSeries(held, answer, always).added.length, 150);
  });

  test("that does not reach back is mixed, even where it was not asked to", () => {
    const later = split(0.5).slice(100);
    const asked = { firstMs: bar(100).startMs, lastMs: Infinity };
    assert.equal(compareSeries(held, later, asked).mixed, true);
    assert.equal(compareSeries(held, later, always).mixed, true);
  });

  test("may lack a bar of a hundred", () => {
    const answer = split(0.5).filter((_, day) => day !== 40);
    const { mixed, notes } = compareSeries(held, answer, always);
    assert.equal(mixed, false);
    assert.deepEqual(
      notes.map(({ kind }) => kind),
      ["shrunken", "rebased"],
    );
  });

  test("is none: a few corrections, a market that moved, a history that is new", () => {
    const corrected = held.map((one, day) => (day === 7 ? scaled(one, 2) : one));
    const moved = held.map((one, day) => scaled(one, 1 + (day % 5) / 10));
    for (const answer of [corrected, moved]) {
      const { notes, mixed } = compareSeries(held, answer, always);
      assert.deepEqual([notes, mixed], [[], false]);
    }
  });
});
