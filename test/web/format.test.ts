import assert from "node:assert/strict";
import { test } from "node:test";
import { fillText, isolate } from "../../web/src/i18n/dictionary.ts";
import { createFormatter, unknown } from "../../web/src/i18n/format.ts";
import { createI18n } from "../../web/src/i18n/i18n.ts";
import { messages as ar } from "../../web/src/i18n/ar/messages.ts";
import { messages as en } from "../../web/src/i18n/en/messages.ts";

const english = createFormatter("en", "latn");
const arabic = createFormatter("ar", "latn");

test("numbers are Latin in both languages unless asked otherwise, without invisible marks", () => {
  for (const format of [english, arabic]) {
    assert.equal(format.price(1234.5), "1,234.50");
    assert.equal(format.price(1.627), "1.627");
    assert.equal(format.change(-3.53), "-3.53%");
    assert.equal(format.change(1.2), "+1.20%");
    assert.equal(format.change(0), "0.00%");
    assert.equal(format.share(0.992), "99.20%");
    assert.equal(format.signed(-0.4), "-0.40");
    assert.equal(format.integer(1_204_000), "1,204,000");
  }
  const digits = createFormatter("ar", "arab");
  assert.match(digits.price(12.5), /^[٠-٩]+٫[٠-٩]+$/);
  assert.equal(digits.date("2026-03-05"), "٢٠٢٦-٠٣-٠٥");
  assert.doesNotMatch(digits.change(-3.5), /[\u200e\u200f\u061c]/);
});

test("what is not known is never 0", () => {
  for (const name of ["price", "integer", "change", "compact"] as const) {
    assert.equal(english[name](null), unknown);
    assert.equal(english[name](Number.NaN), unknown);
  }
  assert.equal(english.duration(null), unknown);
  assert.equal(english.time(null), unknown);
});

test("large numbers are in words of the press, with up to three decimals", () => {
  assert.equal(arabic.compact(2.991e12), "2.991 تريليون");
  assert.equal(arabic.compact(1.5e9), "1.5 مليار");
  assert.equal(arabic.compact(8_020_000), "8.02 مليون");
  assert.equal(english.compact(999_999), "1 m");
  assert.equal(english.compact(999), "999");
  assert.equal(english.compact(0), "0");
});

test("dates and times are Cairo's, in summer and in winter", () => {
  assert.equal(english.time(Date.parse("2026-07-15T07:00:00Z")), "10:00");
  assert.equal(english.time(Date.parse("2026-12-15T08:00:00Z")), "10:00");
  assert.equal(english.date(Date.parse("2026-12-14T22:30:00Z")), "2026-12-15");
  assert.equal(arabic.longDate("2026-03-05"), "الخميس 5 مارس 2026");
  assert.equal(english.longDate("2026-03-05"), "Thursday 5 March 2026");
});

test("lengths of time have their two largest units", () => {
  assert.equal(english.duration(97_000), "1 m 37 s");
  assert.equal(english.duration(0), "0 s");
  assert.equal(english.duration(52 * 3_600_000), "2 d 4 h");
  assert.equal(arabic.duration(48_000), "48 ث");
});

test("values in a text are isolated from the direction around them", () => {
  assert.equal(fillText("منذ {time}", { time: "-1.23%" }), "منذ \u2066-1.23%\u2069");
  assert.equal(isolate("البنك"), "\u2068البنك\u2069");
  assert.equal(fillText("{absent}", {}), "{absent}");
});

test("Arabic has its six plurals", () => {
  const i18n = createI18n("ar", "latn", ar);
  const texts = [0, 1, 2, 3, 11, 100].map((count) => i18n.plural(ar.shell.searchFound, count));
  assert.equal(new Set(texts).size >= 5, true, texts.join(" | "));
  assert.equal(texts[2], "نتيجتان");
});

test("both dictionaries have the same places in the same texts", () => {
  const english_ = new Map(placesOf(en, ""));
  const arabic_ = new Map(placesOf(ar, ""));
  assert.deepEqual([...arabic_.keys()].toSorted(), [...english_.keys()].toSorted());
  for (const [key, places] of english_) assert.deepEqual(arabic_.get(key), places, key);
});

/** Texts by their path with the names of their places; of a plural only the form for many. */
function placesOf(value: unknown, path: string): readonly [string, readonly string[]][] {
  if (typeof value === "string") {
    return [[path, [...new Set(value.match(/\{\w+\}/g))].toSorted()]];
  }
  if (typeof value !== "object" || value === null) return [];
  if ("other" in value) return placesOf(value.other, `${path}.other`);
  return Object.entries(value).flatMap(([key, inner]) => placesOf(inner, `${path}.${key}`));
}
