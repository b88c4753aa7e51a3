import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startOfPeriod } from "../../src/market/bar.ts";
import { dayOfDate } from "../../src/market/cairo-time.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { judgePresence } from "../../src/quality/presence.ts";
import type { SilverBar } from "../../src/quality/silver-bar.ts";
import { unitsBetween } from "../../src/quality/units.ts";

const calendar = egxCalendar();
const daily = parseInterval("1d");
const units = unitsBetween(calendar, daily, {
  from: dayOfDate(Temporal.PlainDate.from("2025-01-02")),
  to: dayOfDate(Temporal.PlainDate.from("2025-06-30")),
});

function bar(day: number, changes: Partial<SilverBar> = {}): SilverBar {
  const startMs = startOfPeriod(daily, day);
  return {
    startMs,
    open: 10,
    high: 11,
    low: 9,
    close: 10 + (day % 7) / 10,
    volume: 100 + day,
    final: true,
    ingestedMs: startMs + 86_400_000,
    suspect: 0,
    origin: null,
    object: "",
    ...changes,
  };
}

/** Bars on the units for which `has` says so. */
function bars(
  has: (at: number) => boolean,
  make: (day: number, at: number) => SilverBar = (day) => bar(day),
): ReadonlyMap<number, SilverBar> {
  return new Map(units.flatMap(({ day }, at) => (has(at) ? [[day, make(day, at)] as const] : [])));
}

function absences(of: ReadonlyMap<number, SilverBar>, holes: readonly number[] = []): string {
  const days = new Set(holes.map((at) => units[at]?.day ?? -1));
  return judgePresence(units, of, days)
    .map(({ absence }) => (absence === null ? "." : absence === "missing" ? "M" : "u"))
    .join("");
}

const shown = (marks: Readonly<Record<number, string>>): string =>
  units.map((_, at) => marks[at] ?? ".").join("");

suite("what should be there", () => {
  test("a symbol that trades every day misses each day that is not stored", () => {
    assert.equal(absences(bars((at) => at !== 50 && at !== 90)), shown({ 50: "M", 90: "M" }));
  });

  test("one that trades every other day does not", () => {
    const stored = bars((at) => at % 2 === 0);
    assert.equal(absences(stored), units.map((_, at) => (at % 2 === 0 ? "." : "u")).join(""));
  });

  test("a silence that its own habits do not explain is missing", () => {
    const stored = bars((at) => at % 2 === 0 && (at < 40 || at > 70));
    const marks = absences(stored);
    assert.equal(marks.slice(39, 72), "M".repeat(33));
    assert.equal(marks.slice(0, 6), ".u.u.u");
  });

  test("a day on which the market is missing is missing of a thin symbol, too", () => {
    const stored = bars((at) => at % 2 === 0);
    assert.equal(absences(stored, [51])[51], "M");
    assert.equal(absences(stored, [])[51], "u");
  });

  test("an open that is not the close before gives a hidden bar away", () => {
    const has = (at: number): boolean => at % 5 !== 0;
    const linked = bars(has, (day, at) => bar(day, { open: 10 + at, close: 11 + at }));
    // Where nothing was traded the next open is the close that is stored last.
    const thin = new Map(linked);
    for (const [at, { day }] of units.entries()) {
      if (at % 5 === 1 && at > 5) thin.set(day, bar(day, { open: 9 + at, close: 11 + at }));
    }
    assert.ok(!absences(thin).includes("M"), absences(thin));
    const hidden = units[51]?.day ?? 0;
    thin.set(hidden, bar(hidden, { open: 75, close: 62 }));
    assert.equal(absences(thin)[50], "M");
    assert.equal(absences(thin).replace("M", "").includes("M"), false);
  });
});
