import type { ErrorCode } from "../base/error-codes.ts";
import type { LakeKind } from "../ledger/lake-kind.ts";
import { decodeMessage } from "../market/codec.ts";
import { sourceKind, type Bar } from "../market/bar.ts";

/** What becomes of a record: a line of a streaming object, or a dead letter. */
export type Verdict =
  | { readonly kind: "line"; readonly date: string; readonly bar: Bar; readonly line: string }
  | { readonly kind: "dead"; readonly code: ErrorCode; readonly reason: string };

/**
 * Decides on a record by its value and the lake's kind alone, so that whoever reads it again, in
 * whatever release of this ledger format, decides alike.
 */
export function interpret(value: Uint8Array | null, lakeKind: LakeKind): Verdict {
  const decoded = decodeMessage(value);
  if (!decoded.ok) return { kind: "dead", code: decoded.code, reason: decoded.reason };
  if (kindOfSource(decoded.bar.source) !== lakeKind) {
    return {
      kind: "dead",
      code: "E_BAR_LAKE_KIND",
      reason: `the source is ${decoded.bar.source} and the lake holds ${lakeKind} bars`,
    };
  }
  return { kind: "line", date: decoded.date, bar: decoded.bar, line: decoded.line };
}

/** The kind of lake that a record would found, or null when it is no valid message. */
export function foundingKind(value: Uint8Array | null): LakeKind | null {
  const decoded = decodeMessage(value);
  return decoded.ok ? kindOfSource(decoded.bar.source) : null;
}

function kindOfSource(source: string): LakeKind {
  return sourceKind(source) === "simulator" ? "simulated" : "real";
}
