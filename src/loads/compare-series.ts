import { barContent, type Bar } from "../market/bar.ts";
import type { LoadNote } from "../ledger/load-entry.ts";

/** How an answer of a feed relates to what earlier loads of the same series hold. */
export interface Comparison {
  /** The bars that are new, or say something else than what is held: what a load adds. */
  readonly added: readonly Bar[];
  readonly notes: readonly LoadNote[];
  /**
   * True when the history was re-based and the answer lacks bars of the part that changed: taking
   * it would mix two bases in one series.
   */
  readonly mixed: boolean;
}

/** What a bar may leave open. */
const valueFields = ["open", "high", "low", "volume"] as const;
/** Fewer overlapping bars than this show no factor. */
const rebasedBarsMin = 3;
/** Prices are rounded to ticks after they are divided, so factors agree no closer. */
const factorTolerance = 0.01;
/** Of the bars up to the last changed one, those that have to share the factor. */
const rebasedShare = 0.9;
/** Of the bars that a re-based answer must have, those that it may lack. */
const lackingShare = 0.01;

/** Instants that were asked for, both inclusive. */
export interface AskedSpan {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Compares a symbol's answer with all that earlier loads hold of it. Both in ascending time, each
 * bar once.
 *
 * A bar is added when it is new or different. It is not when it says less than what is held: a
 * provisional one against a final one, or one that lacks a value. In a re-based history every
 * different bar is added, so that the series has one basis.
 */
export function compareSeries(
  held: readonly Bar[],
  answer: readonly Bar[],
  asked: AskedSpan,
): Comparison {
  const before = new Map(held.map((bar) => [bar.startMs, bar]));
  const rebase = findRebase(before, answer);
  const added: Bar[] = [];
  let poorer = 0;
  for (const bar of answer) {
    const old = before.get(bar.startMs);
    if (old !== undefined && barContent(old) === barContent(bar)) continue;
    if (old !== undefined && rebase === null && saysLess(bar, old)) poorer += 1;
    else added.push(bar);
  }
  const given = new Set(answer.map((bar) => bar.startMs));
  const lacking = held.filter((bar) => !given.has(bar.startMs));
  const notes: LoadNote[] = [];
  const shrunken = lacking.filter(
    ({ startMs }) => startMs >= asked.firstMs && startMs <= asked.lastMs,
  ).length;
  if (shrunken > 0) notes.push({ kind: "shrunken", bars: shrunken });
  if (poorer > 0) notes.push({ kind: "poorer", bars: poorer });
  if (rebase !== null) {
    notes.push({ kind: "rebased", bars: rebase.bars, factor: rebase.factor });
  }
  return { added, notes, mixed: rebase !== null && isMixed(held, lacking, rebase) };
}

/**
 * As {@link compareSeries}, for single bars that mend what is held: that they differ is no sign of a
 * history with another basis, nor is it shrunken, and a null in the place of a 0 says more.
 */
export function mendSeries(
  held: readonly Bar[],
  answer: readonly Bar[],
): Pick<Comparison, "added" | "notes"> {
  const before = new Map(held.map((bar) => [bar.startMs, bar]));
  const added = answer.filter((bar) => {
    const old = before.get(bar.startMs);
    if (old === undefined) return true;
    const lacks = valueFields.some((field) => bar[field] === null && (old[field] ?? 0) !== 0);
    return !lacks && barContent(old) !== barContent(bar);
  });
  return { added, notes: [] };
}

interface Rebase {
  readonly factor: number;
  /** Bars whose price changed by it. */
  readonly bars: number;
  /** The newest of them. */
  readonly lastMs: number;
}

/** The one factor by which the older closes changed; null when there is none. */
function findRebase(held: ReadonlyMap<number, Bar>, answer: readonly Bar[]): Rebase | null {
  const ratios = answer.flatMap(({ startMs, close }) => {
    const old = held.get(startMs);
    return old === undefined ? [] : [{ startMs, ratio: close / old.close }];
  });
  const last = ratios.findLast(({ ratio }) => Math.abs(ratio - 1) > factorTolerance);
  if (last === undefined) return null;
  const until = ratios.filter(({ startMs }) => startMs <= last.startMs);
  const sorted = until.map(({ ratio }) => ratio).toSorted((left, right) => left - right);
  const factor = sorted[Math.floor(sorted.length / 2)] ?? 1;
  const sharing = sorted.filter((ratio) => Math.abs(ratio / factor - 1) <= factorTolerance).length;
  const shared = sharing >= rebasedBarsMin && sharing >= sorted.length * rebasedShare;
  if (!shared || Math.abs(factor - 1) <= factorTolerance) return null;
  return { factor, bars: sharing, lastMs: last.startMs };
}

/** Whether too much of what has to change would stay as it was. */
function isMixed(held: readonly Bar[], lacking: readonly Bar[], { lastMs }: Rebase): boolean {
  const due = held.filter((bar) => bar.startMs <= lastMs).length;
  const missed = lacking.filter((bar) => bar.startMs <= lastMs).length;
  return missed > due * lackingShare;
}

function saysLess(bar: Bar, old: Bar): boolean {
  if (old.final && !bar.final) return true;
  return valueFields.some((field) => bar[field] === null && old[field] !== null);
}
