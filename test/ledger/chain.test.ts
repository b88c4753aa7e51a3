import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findChainEnd, listChains, readChain } from "../../src/ledger/chain.ts";
import { encodeEntry, type StoredEntry } from "../../src/ledger/entry.ts";
import { entryKey, type ChainId } from "../../src/ledger/layout.ts";
import { LakeState, SimLake } from "../support/sim/sim-lake.ts";
import { SimProcess, World } from "../support/sim/world.ts";
import { seededRandom } from "../../src/base/random.ts";

const chain: ChainId = { topic: "bars", logId: "9f3c21ab", partition: 0 };

interface Made {
  readonly lake: SimLake;
  readonly last: StoredEntry | null;
  /** Runs `work` while the world performs its calls. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** A lake with one chain whose entries have these lengths. */
function makeChain(
  lengths: readonly number[],
  id: ChainId = chain,
  state = new LakeState(true),
): Made {
  const world = new World(seededRandom(1));
  const lake = new SimLake(state, new SimProcess(world, "reader"));
  let last: StoredEntry | null = null;
  let start = 0;
  for (const length of lengths) {
    const end = start + length;
    last = encodeEntry({
      format: 1,
      log: id.logId,
      topic: id.topic,
      partition: id.partition,
      start,
      end,
      prev: last?.sha256 ?? null,
      records: 0,
      objects: [],
      dead_letters: [],
      absent: [[start, end - 1]],
      writer: "w",
      created: "2025-11-24T08:00:00.000Z",
    });
    state.write(entryKey(id, start), last.bytes);
    start = end;
  }
  return {
    lake,
    last,
    run: async (work) => {
      const progress = { done: false };
      const settled = end(work, progress);
      await world.runUntil(() => progress.done, 10_000);
      await settled;
      return work;
    },
  };
}

test("the end of any chain is found, whatever the hint", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 40, size: "max" }),
      fc.nat({ max: 300_000 }),
      async (lengths, hint) => {
        const made = makeChain(lengths);
        const found = await made.run(findChainEnd(made.lake, chain, hint));
        assert.equal(
          found.end,
          lengths.reduce((sum, length) => sum + length, 0),
        );
        assert.equal(found.last?.sha256, made.last?.sha256);
      },
    ),
  );
});

test("a chain is read in order from any of its entries", async () => {
  const made = makeChain([3, 4, 5]);
  const all = await made.run(Array.fromAsync(readChain(made.lake, chain)));
  assert.deepEqual(
    all.map(({ entry }) => [entry.start, entry.end]),
    [
      [0, 3],
      [3, 7],
      [7, 12],
    ],
  );
  const rest = await made.run(
    Array.fromAsync(readChain(made.lake, chain, 3, all[0]?.sha256 ?? null)),
  );
  assert.equal(rest.length, 2);
  await assert.rejects(made.run(Array.fromAsync(readChain(made.lake, chain, 3, "f".repeat(64)))));
});

test("all chains are listed once", async () => {
  const state = new LakeState(true);
  const ids: ChainId[] = [
    { topic: "bars", logId: "00000000", partition: 0 },
    { topic: "bars", logId: "00000000", partition: 10 },
    { topic: "bars", logId: "00000000", partition: 2 },
    { topic: "bars.dlq", logId: "ffffffff", partition: 0 },
  ];
  for (const id of ids) makeChain([1, 1, 1], id, state);
  const made = makeChain([], chain, state);
  const listed = await made.run(Array.fromAsync(listChains(made.lake)));
  const name = (id: ChainId): string => `${id.topic}/${id.logId}/${id.partition}`;
  assert.deepEqual(listed.map(name).toSorted(), ids.map(name).toSorted());
});

async function end(work: Promise<unknown>, progress: { done: boolean }): Promise<void> {
  await Promise.allSettled([work]);
  progress.done = true;
}
