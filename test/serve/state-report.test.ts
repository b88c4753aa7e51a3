import assert from "node:assert/strict";
import { test } from "node:test";
import { egxCalendar } from "../../src/market/calendar.ts";
import { marketState, statusLines, type StateReport } from "../../src/serve/state-report.ts";

const at = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime("Africa/Cairo").epochMilliseconds;

const fine: StateReport = {
  market: { phase: "continuous", nextMs: at("2025-11-24T14:30") },
  lag: { ok: true, value: { records: 0, lost: 0, seconds: 0, marketSeconds: 0 } },
  lake: {
    ok: true,
    value: { deadLetters: 0, oldestLetterMs: null, gaps: 0, oldestGapMs: null, certificates: [] },
  },
  silver: { ok: true, value: [{ interval: "1m", newest: "2025-11-24", sessionsBehind: 0 }] },
};

const worst = (change: Partial<StateReport>): string => {
  const [line] = statusLines({ ...fine, ...change });
  return `${line?.level} ${line?.what}: ${line?.text}`;
};

test("the worst comes first, and a night makes no lag bad", () => {
  assert.ok(statusLines(fine).every(({ level }) => level === "ok"));
  const lag = (marketSeconds: number, lost = 0): Partial<StateReport> => ({
    lag: { ok: true, value: { records: 5, lost, seconds: 70_000, marketSeconds } },
  });
  assert.match(worst(lag(600)), /^ok market/);
  assert.match(
    worst(lag(601)),
    /^warn log: 5 records not stored, oldest 70000 s old, 601 market s/,
  );
  assert.match(worst(lag(3_601)), /^bad log/);
  assert.match(worst(lag(0, 7)), /^bad log: 7 records were deleted before they were stored/);
  assert.match(
    worst({ lake: { ok: false, code: "E_LAKE_UNREACHABLE", text: "away" } }),
    /^bad lake/,
  );
  assert.match(worst({ lake: { ok: false, code: "E_LAKE_MISSING", text: "none" } }), /^warn lake/);
});

test("the next change is the opening, the close, or the next session's opening", () => {
  const calendar = egxCalendar();
  const next = (text: string): number => marketState(calendar, at(text)).nextMs;
  assert.equal(next("2025-11-24T08:00"), at("2025-11-24T10:00"));
  assert.equal(next("2025-11-24T10:00"), at("2025-11-24T14:30"));
  assert.equal(next("2025-11-20T14:30"), at("2025-11-23T10:00"));
});
