import type { Clock } from "../../base/clock.ts";
import type { Lake } from "../../lake/lake.ts";
import { listGaps, type KeptGap } from "../../ledger/gaps.ts";
import { intervalByName } from "../../market/interval.ts";
import type { GapLine } from "../api/quality.ts";

/** A look that is no older than this is good enough: each costs two requests a hole. */
const freshMs = 15_000;

/** The holes that were written down in a lake, the newest first. */
export class GapBook {
  readonly #lake: Lake;
  readonly #clock: Clock;
  #looked: { readonly atMs: number; readonly gaps: Promise<readonly GapLine[]> } | null = null;

  constructor(lake: Lake, clock: Clock) {
    this.#lake = lake;
    this.#clock = clock;
  }

  /** @throws E_LEDGER_DAMAGED, and as the lake does. */
  async gaps(): Promise<readonly GapLine[]> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#looked !== null && nowMs - this.#looked.atMs < freshMs) return this.#looked.gaps;
    const gaps = this.#look();
    this.#looked = { atMs: nowMs, gaps };
    try {
      return await gaps;
    } catch (error) {
      this.#looked = null;
      throw error;
    }
  }

  async #look(): Promise<readonly GapLine[]> {
    const lines: GapLine[] = [];
    for await (const kept of listGaps(this.#lake)) {
      const line = lineOf(kept);
      if (line !== null) lines.push(line);
    }
    return lines.toSorted((left, right) => (left.opened < right.opened ? 1 : -1));
  }
}

function lineOf({ digest, gap, closing }: KeptGap): GapLine | null {
  const interval = intervalByName(gap.interval)?.code;
  if (interval === undefined) return null;
  const { symbol, from, to, defects, time, opened } = gap;
  const common = { digest, symbol, interval, from, to, defects, time, opened };
  if (closing === null) return { ...common, closing: null };
  const { outcome, closed, source, healed, waived, unhealable } = closing;
  const counts = {
    healed: healed.length,
    waived: waived.length,
    unhealable: unhealable.length,
  };
  return { ...common, closing: { outcome, closed, source, ...counts } };
}
