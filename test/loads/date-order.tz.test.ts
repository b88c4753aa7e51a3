import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { dateOrders, inferDateOrder, isoDateText } from "../../src/loads/date-order.ts";
import { parseDateTime } from "../../src/market/date-time.ts";

const dates = fc
  .integer({ min: 7305, max: 40_000 })
  .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));

const written = {
  ymd: ([year, month, day]: readonly string[]) => `${year}/${month}/${day}`,
  mdy: ([year, month, day]: readonly string[]) => `${Number(month)}/${Number(day)}/${year}`,
  dmy: ([year, month, day]: readonly string[]) => `${day}.${month}.${year}`,
};

test("a date in any order is the same date", () => {
  fc.assert(
    fc.property(dates, fc.constantFrom(...dateOrders), (iso, order) => {
      assert.equal(isoDateText(written[order](iso.split("-")), order), iso);
      assert.equal(isoDateText(iso, order), iso);
    }),
  );
});

test("the order is what the dates show, whatever they are, or it is not known", () => {
  fc.assert(
    fc.property(
      fc.array(dates, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(...dateOrders),
      (isos, order) => {
        const shown = inferDateOrder(isos.map((iso) => written[order](iso.split("-"))));
        const clear = isos.some((iso) => Number(iso.slice(8)) > 12);
        assert.equal(shown, order === "ymd" || clear ? order : "ambiguous");
      },
    ),
  );
});

suite("dates as sites write them", () => {
  const cases = [
    ["11/24/2025", "mdy", "2025-11-24"],
    ["24/11/2025", "dmy", "2025-11-24"],
    ["2025/11/24", "mdy", "2025-11-24"],
    ["Nov 24, 2025", "ymd", "2025-11-24"],
    ["November 4 2025", "ymd", "2025-11-04"],
    ["24-Nov-2025", "ymd", "2025-11-24"],
    ["24 Nov 2025", "ymd", "2025-11-24"],
    ["11/24/2025 10:05", "mdy", "2025-11-24 10:05"],
    ["24/11/2025 2:05:30 PM", "dmy", "2025-11-24 14:05:30"],
    ["24/11/2025 12:05 AM", "dmy", "2025-11-24 00:05"],
    ["2025-11-24 00:00:00+02:00", "mdy", "2025-11-24 00:00:00+02:00"],
  ] as const;
  for (const [text, order, iso] of cases) {
    test(text, () => {
      assert.equal(isoDateText(text, order), iso);
      assert.notEqual(parseDateTime(isoDateText(text, order)), null);
    });
  }

  test("no date that is none becomes one", () => {
    for (const text of ["13/13/2025", "24/11/25", "32-Nov-2025", "Foo 24, 2025", "11/24/2025 x"]) {
      const time = parseDateTime(isoDateText(text, "mdy"));
      assert.equal(time, null, text);
    }
  });

  test("some that are month first and some that are day first contradict each other", () => {
    assert.equal(inferDateOrder(["11/24/2025", "24/11/2025"]), "contradictory");
    assert.equal(inferDateOrder([]), "ymd");
  });
});
