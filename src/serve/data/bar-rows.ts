import { z } from "../../base/schema.ts";
import type { Interval } from "../../market/interval.ts";
import { barsOfRevisions } from "../../silver/partition-sql.ts";
import type { ApiBar } from "../api/bars.ts";
import type { ApiAdjustment } from "../api/common.ts";
import { barColumns, barFacts, barFields } from "./bar-columns.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";

/** Which bars are asked for. */
export interface BarsAsked {
  readonly symbol: string;
  readonly interval: Interval;
  /** Cairo dates, both inclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Only bars that start before it, epoch milliseconds. */
  readonly beforeMs?: number | undefined;
  /** Only what had been received by then, epoch milliseconds. */
  readonly asOfMs?: number | undefined;
  /** Another series than the one that silver has chosen. */
  readonly adjusted?: ApiAdjustment | undefined;
  /** Only sessions that are certified to be complete. */
  readonly complete: boolean;
}

const row = z.tuple([...barFields, z.number(), z.string()]);

/** Bars and what all of them have in common. */
export interface BarPage {
  /** Oldest first. */
  readonly bars: readonly ApiBar[];
  readonly currency: string | null;
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** The newest `limit` bars of those that are asked for, in the order of time. */
export async function readBars(
  snapshot: SilverSnapshot,
  asked: BarsAsked,
  limit: number,
): Promise<BarPage> {
  const rows = await snapshot.rows(
    `SELECT ${barColumns()}, coalesce(n, 1), currency ` +
      `FROM (FROM (${barsSelect(snapshot, asked)}) ORDER BY datetime DESC LIMIT ${limit + 1}) ` +
      `LEFT JOIN (${revisionCounts(asked)}) USING (datetime, source, adjusted) ` +
      "ORDER BY datetime DESC",
    row,
  );
  const bars = rows.slice(0, limit).map(barOf).toReversed();
  return { bars, currency: rows[0]?.[14] ?? null, more: rows.length > limit };
}

/** The same bars as a SELECT of all columns, for exports; oldest first. */
export function exportSelect(snapshot: SilverSnapshot, asked: BarsAsked, limit: number): string {
  return (
    'SELECT symbol, exchange, "interval", date, datetime, open, high, low, close, volume, final, ' +
    "source, currency, adjusted, suspect, ingestion_timestamp, log_id, log_partition, log_offset, " +
    `object FROM (${barsSelect(snapshot, asked)}) ORDER BY datetime LIMIT ${limit}`
  );
}

/** Every value is one that was checked: tickers, dates and numbers hold no quote. */
function barsSelect(snapshot: SilverSnapshot, asked: BarsAsked): string {
  const { asOfMs, adjusted, complete } = asked;
  const where = conditions(asked);
  if (asOfMs === undefined && adjusted === undefined) {
    return `FROM ${complete ? "complete_bars" : "bars"} WHERE ${where}`;
  }
  const known = [
    ofSeries(asked),
    ...(asOfMs === undefined ? [] : [`ingestion_timestamp <= make_timestamptz(${asOfMs} * 1000)`]),
    ...(adjusted === undefined ? [] : [`adjusted = '${adjusted}'`]),
  ];
  const revisions = `(FROM bar_revisions WHERE ${known.join(" AND ")})`;
  const certified =
    " SEMI JOIN (FROM certificates WHERE state = 'complete') AS certified " +
    'USING (exchange, symbol, "interval", date)';
  const all = barsOfRevisions(revisions, snapshot.state.rank);
  return `SELECT known.* FROM (${all}) AS known${complete ? certified : ""} WHERE ${where}`;
}

function ofSeries({ symbol, interval }: Pick<BarsAsked, "symbol" | "interval">): string {
  return `symbol = '${symbol}' AND "interval" = '${interval.name}'`;
}

/** Which rows of `bars` or `bar_revisions` are asked for. */
export function conditions(
  asked: Pick<BarsAsked, "symbol" | "interval" | "from" | "to" | "beforeMs">,
): string {
  const { from, to, beforeMs } = asked;
  return [
    ofSeries(asked),
    ...(from === undefined ? [] : [`date >= '${from}'`]),
    ...(to === undefined ? [] : [`date <= '${to}'`]),
    ...(beforeMs === undefined ? [] : [`datetime < make_timestamptz(${beforeMs} * 1000)`]),
  ].join(" AND ");
}

function revisionCounts(asked: BarsAsked): string {
  return (
    "SELECT datetime, source, adjusted, count(*) AS n " +
    `FROM bar_revisions WHERE ${conditions(asked)} GROUP BY ALL`
  );
}

function barOf(fields: z.output<typeof row>): ApiBar {
  return { ...barFacts(fields), revisions: fields[13] };
}
