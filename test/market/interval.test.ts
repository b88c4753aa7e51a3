import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../src/base/errors.ts";
import {
  intervalByCode,
  intervalByName,
  intervals,
  parseInterval,
} from "../../src/market/interval.ts";

test("every interval is found by its name and by its code", () => {
  const names = intervals.map((interval) => interval.name).join(",");
  assert.equal(names, "1 Minute,5 Minute,15 Minute,30 Minute,1 Hour,Daily,Weekly,Monthly");
  for (const interval of intervals) {
    assert.equal(intervalByName(interval.name), interval);
    assert.equal(intervalByCode(interval.code), interval);
    assert.equal(parseInterval(interval.name), interval);
    assert.equal(parseInterval(interval.code), interval);
    assert.equal(interval.intraday, interval.minutes !== null);
  }
  assert.equal(intervalByName("1d"), undefined);
  assert.equal(intervalByCode("Daily"), undefined);
});

test("an unknown interval is a usage error that names the nearest", () => {
  const cases = [
    ["daily", "Daily"],
    ["DAILY", "Daily"],
    ["1 day", "Daily"],
    ["1min", "1 Minute"],
    ["5mins", "5 Minute"],
    ["15minutes", "15 Minute"],
    ["1 hours", "1 Hour"],
    ["week", "Weekly"],
    ["month", "Monthly"],
  ] as const;
  for (const [text, nearest] of cases) {
    assert.throws(
      () => parseInterval(text),
      (error) =>
        hasCode(error, "E_USAGE") && error.message.includes(`"${text}"; did you mean "${nearest}"`),
      text,
    );
  }
});
