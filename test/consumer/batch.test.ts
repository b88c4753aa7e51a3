import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { Batch } from "../../src/consumer/batch.ts";
import { LakeKindCell } from "../../src/consumer/lake-kind-cell.ts";
import type { LogRecord } from "../../src/log/log.ts";
import { makeRig, message } from "../support/consumer-rig.ts";

test("what a batch holds is counted: lines, and all of a dead letter", async (t) => {
  const { lake } = await makeRig(t);
  const chain = { topic: "bars", logId: "0123abcd", partition: 0 };
  const kind = new LakeKindCell(lake);
  const plain = { timestampMs: 0, key: null, headers: [] };
  const large = new Uint8Array(100_000);
  const records: readonly Omit<LogRecord, "offset">[] = [
    { ...plain, value: utf8(message(0)) },
    { ...plain, value: large },
    { ...plain, value: utf8("bad"), key: large },
    { ...plain, value: utf8("bad"), headers: [{ key: "h".repeat(50_000), value: large }] },
  ];
  for (const record of records) {
    const batch = new Batch(0, { chain, kind, prefix: "streaming/", compression: "none" });
    batch.add({ ...record, offset: 0 });
    const { bytes } = batch.seal();
    assert.ok(batch.bytes >= bytes * 0.9, `${batch.bytes} of ${bytes} bytes`);
    assert.ok(batch.bytes <= bytes * 1.1 + 200, `${batch.bytes} for ${bytes} bytes`);
  }
});
