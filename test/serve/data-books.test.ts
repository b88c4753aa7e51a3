import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { closeGap, openGap } from "../../src/ledger/gaps.ts";
import { GapBook } from "../../src/serve/data/gap-book.ts";
import { LetterBook } from "../../src/serve/data/letter-book.ts";
import { makeApiData } from "../support/api-rig.ts";
import { makeLake } from "../support/silver-lake.ts";

/** A clock on which every look lies an hour after the one before. */
function hourly(): typeof systemClock {
  let hour = 0;
  return { ...systemClock, monotonicMs: () => (hour += 1) * 3_600_000 };
}

/** Counts the objects that are read of a lake from here on. */
function countReads(lake: Lake): () => number {
  let reads = 0;
  const get = lake.get.bind(lake);
  lake.get = async (...asked) => {
    reads += 1;
    return get(...asked);
  };
  return () => {
    const now = reads;
    reads = 0;
    return now;
  };
}

async function writeGap(lake: Lake, symbol: string): Promise<string> {
  const facts = { exchange: "EGX", interval: "Daily", time: 1, defects: ["missing"] };
  const dates = { from: "2025-11-10", to: "2025-11-12", opened: "2025-11-23T06:00:00.000Z" };
  return openGap(lake, { format: 1, kind: "gap", symbol, ...facts, ...dates });
}

test("a hole that is closed is read once, however often it is told of", async (t) => {
  const { lake } = await makeLake(t);
  await writeGap(lake, "COMI");
  const ended = { gap: await writeGap(lake, "ETEL"), closed: "2025-11-24T06:00:00.000Z" };
  const parts = { healed: [], waived: [], unhealable: [] };
  const how = { outcome: "healed", source: "tradingview", ...parts } as const;
  await closeGap(lake, { format: 1, kind: "gap-closed", ...ended, ...how });
  const book = new GapBook(lake, hourly());
  const reads = countReads(lake);
  const first = await book.gaps();
  assert.deepEqual([first.length, reads()], [2, 4]);
  assert.deepEqual(await book.gaps(), first);
  assert.equal(reads(), 2, "the open one may be closed meanwhile");
});

test("a dead letter is read once", async (t) => {
  const { testLake } = await makeApiData(t);
  const book = new LetterBook(testLake.lake, hourly());
  const reads = countReads(testLake.lake);
  const first = await book.lines();
  assert.deepEqual([first.length, reads()], [1, 1]);
  assert.deepEqual(await book.lines(), first);
  assert.equal(reads(), 0);
});
