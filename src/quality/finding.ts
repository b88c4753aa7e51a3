import { dateText } from "../market/cairo-time.ts";

/** What can be wrong with stored bars, as certificates and `egx quality` name it. */
export const defects = [
  /** A bar that should be there is not. */
  "missing",
  /** The bar before, once more. */
  "doubled",
  /** A session's bars an hour off, as a mistaken zone makes them. */
  "shifted",
  /** A bar outside of every session. */
  "off-session",
  /** Prices a hundred times too large or too small: piastres for pounds. */
  "scaled",
  /** The bars of another day. */
  "copied-day",
  /** A zero where nothing is known. */
  "zero",
  /** A bar that was taken before its end. */
  "provisional",
] as const;

export type Defect = (typeof defects)[number];

export interface Finding {
  readonly defect: Defect;
  readonly exchange: string;
  readonly symbol: string;
  /** The unit's Cairo date, in days since 1970-01-01. */
  readonly day: number;
  /** The bar's start, epoch milliseconds; null when the whole unit is meant. */
  readonly startMs: number | null;
  /** How it shows, for people. */
  readonly note: string;
}

/** Tells findings apart; of one defect in one place there is one. */
export function findingKey(finding: Finding): string {
  const { defect, exchange, symbol, day, startMs } = finding;
  return `${defect}|${exchange}|${symbol}|${dateText(day)}|${startMs ?? ""}`;
}
