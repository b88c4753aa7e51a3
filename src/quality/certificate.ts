import type { Defect, Finding } from "./finding.ts";
import type { UnitReport } from "./inspect.ts";
import type { SilverBar } from "./silver-bar.ts";

/** What is known of a unit's bars. */
export type CertificateState =
  /** All that is to be expected is there, or what is not there was never traded. */
  | "complete"
  /** Some of it is there, or something of it is wrong. */
  | "degraded"
  /** It may still come or change. */
  | "pending"
  /** Nothing is there, and something should be. */
  | "missing";

/** What is certified of one symbol, interval and unit. */
export interface Certificate {
  readonly exchange: string;
  readonly symbol: string;
  /** The unit's Cairo date, in days since 1970-01-01. */
  readonly day: number;
  readonly state: CertificateState;
  /** `closed` after the session, `corrected` after the next one; null before. */
  readonly stage: "closed" | "corrected" | null;
  readonly expectation: "regular" | "thin";
  readonly share: number;
  /** Bars that are expected at the least. */
  readonly expected: number;
  readonly stored: number;
  readonly provisional: number;
  readonly suspect: number;
  readonly backfilled: number;
  /** Why a lack or a defect counts for nothing: `absent` or `confirmed`; else null. */
  readonly waived: string | null;
  readonly defects: readonly Defect[];
  /** ISO 8601 intervals in UTC. */
  readonly holes: readonly string[];
  readonly objects: readonly string[];
  /** `9f3c21ab/3:12345-12999`: log id, partition, first and last offset. */
  readonly offsets: readonly string[];
}

export interface CertificateFacts {
  readonly report: UnitReport;
  /** The bars of the unit. */
  readonly bars: readonly SilverBar[];
  readonly findings: readonly Finding[];
  readonly waived: string | null;
  readonly stage: Certificate["stage"];
}

/** Draws up the certificate of one unit. */
export function certificateOf(
  place: { readonly exchange: string; readonly symbol: string },
  facts: CertificateFacts,
): Certificate {
  const { report, bars, findings, waived, stage } = facts;
  const defects = [...new Set(findings.map(({ defect }) => defect))].toSorted();
  const provisional = bars.filter((bar) => !bar.final).length;
  return {
    ...place,
    day: report.unit.day,
    state: stateOf({ report, defects, provisional, waived, stage }),
    stage,
    expectation: report.basis,
    share: report.share,
    expected: expectedBars(report),
    stored: bars.length,
    provisional,
    suspect: bars.filter((bar) => bar.suspect > 0).length,
    backfilled: bars.filter((bar) => bar.origin === null).length,
    waived,
    defects,
    holes: report.holes.map(({ fromMs, toMs }) => `${isoOf(fromMs)}/${isoOf(toMs)}`),
    ...proofOf(bars),
  };
}

function stateOf(facts: {
  readonly report: UnitReport;
  readonly defects: readonly Defect[];
  readonly provisional: number;
  readonly waived: string | null;
  readonly stage: Certificate["stage"];
}): CertificateState {
  const { report, defects, provisional, waived, stage } = facts;
  if (stage === null) return "pending";
  if (waived !== null) return "complete";
  if (report.absence === "missing") return "missing";
  // What came before the session's end is corrected until the next one has ended.
  const onlyProvisional = defects.every((defect) => defect === "provisional");
  if (stage === "closed" && onlyProvisional && (provisional > 0 || defects.length > 0)) {
    return "pending";
  }
  return defects.length > 0 || provisional > 0 ? "degraded" : "complete";
}

/** One of a regular symbol, none of a thin one that has none; intraday its usual share. */
function expectedBars({ slots, share, basis, absence }: UnitReport): number {
  if (slots > 1) return absence === "untraded" ? 0 : Math.round(share * slots);
  return basis === "regular" || absence === "missing" ? 1 : 0;
}

/** The objects and the ranges of offsets that the bars came from. */
function proofOf(bars: readonly SilverBar[]): Pick<Certificate, "objects" | "offsets"> {
  const objects = new Set(bars.map(({ object }) => object));
  const ranges = new Map<string, { first: number; last: number }>();
  for (const { origin } of bars) {
    if (origin === null) continue;
    const chain = `${origin.logId}/${origin.partition}`;
    const range = ranges.get(chain) ?? { first: origin.offset, last: origin.offset };
    range.first = Math.min(range.first, origin.offset);
    range.last = Math.max(range.last, origin.offset);
    ranges.set(chain, range);
  }
  return {
    objects: [...objects].toSorted(),
    offsets: Array.from(
      ranges,
      ([chain, { first, last }]) => `${chain}:${first}-${last}`,
    ).toSorted(),
  };
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(".000Z", "Z");
}
