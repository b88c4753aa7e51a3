import assert from "node:assert/strict";
import { test } from "node:test";
import { goesBack, inferInterval, type Sample } from "../../src/feeds/recorded-interval.ts";
import { readStamp } from "../../src/feeds/recorded-row.ts";

function samples(...stamps: readonly string[]): readonly Sample[] {
  return stamps.map((text) => {
    const [time = "", symbol = "COMI"] = text.split(" of ");
    const stamp = readStamp(time, "cairo");
    assert.ok(stamp !== null, time);
    return { symbol, stamp };
  });
}

const cases: readonly (readonly [string, readonly string[], string | null])[] = [
  [
    "minutes, some missing",
    ["2025-11-24T10:00", "2025-11-24T10:01", "2025-11-24T10:05", "2025-11-24T10:06"],
    "1 Minute",
  ],
  [
    "five minutes over a night",
    ["2025-11-24T14:20", "2025-11-24T14:25", "2025-11-25T10:00", "2025-11-25T10:05"],
    "5 Minute",
  ],
  ["hours", ["2025-11-24T10:00", "2025-11-24T11:00", "2025-11-24T12:00"], "1 Hour"],
  [
    "half hours, newest first",
    ["2025-11-24T11:00", "2025-11-24T10:30", "2025-11-24T10:00"],
    "30 Minute",
  ],
  ["dates", ["2025-11-20", "2025-11-23", "2025-11-24"], "Daily"],
  ["dates with a time", ["2025-11-23T22:00Z", "2025-11-24T22:00Z", "2025-11-26T22:00Z"], "Daily"],
  ["one row", ["2025-11-20"], "Daily"],
  ["weeks", ["2025-11-02", "2025-11-09", "2025-11-16"], "Weekly"],
  ["months", ["2025-09-01", "2025-10-01", "2025-11-01"], "Monthly"],
  ["steps of no interval", ["2025-11-24T10:00", "2025-11-24T10:07"], null],
  [
    "symbols in turn",
    [
      "2025-11-24T10:00 of A",
      "2025-11-24T10:00 of B",
      "2025-11-24T10:15 of A",
      "2025-11-24T10:15 of B",
    ],
    "15 Minute",
  ],
];

for (const [title, stamps, expected] of cases) {
  test(`${title}: ${expected ?? "not inferred"}`, () => {
    assert.equal(inferInterval(samples(...stamps))?.name ?? null, expected);
  });
}

test("a symbol that begins earlier than the one before it does not go back", () => {
  assert.equal(goesBack(samples("2025-11-24 of A", "2025-11-25 of A", "2025-11-20 of B")), false);
  assert.equal(goesBack(samples("2025-11-24 of A", "2025-11-20 of B", "2025-11-23 of A")), true);
});
