import { z } from "../base/schema.ts";

/** How many units certificates are about, and what they are. */
export interface UnitCounts {
  /** Units that have ended. */
  readonly units: number;
  readonly complete: number;
  readonly degraded: number;
  readonly missing: number;
  /** Units that have not ended, or may still be corrected: none of `units`. */
  readonly pending: number;
  /** Units of a thin symbol without a bar: nothing was traded, or nobody can know. */
  readonly untraded: number;
  readonly waived: number;
  readonly backfilled: number;
}

/** The counts over a group of certificates, as one column of SQL. */
export const unitCountsColumn =
  "{'units': count_if(state <> 'pending'), 'complete': count_if(state = 'complete'), " +
  "'degraded': count_if(state = 'degraded'), 'missing': count_if(state = 'missing'), " +
  "'pending': count_if(state = 'pending'), " +
  "'untraded': count_if(state = 'complete' AND stored = 0 AND waived IS NULL), " +
  "'waived': count(waived), 'backfilled': count_if(backfilled > 0)}";

/** What {@link unitCountsColumn} gives. */
export const unitCounts: z.ZodType<UnitCounts> = z.object({
  units: z.number(),
  complete: z.number(),
  degraded: z.number(),
  missing: z.number(),
  pending: z.number(),
  untraded: z.number(),
  waived: z.number(),
  backfilled: z.number(),
});
