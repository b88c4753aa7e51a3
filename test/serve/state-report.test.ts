import assert from "node:assert/strict";
import { test } from "node:test";
import { egxCalendar } from "../../src/market/calendar.ts";
import { marketState, type StateReport } from "../../src/serve/state-report.ts";
import { durationText, statusLines, statusSummary } from "../../src/serve/status-lines.ts";

const at = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime("Africa/Cairo").epochMilliseconds;

const nowMs = at("2025-11-24T11:00");

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
  const [line] = statusLines({ ...fine, ...change }, nowMs);
  return `${line?.level} ${line?.what}: ${line?.text}`;
};

test("the worst comes first, and a night makes no lag bad", () => {
  assert.ok(statusLines(fine, nowMs).every(({ level }) => level === "ok"));
  const lag = (marketSeconds: number, lost = 0): Partial<StateReport> => ({
    lag: { ok: true, value: { records: 5, lost, seconds: 70_000, marketSeconds } },
  });
  assert.match(worst(lag(600)), /^ok market/);
  assert.match(
    worst(lag(601)),
    /^warn log: 5 records not stored, the oldest for 19 h 26 min, 10 min 1 s of it in session/,
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

test("what to type is said at the end, once for each problem", () => {
  assert.equal(statusSummary(statusLines(fine, nowMs)), "All is well.");
  const states = { complete: 8, degraded: 1, pending: 0, missing: 1 };
  const lake = {
    deadLetters: 2,
    oldestLetterMs: at("2025-11-24T08:56"),
    gaps: 0,
    oldestGapMs: null,
    certificates: [{ interval: "1m", date: "2025-11-23", states }],
  };
  const lines = statusLines({ ...fine, lake: { ok: true, value: lake } }, nowMs);
  assert.equal(statusSummary(lines), "2 problems. Type: egx dlq list, egx quality");
  assert.deepEqual(
    lines.slice(0, 2).map(({ text }) => text),
    [
      "2 open, the oldest for 2 h 4 min",
      "2025-11-23: 8 of 10 symbols complete, 1 degraded, 1 missing",
    ],
  );
});

test("durations are in the units that matter", () => {
  const texts = [0, 37, 97, 3_600, 7_440, 187_200].map((seconds) => durationText(seconds));
  assert.deepEqual(texts, ["0 s", "37 s", "1 min 37 s", "1 h", "2 h 4 min", "2 d 4 h"]);
});
