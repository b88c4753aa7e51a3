import { z } from "../../base/schema.ts";
import { intervalByName, type Interval } from "../../market/interval.ts";
import type { CertificateLine } from "../api/quality.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";

const row = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.enum(["complete", "degraded", "pending", "missing"]),
  z.enum(["closed", "corrected"]).nullable(),
  z.enum(["regular", "thin"]),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.string().nullable(),
  z.array(z.string()),
  z.array(z.string()),
  z.string().nullable(),
  z.string().nullable(),
  z.array(z.string()),
  z.array(z.string()),
]);

export interface CertificatesAsked {
  readonly symbol: string | undefined;
  readonly interval: Interval | undefined;
  /** Cairo dates, both inclusive. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly states: readonly string[] | undefined;
  readonly skip: number;
  readonly limit: number;
}

/** Certificates, the newest date first. */
export async function readCertificates(
  snapshot: SilverSnapshot,
  asked: CertificatesAsked,
): Promise<readonly CertificateLine[]> {
  const { symbol, interval, from, to, states, skip, limit } = asked;
  const conditions = [
    "true",
    ...(symbol === undefined ? [] : [`symbol = '${symbol}'`]),
    ...(interval === undefined ? [] : [`"interval" = '${interval.name}'`]),
    ...(from === undefined ? [] : [`date >= '${from}'`]),
    ...(to === undefined ? [] : [`date <= '${to}'`]),
    ...(states === undefined ? [] : [`state IN ('${states.join("', '")}')`]),
  ];
  const rows = await snapshot.rows(
    'SELECT symbol, "interval", date, state, stage, expectation, share, expected, stored, ' +
      "provisional, suspect, backfilled, waived, defects, holes, certified_at, corrected_at, " +
      `objects, offsets FROM certificates WHERE ${conditions.join(" AND ")} ` +
      `ORDER BY date DESC, symbol, "interval" LIMIT ${limit} OFFSET ${skip}`,
    row,
  );
  return rows.flatMap((fields) => lineOf(fields) ?? []);
}

function lineOf(fields: z.output<typeof row>): CertificateLine | null {
  const [symbol, name, date, state, stage, expectation, share, expected, stored, ...rest] = fields;
  const [provisional, suspect, backfilled, waived, defects, holes, ...proof] = rest;
  const [certifiedAt, correctedAt, objects, offsets] = proof;
  const interval = intervalByName(name)?.code;
  if (interval === undefined) return null;
  const basis = { symbol, interval, date, state, stage, expectation, share };
  const counts = { expected, stored, provisional, suspect, backfilled };
  return {
    ...basis,
    ...counts,
    waived,
    defects,
    holes,
    certifiedAt,
    correctedAt,
    objects,
    offsets,
  };
}
