import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { dateText } from "../../src/market/cairo-time.ts";
import { parseDateTime } from "../../src/market/date-time.ts";

const tenInCairo = Date.UTC(2025, 10, 24, 8);

test("every strict spelling of one instant is read", () => {
  const spellings = [
    "2025-11-24T10:00:00+02:00",
    "2025-11-24T10:00:00+0200",
    "2025-11-24T10:00:00+02",
    "2025-11-24T10:00+02:00",
    "2025-11-24T08:00:00Z",
    "2025-11-24T08:00:00.000Z",
    "2025-11-24T08:00:00.000000-00:00",
    "2025-11-24 10:00:00",
    "2025-11-24T10:00:00",
    "2025-11-24T10:00",
    "2025-11-24T03:00:00-05:00",
    "2025-11-24T13:45:00+05:45",
    "2025-11-24 10:00:00.000000000",
  ];
  for (const text of spellings) assert.equal(parseDateTime(text)?.startMs, tenInCairo, text);
});

test("what is not strict ISO 8601, or no date, is refused", () => {
  const wrong = [
    "",
    "2025",
    "2025-11",
    "20251124",
    "2025-11-24T",
    "2025-11-24T10",
    "2025-11-24T1000",
    "2025-11-24T10:0",
    "2025-11-24T10:00:",
    "2025-11-24T10:00:00.",
    "2025-11-24T10:00:00,5",
    "2025-11-24T10:00:00.1234567890",
    "2025-11-24T10:00:00z",
    "2025-11-24t10:00:00",
    "2025-11-24T10:00:00 Z",
    "2025-11-24T10:00:00ZZ",
    "2025-11-24T10:00:00+2",
    "2025-11-24T10:00:00+2:00",
    "2025-11-24T10:00:00+02:0",
    "2025-11-24T10:00:00+02:000",
    "2025-11-24T10:00:00+24:00",
    "2025-11-24T10:00:00+02:60",
    "2025-11-24T10:00:00+02:00[Africa/Cairo]",
    "2025-11-24T24:00:00",
    "2025-11-24T10:60:00",
    "2025-11-24T10:00:60",
    "2025-11-24  10:00:00",
    " 2025-11-24",
    "2025-11-24 ",
    "2025-11-31",
    "2025-02-29T10:00:00",
    "2025-00-10",
    "2025-13-10",
    "25-11-24",
    "+2025-11-24",
    "2025/11/24",
    "24-11-2025",
    "Mon Nov 24 2025",
    "1763971200000",
    "٢٠٢٥-١١-٢٤",
  ];
  for (const text of wrong) assert.equal(parseDateTime(text), null, JSON.stringify(text));
});

test("a date alone is its 00:00, of Cairo or of UTC", () => {
  assert.equal(parseDateTime("2025-11-24")?.startMs, Date.UTC(2025, 10, 23, 22));
  assert.equal(parseDateTime("2025-11-24", "utc")?.startMs, Date.UTC(2025, 10, 24));
});

test("the date is the written one, whatever the offset", () => {
  for (const text of ["2025-11-24T23:30:00-05:00", "2025-11-24T00:30:00+09:00", "2025-11-24"]) {
    const parsed = parseDateTime(text);
    assert.equal(parsed === null ? null : dateText(parsed.day), "2025-11-24");
  }
});

test("a naive time that daylight saving skips has a date and no instant", () => {
  assert.deepEqual(parseDateTime("2025-04-25T00:30:00"), { startMs: null, day: 20_203 });
  assert.notEqual(parseDateTime("2025-04-25T00:30:00+02:00")?.startMs, null);
  assert.notEqual(parseDateTime("2025-04-25T00:30:00", "utc")?.startMs, null);
});

test("fractions below a millisecond are cut off", () => {
  for (const [fraction, ms] of [
    ["5", 500],
    ["05", 50],
    ["0019999", 1],
    ["999999", 999],
  ] as const) {
    const text = `2025-11-24T10:00:00.${fraction}+02:00`;
    assert.equal(parseDateTime(text)?.startMs, tenInCairo + ms, text);
  }
});

test("what Temporal writes is read as the same instant", () => {
  const instants = fc.integer({ min: Date.UTC(1990, 0, 2), max: Date.UTC(2099, 11, 30) });
  const zones = fc.constantFrom("UTC", "Africa/Cairo", "Asia/Kathmandu", "America/St_Johns");
  fc.assert(
    fc.property(instants, zones, (epochMs, zone) => {
      const zoned = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone);
      assert.equal(parseDateTime(zoned.toString({ timeZoneName: "never" }))?.startMs, epochMs);
      const naive = zoned.withTimeZone("UTC").toPlainDateTime().toString();
      assert.equal(parseDateTime(naive, "utc")?.startMs, epochMs);
    }),
    { numRuns: 1000 },
  );
});

test("nothing is read that Temporal refuses", () => {
  const part = fc.constantFrom(
    "2025",
    "-",
    "02",
    "30",
    "11",
    "T",
    " ",
    ":",
    "00",
    "59",
    ".",
    "Z",
    "+",
    "5",
  );
  const texts = fc.array(part, { maxLength: 14 }).map((parts) => `2025-11-${parts.join("")}`);
  fc.assert(
    fc.property(texts, (text) => {
      if (parseDateTime(text) === null) return;
      assert.doesNotThrow(() => Temporal.PlainDateTime.from(text.replace(/Z$/, "")), text);
    }),
    { numRuns: 5000 },
  );
});
