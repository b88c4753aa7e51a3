import { z } from "../../base/schema.ts";
import { cairoDate, instant, intervalCode, localName, nextCursor, provenance } from "./common.ts";

const counts = {
  /** Sessions that have ended, and what they are: units = complete + degraded + missing. */
  units: z.int(),
  complete: z.int(),
  degraded: z.int(),
  missing: z.int(),
  /** May still come or change; not in `units`. */
  pending: z.int(),
  /** Of the complete ones, those in which nothing was traded. */
  untraded: z.int(),
  waived: z.int(),
  backfilled: z.int(),
};

/** How complete the bars of each interval are, from the certificates. */
export const qualitySummaryAnswer = z
  .object({
    mode: provenance,
    intervals: z.array(
      z.object({
        interval: intervalCode,
        symbols: z.int(),
        first: cairoDate,
        last: cairoDate,
        ...counts,
        /** complete / units; null when no session has ended. */
        completeness: z.number().nullable(),
        /** Symbols with a session that is missing or degraded. */
        symbolsAffected: z.int(),
        /** Bars that were received more than once with other prices. */
        revised: z.int(),
      }),
    ),
    gapsOpen: z.int(),
    deadLettersOpen: z.int().nullable(),
    /** When the newest certificate was drawn up; null when there is none. */
    certifiedAt: instant.nullable(),
  })
  .meta({ id: "QualitySummary" });
export type QualitySummaryAnswer = z.output<typeof qualitySummaryAnswer>;

/**
 * What a run of sessions is. `c` complete, `n` complete without a trade, `w` waived, `d` degraded,
 * `m` missing, `p` pending, `u` not certified though the symbol was listed, `-` before its first or
 * after its last certificate.
 */
export const matrixState = z.enum(["c", "n", "w", "d", "m", "p", "u", "-"]).meta({
  id: "MatrixState",
  description:
    "c complete, n no trade, w waived, d degraded, m missing, p pending, u not certified, " +
    "- not listed",
});
export type MatrixState = z.output<typeof matrixState>;

export const matrixRun = z
  .object({
    /** From which session on, as a place in `sessions`. */
    at: z.int(),
    /** How many sessions. */
    length: z.int(),
    state: matrixState,
    /** stored / expected bars, intraday; null elsewhere or when nothing is expected. */
    share: z.number().nullable(),
    /** Whether a bar of it was mended from a load. */
    backfilled: z.boolean(),
    /** Whether it has provisional or suspect bars. */
    marked: z.boolean(),
  })
  .meta({ id: "MatrixRun" });
export type MatrixRun = z.output<typeof matrixRun>;

/** Symbols × sessions, run-length encoded: rows in the order of the tickers. */
export const matrixAnswer = z
  .object({
    mode: provenance,
    interval: intervalCode,
    /** The trading days of the range, ascending; today's while it runs is `p`. */
    sessions: z.array(cairoDate),
    rows: z.array(
      z.object({
        symbol: z.string(),
        name: localName,
        sector: localName.or(z.null()),
        /** complete / units in the range; null when no session has ended. */
        completeness: z.number().nullable(),
        missing: z.int(),
        degraded: z.int(),
        /** In order, without holes. */
        runs: z.array(matrixRun),
      }),
    ),
  })
  .meta({ id: "Matrix" });
export type MatrixAnswer = z.output<typeof matrixAnswer>;

export const gapLine = z
  .object({
    digest: z.string(),
    symbol: z.string(),
    interval: intervalCode,
    from: cairoDate,
    to: cairoDate,
    defects: z.array(z.string()),
    /** 1 for the first time that the hole is seen. */
    time: z.int(),
    opened: instant,
    /** Null while it is open. */
    closing: z
      .object({
        outcome: z.enum(["healed", "waived", "unhealable"]),
        closed: instant,
        source: z.string(),
        healed: z.int(),
        waived: z.int(),
        unhealable: z.int(),
      })
      .nullable(),
  })
  .meta({ id: "Gap" });
export type GapLine = z.output<typeof gapLine>;

export const gapsAnswer = z
  .object({ mode: provenance, gaps: z.array(gapLine), next: nextCursor })
  .meta({ id: "Gaps" });
export type GapsAnswer = z.output<typeof gapsAnswer>;

/** What is certified of one symbol's session. */
export const certificateLine = z
  .object({
    symbol: z.string(),
    interval: intervalCode,
    date: cairoDate,
    state: z.enum(["complete", "degraded", "pending", "missing"]),
    stage: z.enum(["closed", "corrected"]).nullable(),
    expectation: z.enum(["regular", "thin"]),
    share: z.number(),
    expected: z.int(),
    stored: z.int(),
    provisional: z.int(),
    suspect: z.int(),
    backfilled: z.int(),
    waived: z.string().nullable(),
    defects: z.array(z.string()),
    /** ISO 8601 intervals in UTC. */
    holes: z.array(z.string()),
    certifiedAt: instant.nullable(),
    correctedAt: instant.nullable(),
    objects: z.array(z.string()),
    /** `9f3c21ab/3:12345-12999` */
    offsets: z.array(z.string()),
  })
  .meta({ id: "Certificate" });
export type CertificateLine = z.output<typeof certificateLine>;

export const certificatesAnswer = z
  .object({ mode: provenance, certificates: z.array(certificateLine), next: nextCursor })
  .meta({ id: "Certificates" });
export type CertificatesAnswer = z.output<typeof certificatesAnswer>;
