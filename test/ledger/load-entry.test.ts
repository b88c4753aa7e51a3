import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import {
  encodeLoadEntry,
  loadDigest,
  parseLoadEntry,
  type LoadEntry,
} from "../../src/ledger/load-entry.ts";

const digest = "ab".repeat(32);
const object = (key: string, records: number): LoadEntry["objects"][number] => ({
  key,
  records,
  bytes: records * 20,
  sha256: digest,
});

const entries: fc.Arbitrary<LoadEntry> = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 4 }),
    refused: fc.integer({ min: 0, max: 50 }),
    repeated: fc.integer({ min: 0, max: 50 }),
    backfill: fc.boolean(),
    symbols: fc.oneof(fc.constant("all" as const), fc.constant(["COMI", "ETEL"])),
    writer: fc.string({ maxLength: 20 }),
  })
  .map(({ counts, refused, repeated, backfill, symbols, writer }) => ({
    format: 1,
    kind: "load",
    asked: backfill
      ? { command: "backfill", symbols, from: "2015-01-01", to: "2025-12-31" }
      : {
          command: "import",
          form: "csv",
          columns: [["close", "Price"]],
          symbols,
          date_order: "mdy",
          from: null,
          to: null,
        },
    source: backfill ? "tradingview" : "csv:prices",
    interval: "Daily",
    adjusted: "splits",
    currency: "EGP",
    read: digest,
    records: counts.reduce((sum, count) => sum + count, 0),
    objects: counts.map((count, index) => object(`batch/${index}.parquet`, count)),
    rejected: refused === 0 ? null : object("_dead/batch/x.json", refused),
    rejected_codes: refused === 0 ? [] : [["E_BAR_PRICE", refused]],
    repeated,
    symbols: counts.map((count, index) => ({
      symbol: `S${index}`,
      outcome: "loaded",
      bars: count,
      added: count,
      first: "2015-01-04",
      last: "2025-12-30",
      notes: index === 0 ? [{ kind: "rebased", bars: 3, factor: 0.25 }] : [],
      error: null,
    })),
    writer,
    created: "2025-11-24T16:00:00.000Z",
  }));

test("an entry is read back as it was written", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      assert.deepEqual(parseLoadEntry(encodeLoadEntry(entry), loadDigest(entry)), entry);
    }),
  );
});

test("any one changed byte is refused", () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), (entry, at, flip) => {
      const bytes = encodeLoadEntry(entry);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ flip;
      assert.throws(
        () => parseLoadEntry(bytes, loadDigest(entry)),
        (error) => hasCode(error, "E_LEDGER_DAMAGED", "E_LEDGER_FORMAT"),
      );
    }),
  );
});

test("an entry under another load's name, or whose sums are wrong, is refused", () => {
  const [entry] = fc.sample(
    entries.filter(({ records }) => records > 0),
    { numRuns: 1, seed: 1 },
  );
  assert.ok(entry !== undefined);
  const refused = (changed: LoadEntry, load = loadDigest(changed)): void =>
    assert.throws(
      () => parseLoadEntry(encodeLoadEntry(changed), load),
      (error) => hasCode(error, "E_LEDGER_DAMAGED"),
    );
  refused(entry, "cd".repeat(32));
  refused({ ...entry, records: entry.records + 1 });
  refused({ ...entry, symbols: entry.symbols.slice(1) });
  refused({ ...entry, rejected_codes: [["E_BAR_TIME", 99]] });
});

test("an entry of a later format says that a newer release is needed", () => {
  const [entry] = fc.sample(entries, { numRuns: 1, seed: 1 });
  assert.ok(entry !== undefined);
  const text = textOf(encodeLoadEntry(entry)).replace('"format":1', '"format":2');
  assert.throws(
    () => parseLoadEntry(utf8(text), loadDigest(entry)),
    (error) => hasCode(error, "E_LEDGER_FORMAT"),
  );
});

test("a load's name follows from what was asked and read, and from nothing else", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const other = { ...entry, writer: "another", created: "2026-01-01T00:00:00.000Z" };
      assert.equal(loadDigest(entry), loadDigest(other));
      assert.notEqual(loadDigest(entry), loadDigest({ ...entry, read: "cd".repeat(32) }));
      assert.notEqual(loadDigest(entry), loadDigest({ ...entry, adjusted: "none" }));
      assert.notEqual(
        loadDigest(entry),
        loadDigest({ ...entry, asked: { ...entry.asked, to: "2024-12-31" } }),
      );
    }),
  );
});
