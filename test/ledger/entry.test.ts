import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { encodeEntry, parseEntry, type Entry } from "../../src/ledger/entry.ts";
import type { ChainId } from "../../src/ledger/layout.ts";

const chain: ChainId = { topic: "bars", logId: "9f3c21ab", partition: 3 };
const digest = "ab".repeat(32);

/** Entries as the consumer makes them: every offset is a record, a dead letter or absent. */
const entries: fc.Arbitrary<Entry> = fc
  .record({
    start: fc.integer({ min: 0, max: 1_000_000 }),
    fates: fc.array(fc.constantFrom("record", "dead", "absent"), {
      minLength: 1,
      maxLength: 60,
      size: "max",
    }),
    writer: fc.string({ maxLength: 20 }),
  })
  .map(({ start, fates, writer }) => {
    const at = (fate: string): number[] =>
      fates.flatMap((own, index) => (own === fate ? [start + index] : []));
    const records = at("record").length;
    const dead = at("dead");
    const object = (key: string, count: number): Entry["objects"][number] => ({
      key,
      records: count,
      bytes: count * 100,
      sha256: digest,
    });
    return {
      format: 1,
      log: chain.logId,
      topic: chain.topic,
      partition: chain.partition,
      start,
      end: start + fates.length,
      prev: start === 0 ? null : digest,
      records,
      objects:
        records === 0 ? [] : [object("streaming/date=2025-11-24/symbol=COMI/x.json", records)],
      dead_letters: dead,
      absent: at("absent").map((offset) => [offset, offset] as const),
      writer,
      created: "2025-11-24T08:00:00.000Z",
      dead: dead.length === 0 ? undefined : object("_dead/bars/9f3c21ab/3/x.json", dead.length),
      lost: undefined,
    };
  });

test("an entry is read back as it was written", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const stored = encodeEntry(entry);
      const parsed = parseEntry(stored.bytes, chain, entry.start);
      assert.equal(parsed.sha256, stored.sha256);
      assert.equal(JSON.stringify(parsed.entry), JSON.stringify(entry));
    }),
  );
});

test("its fields stand in the contract's order", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const value: unknown = JSON.parse(textOf(encodeEntry(entry).bytes));
      assert.ok(typeof value === "object" && value !== null);
      assert.deepEqual(Object.keys(value).slice(0, 13), [
        "format",
        "log",
        "topic",
        "partition",
        "start",
        "end",
        "prev",
        "records",
        "objects",
        "dead_letters",
        "absent",
        "writer",
        "created",
      ]);
    }),
  );
});

test("no byte of an entry can be changed unseen", () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), (entry, place, change) => {
      const bytes = Uint8Array.from(encodeEntry(entry).bytes);
      const index = place % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ change;
      assert.throws(
        () => parseEntry(bytes, chain, entry.start),
        (error) => hasCode(error, "E_LEDGER_DAMAGED", "E_LEDGER_FORMAT"),
      );
    }),
    { numRuns: 1000 },
  );
});

const whole: Entry = {
  format: 1,
  log: chain.logId,
  topic: chain.topic,
  partition: 3,
  start: 10,
  end: 14,
  prev: digest,
  records: 2,
  objects: [
    { key: "streaming/date=2025-11-24/symbol=COMI/x.json", records: 2, bytes: 9, sha256: digest },
  ],
  dead_letters: [12],
  absent: [[13, 13]],
  writer: "w",
  created: "2025-11-24T08:00:00.000Z",
  dead: { key: "_dead/x.json", records: 1, bytes: 9, sha256: digest },
};

const contradictions: Readonly<Record<string, Partial<Entry>>> = {
  "another place than its key": { start: 11, records: 1 },
  "another topic": { topic: "other" },
  "no link though it is not the first": { prev: null },
  "an empty range": {
    end: 10,
    records: 0,
    objects: [],
    dead_letters: [],
    absent: [],
    dead: undefined,
  },
  "more records than its objects": { records: 3, end: 15 },
  "an offset that nothing accounts for": { end: 15 },
  "dead letters that its object does not hold": { dead: undefined },
  "dead letters outside of its range": { dead_letters: [14] },
  "absent ranges backwards": { absent: [[13, 12]] },
};

for (const [name, change] of Object.entries(contradictions)) {
  test(`an entry with ${name} is damage`, () => {
    const { bytes } = encodeEntry({ ...whole, ...change });
    assert.throws(
      () => parseEntry(bytes, chain, 10),
      (error) => hasCode(error, "E_LEDGER_DAMAGED"),
    );
  });
}

test("an entry of a newer format is told from damage", () => {
  const text = textOf(encodeEntry(whole).bytes).replace('"format":1', '"format":2');
  assert.throws(
    () => parseEntry(utf8(text), chain, 10),
    (error) => hasCode(error, "E_LEDGER_FORMAT"),
  );
});
