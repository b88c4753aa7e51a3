/**
 * How sure a fact of the calendar is. `known`: seen in the data, or announced. `expected`: follows
 * from a fixed date and from how the exchange has kept such days. `moon`: follows a computed Islamic
 * date, and the sighting may move it by a day. `unknown`: nothing is known.
 */
export type Certainty = "known" | "expected" | "moon" | "unknown";

/** Why a day is closed: `observed` days were moved, mostly to a Thursday; `bank` days are the banks' own. */
export type ClosureKind =
  | "fixed"
  | "observed"
  | "islamic"
  | "coptic"
  | "bank"
  | "exceptional"
  | "operator";

/** A day without a session that is no Friday or Saturday. */
export interface Closure {
  /** The date in Cairo, `2025-07-08`. */
  readonly date: string;
  /** The holiday or the reason, `Eid al-Fitr`. */
  readonly name: string;
  readonly kind: ClosureKind;
  readonly certainty: Exclude<Certainty, "unknown">;
  /** Where it is known from. */
  readonly source: string;
}
