import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import { closeDeadLetter, encodeDeadLetters } from "../../src/ledger/dead-letters.ts";
import { deadKey } from "../../src/ledger/layout.ts";
import { OpenDeadLetters } from "../../src/ledger/open-dead-letters.ts";

const topic = "egx_market_data";
const startMs = Date.UTC(2025, 10, 24, 9);

test("open dead letters are counted until they are closed, each object read once", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-letters-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const lake = await openFolderLake({ folder, create: true, clock: systemClock });
  t.after(() => lake.close());
  const chain = { topic, logId: "0123abcd", partition: 3 };
  const letter = (offset: number) =>
    ({
      offset,
      timestampMs: startMs + offset,
      code: "E_BAR_PRICE",
      reason: "no price",
      key: null,
      value: utf8("{}"),
      headers: [],
    }) as const;
  await lake.put(deadKey(chain, 5, 9), encodeDeadLetters([letter(6), letter(8)]));
  let gets = 0;
  const letters = new OpenDeadLetters({
    ...lake,
    list: (prefix) => lake.list(prefix),
    get: async (key) => {
      gets += 1;
      return lake.get(key);
    },
  });
  assert.deepEqual(await letters.look(), { open: 2, oldestMs: startMs + 6 });
  const end = { outcome: "waived", note: "known", at: "2025-11-24T09:00:00Z" } as const;
  await closeDeadLetter(lake, { chain, offset: 6 }, end);
  assert.deepEqual(await letters.look(), { open: 1, oldestMs: startMs + 8 });
  await closeDeadLetter(lake, { chain, offset: 8 }, end);
  assert.deepEqual(await letters.look(), { open: 0, oldestMs: null });
  assert.equal(gets, 1);
});
