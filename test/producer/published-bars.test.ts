import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { barContent, barKey, type Bar } from "../../src/market/bar.ts";
import { contentHash } from "../../src/producer/content-hash.ts";
import { PublishedBars } from "../../src/producer/published-bars.ts";
import { PublishedSeries } from "../../src/producer/published-series.ts";
import { anyBar } from "../market/bars.ts";
import { barAt } from "./bars.ts";

suite("published bars", () => {
  test("agree with a plain map of the last content of each identity and source", () => {
    // Few symbols, times and contents, so that they meet.
    const bar = fc
      .record({
        symbol: fc.constantFrom("COMI", "ETEL"),
        minute: fc.nat(3),
        close: fc.constantFrom(80, 81),
        final: fc.boolean(),
        source: fc.constantFrom("tradingview", "yahoo"),
        adjusted: fc.constantFrom("none", "splits"),
      })
      .map(({ minute, ...rest }) => barAt(minute, rest));
    fc.assert(
      fc.property(fc.array(fc.oneof(bar, anyBar), { maxLength: 100, size: "max" }), (bars) => {
        const published = new PublishedBars();
        const model = new Map<string, Bar>();
        for (const each of bars) {
          const key = `${barKey(each)}|${each.source}`;
          const known = model.get(key);
          assert.equal(published.standing(each), standingOf(known, each));
          published.add(each);
          if (known?.final !== true || each.final) model.set(key, each);
          assert.equal(published.size, model.size);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("forget the oldest times of all series beyond the limit, and know the rest", () => {
    const published = new PublishedBars({ barsMax: 1000 });
    const at = (minute: number): Bar =>
      barAt(minute, { symbol: minute % 3 === 0 ? "COMI" : "ETEL" });
    for (let minute = 0; minute < 1000; minute += 1) published.add(at(minute));
    assert.equal(published.size, 1000);
    published.add(at(1000));
    assert.equal(published.size, 900);
    assert.equal(published.standing(at(100)), "new");
    assert.equal(published.standing(at(101)), "unchanged");
    assert.equal(published.standing(at(1000)), "unchanged");
    for (let minute = 1001; minute < 20_000; minute += 1) {
      published.add(at(minute));
      assert.ok(published.size <= 1000);
      assert.equal(published.standing(at(minute - 800)), "unchanged");
    }
  });

  test("know a message that is no bar whatever the time of its reading", () => {
    const published = new PublishedBars({ rejectsMax: 2 });
    const message = (close: string, time: string): Uint8Array =>
      utf8(`{"symbol":"COMI","close":${close},"ingestion_timestamp":"${time}","v":1}`);
    assert.equal(published.addReject(message("0", "2025-11-24T10:00:00.000Z")), true);
    assert.equal(published.addReject(message("0", "2026-01-01T10:00:00.000Z")), false);
    assert.equal(published.addReject(message("-1", "2025-11-24T10:00:00.000Z")), true);
    assert.equal(published.addReject(Uint8Array.of(0xff, 0xfe)), true);
    // The limit is two: the first one is forgotten.
    assert.equal(published.addReject(message("-1", "x")), false);
    assert.equal(published.addReject(message("0", "x")), true);
  });
});

suite("a published series", () => {
  test("is a map, whatever the order of times and whatever is forgotten", () => {
    const step = fc.oneof(
      { weight: 10, arbitrary: fc.tuple(fc.constant("set" as const), fc.nat(60)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant("forget" as const), fc.nat(60)) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        const series = new PublishedSeries();
        const model = new Map<number, number>();
        for (const [index, [what, time]] of steps.entries()) {
          if (what === "set") {
            assert.equal(series.set(time, index), !model.has(time));
            model.set(time, index);
          } else {
            const old = [...model.keys()].filter((each) => each < time);
            assert.equal(series.forgetBefore(time), old.length);
            for (const each of old) model.delete(each);
          }
          assert.deepEqual(
            Array.from(series.times),
            [...model.keys()].toSorted((a, b) => a - b),
          );
        }
        for (let time = 0; time <= 60; time += 1) assert.equal(series.get(time), model.get(time));
      }),
      { numRuns: 300 },
    );
  });
});

suite("the hash of a content", () => {
  test("is a whole number of 52 bits that spreads", () => {
    const seen = new Set<number>();
    const low = new Set<number>();
    for (let index = 0; index < 200_000; index += 1) {
      const hash = contentHash(`${80 + index / 100},82,79,81,${index},true`);
      assert.ok(Number.isSafeInteger(hash) && hash >= 0 && hash < 2 ** 52);
      seen.add(hash);
      low.add(hash % 65_536);
    }
    assert.equal(seen.size, 200_000);
    assert.ok(low.size > 60_000, `${low.size} of 65,536 low parts`);
  });

  test("differs when any of a bar's contents does", () => {
    fc.assert(
      fc.property(anyBar, anyBar, (one, other) => {
        const [left, right] = [barContent(one), barContent(other)];
        assert.equal(contentHash(left) === contentHash(right), left === right);
      }),
    );
  });
});

function standingOf(known: Bar | undefined, bar: Bar): string {
  if (known === undefined) return "new";
  if (barContent(known) === barContent(bar)) return "unchanged";
  return known.final && !bar.final ? "outdated" : "changed";
}
