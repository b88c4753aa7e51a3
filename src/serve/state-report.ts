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

export interface StateReport {
  readonly market: MarketState;
  readonly lag: Answer<LagState | null>;
  readonly lake: Answer<LakeState>;
  readonly silver: Answer<readonly SilverState[]>;
}
