import { toEgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import { findChainEnd } from "../ledger/chain.ts";
import { logIdOf } from "../ledger/layout.ts";
import type { Log } from "../log/log.ts";
import { publishedMs } from "../log/published-at.ts";
import {
  nextSession,
  phaseAt,
  sessionOf,
  tradingDaysBetween,
  type Calendar,
} from "../market/calendar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { intervals, type IntervalCode } from "../market/interval.ts";
import { marketMsBetween } from "../market/market-time.ts";
import { readState } from "../silver/built-state.ts";
import { parsePartition } from "../silver/silver-keys.ts";
import type { LakeState } from "./lake-watch.ts";

/** What is not reached says why; the rest of the report does not wait for it. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly text: string };

export interface MarketState {
  readonly phase: string;
  /** The next session's opening or, in a session, its close; epoch milliseconds. */
  readonly nextMs: number;
}

export interface LagState {
  readonly records: number;
  /** Records that the log has deleted before they were stored. */
  readonly lost: number;
  /** Age of the oldest record that is not stored; 0 when there is none. */
  readonly seconds: number;
  readonly marketSeconds: number;
}

export interface SilverState {
  readonly interval: IntervalCode;
  /** The Cairo date of the newest bar of any symbol. */
  readonly newest: string;
  /** Sessions that have begun after that date. */
  readonly sessionsBehind: number;
}

/** What `tried` gives, or why it could not. */
export async function answered<T>(tried: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await tried() };
  } catch (error) {
    const { code, message } = toEgxError(error);
    return { ok: false, code, text: message };
  }
}

/** Where the market stands at an instant. */
export function marketState(calendar: Calendar, nowMs: number): MarketState {
  const today = Temporal.PlainDate.from(cairoDateOf(nowMs));
  const session = sessionOf(calendar, today);
  const phase = phaseAt(calendar, nowMs);
  const edges = session === null ? [] : [session.openMs, session.closeMs];
  const nextMs = edges.find((ms) => ms > nowMs) ?? nextSession(calendar, today).openMs;
  return { phase: phase ?? "closed", nextMs };
}

export interface LagAsked {
  readonly log: Log;
  readonly topic: string;
  /** Null when there is none yet: nothing is stored then. */
  readonly lake: Lake | null;
  readonly calendar: Calendar;
  readonly nowMs: number;
}

/** How far a lake's chains are behind a topic; null when there is no such topic. */
export async function lagState(asked: LagAsked): Promise<LagState | null> {
  const { log, topic, lake, calendar, nowMs } = asked;
  const info = await log.describeTopic(topic);
  if (info === null) return null;
  let [records, lost, oldestMs] = [0, 0, nowMs];
  for (const { partition, start, end } of await log.offsets(topic)) {
    const chain = { topic, logId: logIdOf(info.id), partition };
    const stored = lake === null ? start : (await findChainEnd(lake, chain, end)).end;
    const offset = Math.min(Math.max(stored, start), end);
    lost += Math.max(0, start - stored);
    records += end - offset;
    const request = { topic, topicId: info.id, partition, offset };
    const firstMs = offset < end ? await publishedMs(log, request, end) : null;
    oldestMs = Math.min(oldestMs, firstMs ?? nowMs);
  }
  const marketMs = marketMsBetween(calendar, oldestMs, nowMs);
  return { records, lost, seconds: (nowMs - oldestMs) / 1000, marketSeconds: marketMs / 1000 };
}

/** How fresh silver is, by interval, shortest first; none before the first build. */
export async function silverState(
  lake: Lake,
  calendar: Calendar,
  nowMs: number,
): Promise<readonly SilverState[]> {
  const { state } = await readState(lake);
  const newest = new Map<string, string>();
  for (const [name, series] of Object.entries(state?.series ?? {})) {
    const code = parsePartition(name)?.interval.code;
    if (code === undefined) continue;
    for (const { last } of series) {
      if (last > (newest.get(code) ?? "")) newest.set(code, last);
    }
  }
  return intervals.flatMap(({ code }) => {
    const date = newest.get(code);
    if (date === undefined) return [];
    return [{ interval: code, newest: date, sessionsBehind: sessionsSince(calendar, date, nowMs) }];
  });
}

/** Sessions that have begun on a later date. */
export function sessionsSince(calendar: Calendar, date: string, nowMs: number): number {
  const from = Temporal.PlainDate.from(date).add({ days: 1 });
  const to = Temporal.PlainDate.from(cairoDateOf(nowMs));
  const begun = tradingDaysBetween(calendar, from, to).filter((day) => {
    return (sessionOf(calendar, day)?.openMs ?? Infinity) <= nowMs;
  });
  return begun.length;
}

export type Level = "bad" | "warn" | "ok";

export interface StatusLine {
  readonly level: Level;
  readonly what: string;
  readonly text: string;
}

export interface StateReport {
  readonly market: MarketState;
  readonly lag: Answer<LagState | null>;
  readonly lake: Answer<LakeState>;
  readonly silver: Answer<readonly SilverState[]>;
}

/** Records may wait this long while the market is open, in seconds: one flush and its trouble. */
const lagWarnSeconds = 600;
const lagBadSeconds = 3_600;

/** The report for people, worst first. */
export function statusLines(report: StateReport): readonly StatusLine[] {
  const lines = [
    marketLine(report.market),
    ...lineOf("log", report.lag, lagLines),
    ...lineOf("lake", report.lake, lakeLines),
    ...lineOf("silver", report.silver, silverLines),
  ];
  const rank: Readonly<Record<Level, number>> = { bad: 0, warn: 1, ok: 2 };
  return lines.toSorted((left, right) => rank[left.level] - rank[right.level]);
}

function marketLine({ phase, nextMs }: MarketState): StatusLine {
  const at = Temporal.Instant.fromEpochMilliseconds(nextMs).toZonedDateTimeISO("Africa/Cairo");
  const time = at.toPlainDateTime().toString({ smallestUnit: "minute" }).replace("T", " ");
  return { level: "ok", what: "market", text: `${phase}; next change ${time} in Cairo` };
}

function lineOf<T>(
  what: string,
  answer: Answer<T>,
  linesOf: (value: T) => readonly StatusLine[],
): readonly StatusLine[] {
  if (answer.ok) return linesOf(answer.value);
  const absent = ["E_LOG_FOLDER", "E_LAKE_MISSING"].includes(answer.code);
  return [{ level: absent ? "warn" : "bad", what, text: answer.text }];
}

function lagLines(lag: LagState | null): readonly StatusLine[] {
  if (lag === null) return [{ level: "warn", what: "log", text: "there is no topic yet" }];
  const { records, lost, seconds, marketSeconds } = lag;
  const lines: StatusLine[] = [];
  if (lost > 0) {
    const text = `${lost} records were deleted before they were stored (E_LEDGER_RECORDS_GONE)`;
    lines.push({ level: "bad", what: "log", text });
  }
  const level =
    marketSeconds > lagBadSeconds ? "bad" : marketSeconds > lagWarnSeconds ? "warn" : "ok";
  const ages = `oldest ${Math.round(seconds)} s old, ${Math.round(marketSeconds)} market s`;
  const text = records === 0 ? "all of it is stored" : `${records} records not stored, ${ages}`;
  lines.push({ level, what: "log", text });
  return lines;
}

function lakeLines({ deadLetters, gaps }: LakeState): readonly StatusLine[] {
  const letters = { level: deadLetters > 0 ? "warn" : "ok", what: "dead letters" } as const;
  const holes = { level: gaps > 0 ? "warn" : "ok", what: "gaps" } as const;
  return [
    { ...letters, text: deadLetters > 0 ? `${deadLetters} open: egx dlq list` : "none open" },
    { ...holes, text: gaps > 0 ? `${gaps} open` : "none open" },
  ];
}

function silverLines(states: readonly SilverState[]): readonly StatusLine[] {
  if (states.length === 0) return [{ level: "warn", what: "silver", text: "not built yet" }];
  return states.map(({ interval, newest, sessionsBehind }) => ({
    level: sessionsBehind > 1 ? "warn" : "ok",
    what: `silver ${interval}`,
    text: `newest bar of ${newest}, ${sessionsBehind} sessions behind`,
  }));
}
