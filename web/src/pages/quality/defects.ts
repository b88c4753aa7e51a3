import type { ApiInterval } from "../../../../src/serve/api/common.ts";
import type { QueryAnswer } from "../../../../src/serve/api/query.ts";
import { dateOfDay, dayOf } from "../../lib/cairo.ts";

/** What the rules find, as docs/quality.md names it. */
export const defectNames = [
  "missing",
  "doubled",
  "shifted",
  "off-session",
  "scaled",
  "copied-day",
  "zero",
  "provisional",
] as const;
export type DefectName = (typeof defectNames)[number];

/** How often a rule was broken, in sessions of symbols. */
export interface DefectCount {
  readonly name: DefectName | "late";
  readonly count: number;
  /** Of the last days, and of as many days before them. */
  readonly recent: number;
  readonly before: number;
}

/** Days over which a trend is told. */
export const trendDays = 30;

/** Intervals as SQL knows them, by their codes. */
const intervalNames: Readonly<Record<ApiInterval, string>> = {
  "1m": "1 Minute",
  "5m": "5 Minute",
  "15m": "15 Minute",
  "30m": "30 Minute",
  "1h": "1 Hour",
  "1d": "Daily",
  "1w": "Weekly",
  "1mo": "Monthly",
};

/** The query that counts defects, and sessions that were whole only at the second look. */
export function defectsSql(interval: ApiInterval, last: string): string {
  const recentFrom = dateOfDay(dayOf(last) - trendDays + 1);
  const beforeFrom = dateOfDay(dayOf(last) - 2 * trendDays + 1);
  const counts =
    `count(*) AS n, count(*) FILTER (date >= DATE '${recentFrom}') AS recent, ` +
    `count(*) FILTER (date >= DATE '${beforeFrom}' AND date < DATE '${recentFrom}') AS before`;
  const from = `FROM certificates WHERE "interval" = '${intervalNames[interval]}'`;
  return (
    `SELECT defect, ${counts} FROM (SELECT unnest(defects) AS defect, date ${from}) GROUP BY defect ` +
    `UNION ALL SELECT 'late' AS defect, ${counts} ${from} AND state = 'complete' ` +
    "AND waived IS NULL AND certified_as IN ('missing', 'degraded')"
  );
}

/** The counts of an answer to {@link defectsSql}; every rule has one. */
export function defectCounts(answer: Pick<QueryAnswer, "rows">): readonly DefectCount[] {
  const found = new Map(
    answer.rows.map(([name, ...numbers]) => [name, numbers.map((number) => Number(number))]),
  );
  return [...defectNames, "late" as const].map((name) => {
    const [count = 0, recent = 0, before = 0] = found.get(name) ?? [];
    return { name, count, recent, before };
  });
}
