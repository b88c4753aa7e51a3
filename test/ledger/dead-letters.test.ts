import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { closeDeadLetter, readDeadLetterEnd } from "../../src/ledger/dead-letters.ts";
import { deadDoneKey } from "../../src/ledger/layout.ts";
import { makeRig } from "../support/consumer-rig.ts";

const chain = { topic: "bars", logId: "0123abcd", partition: 0 };

test("a letter is closed once, and how it ended is read back", async (t) => {
  const { lake } = await makeRig(t);
  const end = { outcome: "waived", note: "known", at: "2025-11-24T09:00:00.000Z" } as const;
  assert.equal(await readDeadLetterEnd(lake, chain, 7), null);
  assert.equal(await closeDeadLetter(lake, { chain, offset: 7 }, end), true);
  const later = { ...end, outcome: "replayed" } as const;
  assert.equal(await closeDeadLetter(lake, { chain, offset: 7 }, later), false);
  assert.deepEqual(await readDeadLetterEnd(lake, chain, 7), end);
});

test("an end that is not as it was written is damage", async (t) => {
  const { lake } = await makeRig(t);
  for (const body of [utf8("no json"), utf8('{"outcome":"lost"}'), Uint8Array.of(0xff), utf8("")]) {
    await lake.put(deadDoneKey(chain, 7), body);
    await assert.rejects(readDeadLetterEnd(lake, chain, 7), (error) =>
      hasCode(error, "E_LEDGER_DAMAGED"),
    );
  }
});
