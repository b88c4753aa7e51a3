import assert from "node:assert/strict";
import * as fc from "fast-check";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { isCode, keysOf, listed, type NamedCase, putAll } from "./lake-case.ts";

/** Parts of objects. */
export const reads: readonly NamedCase[] = [
  [
    "a range has both its ends, and is cut at the object's",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("o", utf8("0123456789"));
      const range = async (first: number, last: number): Promise<string> =>
        textOf((await lake.getRange("o", first, last)) ?? utf8("null"));
      assert.equal(await range(0, 0), "0");
      assert.equal(await range(2, 4), "234");
      assert.equal(await range(0, 9), "0123456789");
      assert.equal(await range(9, 9), "9");
      assert.equal(await range(8, 1000), "89");
      assert.equal(await range(10, 12), "");
      assert.equal(await range(5000, 6000), "");
    },
  ],
  [
    "a range that is none is refused",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("o", utf8("0123456789"));
      for (const [first, last] of [[3, 2] as const, [-1, 2] as const, [0.5, 2] as const]) {
        await assert.rejects(lake.getRange("o", first, last), isCode("E_INTERNAL"));
      }
    },
  ],
];

/** Listings are ordered, complete and begin anywhere. */
export const listings: readonly NamedCase[] = [
  [
    "an empty lake lists nothing, and so does a prefix that nobody has",
    async (contract, t) => {
      const lake = await contract.open(t);
      assert.deepEqual(await keysOf(lake), []);
      await lake.put("streaming/o", utf8("x"));
      assert.deepEqual(await keysOf(lake, "batch/"), []);
      assert.deepEqual(await keysOf(lake, "streaming/o/"), []);
      assert.deepEqual(await keysOf(lake, "streaming/o/below"), []);
    },
  ],
  [
    "keys come in the order of their bytes, whatever folders they lie in",
    async (contract, t) => {
      const lake = await contract.open(t);
      const awkward = [
        "a-b/x",
        "a/x",
        "a.json",
        "a=1/x",
        "a0/x",
        "a_/x",
        "aa/x",
        "A/x",
        "Z",
        "a/x.json",
        "a/x-1/y",
        "a/xy",
        "_ledger/1.json",
        "=",
        "0",
        "a/B",
      ];
      await putAll(lake, awkward);
      assert.deepEqual(await keysOf(lake), awkward.toSorted());
    },
  ],
  [
    "a prefix may end inside a segment",
    async (contract, t) => {
      const lake = await contract.open(t);
      await putAll(lake, [
        "d/date=2025-11-23/a",
        "d/date=2025-11-24/a",
        "d/date=2025-12-01/a",
        "d/x",
      ]);
      const november = ["d/date=2025-11-23/a", "d/date=2025-11-24/a"];
      assert.deepEqual(await keysOf(lake, "d/date=2025-11"), november);
      assert.deepEqual(await keysOf(lake, "d/date=2025-11-24/"), november.slice(1));
      assert.deepEqual(await keysOf(lake, "d/x"), ["d/x"]);
    },
  ],
  [
    "a listing begins behind `after`, whether or not there is such a key",
    async (contract, t) => {
      const lake = await contract.open(t);
      await putAll(lake, ["a-b/x", "a.json", "a/x", "a/y/z", "b/1", "b/2"]);
      const after = async (key: string, prefix = ""): Promise<readonly string[]> =>
        keysOf(lake, prefix, { after: key });
      assert.deepEqual(await after("a.json"), ["a/x", "a/y/z", "b/1", "b/2"]);
      assert.deepEqual(await after("a/x"), ["a/y/z", "b/1", "b/2"]);
      assert.deepEqual(await after("a/xx"), ["a/y/z", "b/1", "b/2"]);
      assert.deepEqual(await after("a/y"), ["a/y/z", "b/1", "b/2"]);
      assert.deepEqual(await after("a/y/z"), ["b/1", "b/2"]);
      assert.deepEqual(await after("b/2"), []);
      assert.deepEqual(await after("zzz"), []);
      assert.deepEqual(await after("A"), ["a-b/x", "a.json", "a/x", "a/y/z", "b/1", "b/2"]);
      assert.deepEqual(await after("b/1", "b/"), ["b/2"]);
      assert.deepEqual(await after("a/x", "b/"), ["b/1", "b/2"]);
    },
  ],
  [
    "2,600 objects are listed once each, from the start and from the middle",
    async (contract, t) => {
      const lake = await contract.open(t);
      const all = Array.from(
        { length: 2600 },
        (_, index) => `p/${String(index).padStart(20, "0")}.json`,
      );
      await putAll(lake, ["o/before", ...all, "q/behind"]);
      assert.deepEqual(await keysOf(lake, "p/"), all);
      const middle = all[1299] ?? "";
      assert.deepEqual(await keysOf(lake, "p/", { after: middle }), all.slice(1300));
      const ten: string[] = [];
      for await (const { key } of lake.list("p/", { after: middle })) {
        if (ten.push(key) === 10) break;
      }
      assert.deepEqual(ten, all.slice(1300, 1310));
    },
  ],
  [
    "any listing is what sorting and filtering the keys gives",
    async (contract, t) => {
      const lake = await contract.open(t);
      let round = 0;
      const segment = fc.string({
        unit: fc.constantFrom("a", "b", "0", "-", ".", "=", "_", "B"),
        minLength: 0,
        maxLength: 2,
      });
      const key = fc
        .array(segment, { minLength: 1, maxLength: 3 })
        .map((segments) => segments.map((text) => `k${text}`).join("/"));
      const keySet = fc.uniqueArray(key, { minLength: 1, maxLength: 10 });
      await fc.assert(
        fc.asyncProperty(keySet, key, fc.nat(12), async (candidates, after, length) => {
          round += 1;
          const root = `r${round}/`;
          const stored = withoutFolders(candidates).map((name) => root + name);
          await putAll(lake, stored);
          const prefix = root + (candidates[0] ?? "").slice(0, length);
          const expected = stored
            .filter((name) => name.startsWith(prefix) && name > root + after)
            .toSorted();
          assert.deepEqual(await keysOf(lake, prefix, { after: root + after }), expected);
        }),
        { numRuns: 30 },
      );
    },
  ],
];

/** Nothing outside the lake can be named. */
export const keys: readonly NamedCase[] = [
  [
    "a key that is not plain is refused by every call, and nothing is touched",
    async (contract, t) => {
      const lake = await contract.open(t);
      const bad = fc.oneof(
        fc.constantFrom("", "/", "..", ".", "../x", "a/../b", "a/..", "/etc/passwd", "a//b", "a/"),
        fc.constantFrom(".tmp/x", "a/.b", "-a", "a/-b", "a\\b", "a\0b", "C:x", "a b", "ä", "a\n"),
        fc.constant("x".repeat(256)),
        fc.constant("x/".repeat(450) + "x"),
        fc.string({ unit: "binary", maxLength: 8 }).map((text) => `a/${text}/../../b`),
        fc.string({ unit: "binary", maxLength: 8 }).map((text) => `a${text}/./b`),
      );
      await fc.assert(
        fc.asyncProperty(bad, async (key) => {
          const refused = isCode("E_LAKE_KEY");
          await assert.rejects(lake.put(key, utf8("x")), refused);
          await assert.rejects(lake.create(key, utf8("x")), refused);
          await assert.rejects(lake.replace(key, utf8("x"), null), refused);
          await assert.rejects(lake.get(key), refused);
          await assert.rejects(lake.head(key), refused);
          await assert.rejects(lake.getRange(key, 0, 1), refused);
          await assert.rejects(lake.delete(key), refused);
          assert.throws(() => lake.localPath(key), refused);
        }),
        { numRuns: 200 },
      );
      assert.deepEqual(await keysOf(lake), []);
    },
  ],
  [
    "a prefix with which no plain key can begin is refused",
    async (contract, t) => {
      const lake = await contract.open(t);
      for (const prefix of ["/", "../", "..", "a/../", "a//", ".", "a/.", "-", "a b", "/etc/"]) {
        await assert.rejects(listed(lake, prefix), isCode("E_LAKE_KEY"), prefix);
      }
    },
  ],
];

/** Keys of which none is the folder of another: a folder cannot hold both. */
function withoutFolders(all: readonly string[]): readonly string[] {
  return all.filter((key) => !all.some((other) => other.startsWith(`${key}/`)));
}
