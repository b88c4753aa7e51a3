import { z } from "../../base/schema.ts";
import { tradingDaysBetween, type Calendar } from "../../market/calendar.ts";
import type { Interval } from "../../market/interval.ts";
import type { ApiBar, SessionGap } from "../api/bars.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";

const row = z.tuple([
  z.string(),
  z.enum(["complete", "degraded", "pending", "missing"]),
  z.number(),
  z.string().nullable(),
  z.array(z.string()),
  z.array(z.string()),
]);

/** Sessions looked at without bars or certificates: more than a chart shows. */
const sessionsMax = 5_000;

/** What is looked at: Cairo dates, both inclusive. */
export interface GapsAsked {
  readonly symbol: string;
  readonly interval: Interval;
  readonly from: string;
  readonly to: string;
}

/** The sessions of a range without bars, or without all of them, oldest first. */
export async function readGaps(
  snapshot: SilverSnapshot,
  calendar: Calendar,
  asked: GapsAsked,
  bars: readonly ApiBar[],
): Promise<readonly SessionGap[]> {
  const { symbol, interval, from, to } = asked;
  const rows = await snapshot.rows(
    "SELECT date, state, stored, waived, defects, holes FROM certificates " +
      `WHERE symbol = '${symbol}' AND "interval" = '${interval.name}' ` +
      `AND date BETWEEN '${from}' AND '${to}' ORDER BY date`,
    row,
  );
  const gaps: SessionGap[] = rows.flatMap((certificate) => gapOf(certificate) ?? []);
  const told = new Set(rows.map(([date]) => date));
  for (const { date } of bars) told.add(date);
  for (const date of sessionsOf(calendar, asked)) {
    if (!told.has(date)) gaps.push({ date, state: "unknown", parts: [], defects: [] });
  }
  return gaps.toSorted((left, right) => (left.date < right.date ? -1 : 1));
}

/** The dates of the units; of weeks and months only what is certified is known. */
function sessionsOf(calendar: Calendar, { interval, from, to }: GapsAsked): readonly string[] {
  if (interval.code === "1w" || interval.code === "1mo") return [];
  const days = tradingDaysBetween(
    calendar,
    Temporal.PlainDate.from(from),
    Temporal.PlainDate.from(to),
  );
  return days.slice(-sessionsMax).map((date) => date.toString());
}

function gapOf(certificate: z.output<typeof row>): SessionGap | null {
  const [date, state, stored, waived, defects, holes] = certificate;
  const parts = holes.flatMap((hole) => {
    const [from, to] = hole.split("/");
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
  if (state === "complete") {
    if (stored > 0 || waived !== null) return null;
    return { date, state: "no-trade", parts: [], defects: [] };
  }
  return { date, state, parts, defects };
}
