import type { CertificateCount } from "../quality/certificate-counts.ts";
import type { LakeState } from "./lake-watch.ts";
import type { Answer, LagState, MarketState, SilverState, StateReport } from "./state-report.ts";

export type Level = "bad" | "warn" | "ok";

export interface StatusLine {
  readonly level: Level;
  readonly what: string;
  readonly text: string;
  /** What to type about it, one after the other; null where there is nothing to do. */
  readonly type: string | null;
}

/** Records may wait this long while the market is open, in seconds: one flush and its trouble. */
const lagWarnSeconds = 600;
const lagBadSeconds = 3_600;

/** The report for people, worst first. */
export function statusLines(report: StateReport, nowMs: number): readonly StatusLine[] {
  const lines = [
    marketLine(report.market),
    ...lineOf("log", report.lag, lagLines),
    ...lineOf("lake", report.lake, (state) => lakeLines(state, nowMs)),
    ...lineOf("silver", report.silver, silverLines),
  ];
  const rank: Readonly<Record<Level, number>> = { bad: 0, warn: 1, ok: 2 };
  return lines.toSorted((left, right) => rank[left.level] - rank[right.level]);
}

/** How many lines are not well, and what to type about them. */
export function statusSummary(lines: readonly StatusLine[]): string {
  const problems = lines.filter(({ level }) => level !== "ok");
  if (problems.length === 0) return "All is well.";
  const types = new Set(problems.flatMap(({ type }) => type?.split(", ") ?? []));
  const word = problems.length === 1 ? "problem" : "problems";
  return `${problems.length} ${word}. Type: ${[...types].join(", ")}`;
}

/** A duration in the two units that matter: `37 s`, `1 min 37 s`, `2 d 4 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, length]) => whole >= length);
  if (first === -1) return "0 s";
  let left = whole;
  const parts = units.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count === 0 ? "" : `${count} ${unit}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}

function marketLine({ phase, nextMs }: MarketState): StatusLine {
  const at = Temporal.Instant.fromEpochMilliseconds(nextMs).toZonedDateTimeISO("Africa/Cairo");
  const time = at.toPlainDateTime().toString({ smallestUnit: "minute" }).replace("T", " ");
  const text = `${phase}; next change ${time} in Cairo`;
  return { level: "ok", what: "market", text, type: null };
}

function lineOf<T>(
  what: string,
  answer: Answer<T>,
  linesOf: (value: T) => readonly StatusLine[],
): readonly StatusLine[] {
  if (answer.ok) return linesOf(answer.value);
  const absent = ["E_LOG_FOLDER", "E_LAKE_MISSING"].includes(answer.code);
  const { text } = answer;
  return [{ level: absent ? "warn" : "bad", what, text, type: absent ? "egx up" : "egx doctor" }];
}

function lagLines(lag: LagState | null): readonly StatusLine[] {
  const what = "log";
  if (lag === null) return [{ level: "warn", what, text: "there is no topic yet", type: "egx up" }];
  const { records, lost, seconds, marketSeconds } = lag;
  const lines: StatusLine[] = [];
  if (lost > 0) {
    const text = `${lost} records were deleted before they were stored (E_LEDGER_RECORDS_GONE)`;
    lines.push({ level: "bad", what, text, type: "egx verify" });
  }
  const level =
    marketSeconds > lagBadSeconds ? "bad" : marketSeconds > lagWarnSeconds ? "warn" : "ok";
  const ages = `the oldest for ${durationText(seconds)}, ${durationText(marketSeconds)} of it in session`;
  const text = records === 0 ? "all of it is stored" : `${records} records not stored, ${ages}`;
  lines.push({ level, what, text, type: level === "ok" ? null : "egx lag" });
  return lines;
}

function lakeLines(state: LakeState, nowMs: number): readonly StatusLine[] {
  const { deadLetters, oldestLetterMs, gaps, oldestGapMs, certificates } = state;
  return [
    openLine(
      { what: "dead letters", count: deadLetters, type: "egx dlq list" },
      oldestLetterMs,
      nowMs,
    ),
    openLine({ what: "gaps", count: gaps, type: "egx quality --heal" }, oldestGapMs, nowMs),
    ...certificates.map(certificateLine),
  ];
}

function openLine(
  { what, count, type }: { readonly what: string; readonly count: number; readonly type: string },
  oldestMs: number | null,
  nowMs: number,
): StatusLine {
  if (count === 0) return { level: "ok", what, text: "none open", type: null };
  const age =
    oldestMs === null ? "" : `, the oldest for ${durationText((nowMs - oldestMs) / 1000)}`;
  return { level: "warn", what, text: `${count} open${age}`, type };
}

function certificateLine({ interval, date, states }: CertificateCount): StatusLine {
  const { complete, degraded, pending, missing } = states;
  const wrong = degraded + missing;
  const all = complete + wrong + pending;
  const rest = [
    degraded > 0 ? `${degraded} degraded` : "",
    missing > 0 ? `${missing} missing` : "",
    pending > 0 ? `${pending} pending` : "",
  ].filter((part) => part !== "");
  const text = [`${date}: ${complete} of ${all} symbols complete`, ...rest].join(", ");
  const what = `quality ${interval}`;
  return { level: wrong > 0 ? "warn" : "ok", what, text, type: wrong > 0 ? "egx quality" : null };
}

function silverLines(states: readonly SilverState[]): readonly StatusLine[] {
  if (states.length === 0) {
    return [{ level: "warn", what: "silver", text: "not built yet", type: "egx silver" }];
  }
  return states.map(({ interval, newest, sessionsBehind }) => ({
    level: sessionsBehind > 1 ? "warn" : "ok",
    what: `silver ${interval}`,
    text: `newest bar of ${newest}, ${sessionsBehind} ${sessionsBehind === 1 ? "session" : "sessions"} behind`,
    // Silver may be behind what is stored, or what is stored behind the market.
    type: sessionsBehind > 1 ? "egx silver, egx quality --heal" : null,
  }));
}
