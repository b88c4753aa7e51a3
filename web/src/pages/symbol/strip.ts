import type { SessionGap } from "../../../../src/serve/api/bars.ts";
import type { ShownBar } from "./slots.ts";

/** What the strip below the chart says of one session. */
export interface StripCell {
  readonly date: string;
  readonly state: SessionGap["state"] | "held" | "revised" | "provisional";
}

/** The last sessions, oldest first: those with bars, and those that the gaps name. */
export function stripCells(
  bars: readonly ShownBar[],
  gaps: readonly SessionGap[],
  max: number,
): readonly StripCell[] {
  const states = new Map<string, StripCell["state"]>();
  for (const { date, final, revisions } of bars) {
    const state = !final ? "provisional" : revisions > 1 ? "revised" : "held";
    const known = states.get(date);
    if (known === undefined || known === "held" || state === "provisional") states.set(date, state);
  }
  for (const { date, state } of gaps) states.set(date, state);
  return Array.from(states, ([date, state]) => ({ date, state }))
    .toSorted((left, right) => (left.date < right.date ? -1 : 1))
    .slice(-max);
}
