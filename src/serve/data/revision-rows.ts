import { z } from "../../base/schema.ts";
import type { ApiRevision } from "../api/bars.ts";
import { barColumns, barFacts, barFields } from "./bar-columns.ts";
import { conditions, type BarsAsked } from "./bar-rows.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";

const row = z.tuple([...barFields, z.boolean()]);

const comparedFields = ["open", "high", "low", "close", "volume", "final"] as const;

/**
 * All versions of the bars that have more than one, newest bar first, its versions as they were
 * received; up to `limitBars` bars.
 */
export async function readRevisions(
  snapshot: SilverSnapshot,
  asked: Pick<BarsAsked, "symbol" | "interval" | "from" | "to" | "beforeMs">,
  limitBars: number,
): Promise<{ readonly revisions: readonly ApiRevision[]; readonly nextMs: number | null }> {
  const where = conditions(asked);
  const identity = "datetime, source, adjusted, ingestion_timestamp, final, object";
  const rows = await snapshot.rows(
    `SELECT ${barColumns("r.")}, b.at IS NOT NULL ` +
      `FROM (FROM bar_revisions WHERE ${where}) r ` +
      `SEMI JOIN (SELECT datetime FROM bar_revisions WHERE ${where} GROUP BY datetime ` +
      `HAVING count(*) > 1 ORDER BY datetime DESC LIMIT ${limitBars + 1}) AS several ` +
      "ON r.datetime = several.datetime " +
      `LEFT JOIN (SELECT ${identity}, coalesce(log_offset, -1) AS at FROM bars WHERE ${where}) b ` +
      "ON r.datetime = b.datetime AND r.source = b.source AND r.adjusted = b.adjusted " +
      "AND r.ingestion_timestamp = b.ingestion_timestamp AND r.final = b.final " +
      "AND r.object = b.object AND b.at = coalesce(r.log_offset, -1) " +
      "ORDER BY r.datetime DESC, r.ingestion_timestamp, r.log_offset NULLS LAST, r.object",
    row,
  );
  return cut(withChanges(rows), limitBars);
}

/** Leaves out the bar beyond the limit. */
function cut(
  revisions: readonly ApiRevision[],
  limitBars: number,
): { readonly revisions: readonly ApiRevision[]; readonly nextMs: number | null } {
  const times = [...new Set(revisions.map(({ time }) => time))];
  const last = times[limitBars - 1];
  if (times.length <= limitBars || last === undefined) return { revisions, nextMs: null };
  const kept = new Set(times.slice(0, limitBars));
  return { revisions: revisions.filter(({ time }) => kept.has(time)), nextMs: Date.parse(last) };
}

function withChanges(rows: readonly z.output<typeof row>[]): readonly ApiRevision[] {
  const before = new Map<string, ApiRevision>();
  return rows.map((fields) => {
    const revision = revisionOf(fields);
    const key = `${revision.time} ${revision.source} ${revision.adjusted}`;
    const last = before.get(key);
    before.set(key, revision);
    if (last === undefined) return revision;
    const changed = comparedFields
      .filter((field) => last[field] !== revision[field])
      .map((field) => ({ field, from: last[field], to: revision[field] }));
    return { ...revision, changed };
  });
}

function revisionOf(fields: z.output<typeof row>): ApiRevision {
  return { ...barFacts(fields), counts: fields[13], changed: [] };
}
