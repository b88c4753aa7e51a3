import { z } from "../../base/schema.ts";
import { intervals } from "../../market/interval.ts";
import { unitCounts, unitCountsColumn } from "../../quality/unit-counts.ts";
import type { QualitySummaryAnswer } from "../api/quality.ts";
import { PerSnapshot } from "./per-snapshot.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";

type IntervalCounts = QualitySummaryAnswer["intervals"][number];

const row = z.tuple([z.string(), z.number(), z.string(), z.string(), unitCounts, z.number()]);
const revisedRow = z.tuple([z.string(), z.number()]);
const certifiedRow = z.tuple([z.string().nullable()]);

export interface QualityCounts {
  readonly intervals: readonly IntervalCounts[];
  readonly certifiedAt: string | null;
}

const cache = new PerSnapshot<QualityCounts>();

/** What the certificates say in numbers, by interval, shortest first. */
export async function qualityCounts(snapshot: SilverSnapshot): Promise<QualityCounts> {
  return cache.of(snapshot, "counts", async () => readCounts(snapshot));
}

async function readCounts(snapshot: SilverSnapshot): Promise<QualityCounts> {
  const rows = await snapshot.rows(
    `SELECT "interval", count(DISTINCT symbol), min(date), max(date), ${unitCountsColumn}, ` +
      "count(DISTINCT symbol) FILTER (state IN ('missing', 'degraded')) " +
      'FROM certificates GROUP BY "interval"',
    row,
  );
  const revised = await snapshot.rows(
    'SELECT "interval", count(*) FROM (SELECT "interval" FROM bar_revisions ' +
      'GROUP BY "interval", exchange, symbol, source, adjusted, datetime ' +
      "HAVING count(DISTINCT (open, high, low, close, volume)) > 1) GROUP BY ALL",
    revisedRow,
  );
  const certified = await snapshot.rows(
    "SELECT greatest(max(certified_at), max(corrected_at)) FROM certificates",
    certifiedRow,
  );
  const revisedOf = new Map(revised);
  const counts = intervals.flatMap(({ name, code }) => {
    const found = rows.find(([interval]) => interval === name);
    return found === undefined ? [] : [countsOf(code, found, revisedOf.get(name) ?? 0)];
  });
  return { intervals: counts, certifiedAt: certified[0]?.[0] ?? null };
}

function countsOf(
  interval: IntervalCounts["interval"],
  [, symbols, first, last, counts, symbolsAffected]: z.output<typeof row>,
  revised: number,
): IntervalCounts {
  const { units, complete } = counts;
  const completeness = units === 0 ? null : complete / units;
  return { interval, symbols, first, last, ...counts, completeness, symbolsAffected, revised };
}
