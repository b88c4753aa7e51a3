import type { Clock } from "../../base/clock.ts";
import type { Lake } from "../../lake/lake.ts";
import { listGapNames, readGap, type KeptGap } from "../../ledger/gaps.ts";
import { intervalByName } from "../../market/interval.ts";
import type { GapLine } from "../api/quality.ts";

/** A look that is no older than this is good enough: each costs two requests an open hole. */
const freshMs = 15_000;

/** The holes that were written down in a lake, the newest first. One that is closed is read once. */
export class GapBook {
  readonly #lake: Lake;
  readonly #clock: Clock;
  #closed: ReadonlyMap<string, GapLine> = new Map();
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
    const closed = new Map<string, GapLine>();
    for await (const name of listGapNames(this.#lake)) {
      const kept = this.#closed.get(name) ?? (await this.#lineOf(name));
      if (kept === null) continue;
      lines.push(kept);
      if (kept.closing !== null) closed.set(name, kept);
    }
    this.#closed = closed;
    return lines.toSorted((left, right) => (left.opened < right.opened ? 1 : -1));
  }

  async #lineOf(name: string): Promise<GapLine | null> {
    const kept = await readGap(this.#lake, name);
    return kept === null ? null : gapLine(kept);
  }
}

function gapLine({ digest, gap, closing }: KeptGap): GapLine | null {
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
