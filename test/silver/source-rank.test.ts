import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import {
  bestSeries,
  defaultSourceRank,
  type Series,
  type SourceRank,
} from "../../src/silver/source-rank.ts";

function series(source: string, adjusted = "splits", bars = 10): Series {
  return { exchange: "EGX", symbol: "COMI", source, adjusted, bars };
}

suite("the rank of sources", () => {
  const inOrder: readonly (readonly [Series, Series, string])[] = [
    [series("tradingview"), series("eodhd", "splits", 9000), "a better source, however short"],
    [series("eodhd"), series("kaggle:a/b"), "bought history before files"],
    [series("csv:a.csv"), series("yahoo"), "files before yahoo"],
    [series("kaggle:a/b"), series("yahoo"), "kaggle before yahoo"],
    [series("yahoo"), series("simulator"), "anything before the simulator"],
    [series("simulator"), series("unheard-of"), "known kinds before unknown ones"],
    [series("yahoo", "splits"), series("yahoo", "dividends", 20), "splits before dividends"],
    [series("yahoo", "dividends"), series("yahoo", "none", 20), "dividends before none"],
    [series("csv:z.csv", "none", 11), series("csv:a.csv", "none", 10), "the file with more bars"],
    [
      series("kaggle:a/b", "none", 11),
      series("csv:a.csv", "none", 10),
      "kaggle and csv are equals",
    ],
    [series("csv:a.csv"), series("csv:b.csv"), "then the name"],
    [series("csv:a.csv"), series("kaggle:a/b"), "then the name, of equals too"],
    [series("yahoo", "none", 1), series("yahoo", "odd", 20), "known adjustments before others"],
  ];
  for (const [better, worse, name] of inOrder) {
    test(name, () => {
      assert.equal(bestSeries([better, worse], defaultSourceRank), better);
      assert.equal(bestSeries([worse, better], defaultSourceRank), better);
    });
  }

  test("is the users' to set", () => {
    const rank: SourceRank = { sources: [["yahoo"], ["csv"]], adjusted: ["none"] };
    const all = [series("tradingview"), series("csv:a.csv"), series("yahoo", "none")];
    assert.equal(bestSeries(all, rank)?.source, "yahoo");
    assert.equal(bestSeries(all.slice(0, 2), rank)?.source, "csv:a.csv");
  });

  test("of none is none", () => {
    assert.equal(bestSeries([], defaultSourceRank), null);
  });

  test("does not depend on the order in which series come", () => {
    const anySeries = fc
      .tuple(
        fc.constantFrom("tradingview", "csv:a", "csv:b", "kaggle:c", "yahoo", "new"),
        fc.constantFrom("none", "splits", "dividends"),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([source, adjusted, bars]) => series(source, adjusted, bars));
    const distinct = fc.uniqueArray(anySeries, {
      minLength: 1,
      selector: ({ source, adjusted }) => `${source} ${adjusted}`,
    });
    fc.assert(
      fc.property(distinct, (all) => {
        const best = bestSeries(all, defaultSourceRank);
        assert.equal(bestSeries(all.toReversed(), defaultSourceRank), best);
        for (const other of all) {
          assert.equal(bestSeries([other, best ?? other], defaultSourceRank), best);
        }
      }),
    );
  });
});
