import type { QualitySummaryAnswer } from "../../../../src/serve/api/quality.ts";

export type IntervalQuality = QualitySummaryAnswer["intervals"][number];

/** What sessions are, as parts of a whole that add up to it. */
export const partNames = ["complete", "untraded", "waived", "degraded", "missing"] as const;
export type PartName = (typeof partNames)[number];

export interface Part {
  readonly name: PartName;
  readonly count: number;
  /** Of all sessions that have ended; 0 to 1. */
  readonly share: number;
}

/** The parts of an interval's ended sessions; none when no session has ended. */
export function partsOf(counts: IntervalQuality): readonly Part[] {
  const { units, complete, untraded, waived, degraded, missing } = counts;
  if (units === 0) return [];
  const numbers: Readonly<Record<PartName, number>> = {
    // What was not traded or was waived counts as complete; here each is named once.
    complete: complete - untraded - waived,
    untraded,
    waived,
    degraded,
    missing,
  };
  return partNames.map((name) => ({ name, count: numbers[name], share: numbers[name] / units }));
}

/** The share of sessions that ought to be complete. */
export const completenessMin = 0.99;
/** The share of sessions that may be missing. */
export const missingMax = 0.005;
/** The share of sessions whose bars may come after the first look at them. */
export const lateMax = 0.02;
/** The share of sessions with one of the other defects. */
export const defectMax = 0.005;

export type Verdict = "met" | "missed" | "unknown" | "no-limit";

/** Whether a share keeps within its limit; what is not known does not. */
export function verdictOf(
  share: number | null,
  limit: { readonly min?: number; readonly max?: number },
): Verdict {
  const { min, max } = limit;
  if (min === undefined && max === undefined) return "no-limit";
  if (share === null) return "unknown";
  return share >= (min ?? 0) && share <= (max ?? Infinity) ? "met" : "missed";
}
