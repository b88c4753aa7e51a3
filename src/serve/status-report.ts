import {
  dayOf,
  nextSession,
  phaseAt,
  previousSession,
  sessionOf,
  type Calendar,
} from "../market/calendar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { arabicHolidayName } from "../market/holiday-name.ts";
import { intervals } from "../market/interval.ts";
import { parsePartition } from "../silver/silver-keys.ts";
import type { MarketStatus, SilverStatus, StatusAnswer } from "./api/status.ts";
import { isoOf, isoOrNull } from "./data/iso.ts";
import type { SilverSource } from "./data/silver-source.ts";
import type { Trouble } from "./pipeline-watch.ts";
import { sessionsSince } from "./state-report.ts";

/** Where the market stands at an instant. */
export function marketStatus(calendar: Calendar, nowMs: number): MarketStatus {
  const today = Temporal.PlainDate.from(cairoDateOf(nowMs));
  const session = sessionOf(calendar, today);
  const next = nextSession(calendar, today);
  const edges = (session?.phases ?? []).flatMap(({ startMs, endMs }) => [startMs, endMs]);
  const nextStart = next.phases[0]?.startMs ?? next.openMs;
  const { reason, certainty } = dayOf(calendar, today);
  const holiday = session === null ? reason : null;
  const begun = session !== null && session.openMs <= nowMs;
  const shown = begun ? session : previousSession(calendar, today);
  const opens = session !== null && session.openMs > nowMs ? session : next;
  const phase = phaseAt(calendar, nowMs) ?? "closed";
  return {
    phase,
    open: phase !== "closed" && phase !== "pre-open",
    nextChange: isoOf(edges.find((ms) => ms > nowMs) ?? nextStart),
    holiday,
    holidayAr: holiday === null ? null : arabicHolidayName(holiday),
    session: shown.date.toString(),
    nextOpen: isoOf(opens.openMs),
    certainty,
  };
}

/** How fresh silver is, by interval, shortest first. */
export function silverStatus(
  source: SilverSource,
  calendar: Calendar,
  nowMs: number,
): SilverStatus {
  const newest = new Map<string, { date: string; readonly symbols: Set<string> }>();
  for (const [name, series] of Object.entries(source.state.series)) {
    const code = parsePartition(name)?.interval.code;
    if (code === undefined) continue;
    const found = newest.get(code) ?? { date: "", symbols: new Set<string>() };
    newest.set(code, found);
    for (const { symbol, last } of series) {
      found.symbols.add(symbol);
      if (last > found.date) found.date = last;
    }
  }
  return {
    digest: source.digest,
    seenAt: isoOrNull(source.shownMs),
    newest: intervals.flatMap(({ code }) => {
      const found = newest.get(code);
      if (found === undefined) return [];
      const { date, symbols } = found;
      const sessionsBehind = sessionsSince(calendar, date, nowMs);
      return [{ interval: code, date, sessionsBehind, symbols: symbols.size }];
    }),
  };
}

/** Since when the feed is down; null while it is not. */
export function feedDownOf(trouble: Trouble | null): StatusAnswer["feedDown"] {
  if (trouble === null) return null;
  const { sinceMs, error, text, retryMs } = trouble;
  return { since: isoOf(sinceMs), code: error.code, text, nextRetry: isoOrNull(retryMs) };
}
