import { cairoDateOf } from "./cairo-time.ts";
import { previousSession, sessionOf, type Calendar, type Session } from "./calendar.ts";

/**
 * Market time: time that counts only while trades can happen, from a session's opening to its
 * close. A night, a weekend and a holiday have none of it.
 */

/** Milliseconds of market time from one instant to a later one; 0 when it is no later. */
export function marketMsBetween(calendar: Calendar, fromMs: number, toMs: number): number {
  return openMsBetween(calendar, { fromMs, toMs }, (session) => session.closeMs);
}

/**
 * The same, counted in continuous trading alone: in a closing auction nothing trades before its
 * end, however well everything works.
 */
export function continuousMsBetween(calendar: Calendar, fromMs: number, toMs: number): number {
  return openMsBetween(calendar, { fromMs, toMs }, ({ phases, closeMs }) => {
    return phases.find(({ name }) => name === "continuous")?.endMs ?? closeMs;
  });
}

function openMsBetween(
  calendar: Calendar,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  endOf: (session: Session) => number,
): number {
  if (toMs <= fromMs) return 0;
  const last = dateAt(toMs);
  let total = 0;
  for (
    let date = dateAt(fromMs);
    Temporal.PlainDate.compare(date, last) <= 0;
    date = date.add({ days: 1 })
  ) {
    const session = sessionOf(calendar, date);
    if (session === null) continue;
    const startMs = Math.max(fromMs, session.openMs);
    total += Math.max(0, Math.min(toMs, endOf(session)) - startMs);
  }
  return total;
}

/**
 * The latest instant from which `marketMs` (more than 0) of market time lead to `nowMs`.
 * @throws E_CONFIG when a calendar leaves too few sessions.
 */
export function marketMsBefore(calendar: Calendar, nowMs: number, marketMs: number): number {
  const today = dateAt(nowMs);
  let session = sessionOf(calendar, today) ?? previousSession(calendar, today);
  let leftMs = marketMs;
  for (;;) {
    const endMs = Math.min(nowMs, session.closeMs);
    const lengthMs = Math.max(0, endMs - session.openMs);
    if (lengthMs >= leftMs) return endMs - leftMs;
    leftMs -= lengthMs;
    session = previousSession(calendar, session.date);
  }
}

/** Whether trades can happen at an instant. */
export function isMarketOpen(calendar: Calendar, epochMs: number): boolean {
  const session = sessionOf(calendar, dateAt(epochMs));
  return session !== null && session.openMs <= epochMs && epochMs < session.closeMs;
}

function dateAt(epochMs: number): Temporal.PlainDate {
  return Temporal.PlainDate.from(cairoDateOf(epochMs));
}
