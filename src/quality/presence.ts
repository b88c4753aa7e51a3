import type { SilverBar } from "./silver-bar.ts";
import type { Unit } from "./units.ts";

/** How a symbol trades around a unit, by its own history. */
export interface Expectation {
  /**
   * `regular`: it has a bar in nearly every unit; `thin`: often it has none, and the lack of one
   * alone says nothing.
   */
  readonly basis: "regular" | "thin";
  /** The share of units around this one in which it has a bar (or, intraday, of minutes). */
  readonly share: number;
}

/** What is made of a unit of which there should be one bar. */
export interface UnitVerdict extends Expectation {
  readonly unit: Unit;
  readonly bar: SilverBar | null;
  /** Why there is no bar: it is missing, or nothing was traded; null when there is one. */
  readonly absence: "missing" | "untraded" | null;
}

/** Units on either side that tell how often a symbol trades. */
export const unitsAround = 30;
/** A symbol lacks a bar in fewer units than this share, or it is thin. */
const regularLack = 0.06;
/** The absence of a thin symbol that is less likely than this was no lack of trades. */
const improbable = 1e-4;
/** Pairs of neighbouring bars on either side that tell whether opens are previous closes. */
const pairsAround = 20;
const pairsMin = 8;
const linkedShare = 0.9;
/** Opens are copied from closes to the last digit, or after rounding. */
const linkTolerance = 1e-4;

/**
 * Judges one bar a unit, over the units of a symbol's life.
 * @param bars by the day of their unit.
 * @param holes days on which so many symbols lack a bar that it cannot be for lack of trades.
 */
export function judgePresence(
  units: readonly Unit[],
  bars: ReadonlyMap<number, SilverBar>,
  holes: ReadonlySet<number>,
): readonly UnitVerdict[] {
  const found = units.map((unit) => bars.get(unit.day) ?? null);
  const counts = new Counts(
    found.map((bar) => bar !== null),
    units.map((unit) => !holes.has(unit.day)),
  );
  const links = new Links(found);
  const verdicts: UnitVerdict[] = [];
  for (let first = 0; first < units.length;) {
    const last = found[first] === null ? endOfRun(found, first) : first;
    const share = counts.shareAround(first, last);
    const basis = 1 - share <= regularLack ? "regular" : "thin";
    const proven =
      basis === "regular" ||
      (1 - share) ** (last - first + 1) < improbable ||
      links.brokenOver(first, last);
    for (let at = first; at <= last; at += 1) {
      const unit = units[at];
      if (unit === undefined) continue;
      const missing = proven || holes.has(unit.day);
      const bar = found[at] ?? null;
      const absence = bar !== null ? null : missing ? "missing" : "untraded";
      verdicts.push({ unit, bar, basis, share, absence });
    }
    first = last + 1;
  }
  return verdicts;
}

/** The last index of the run without bars that begins at `first`. */
function endOfRun(found: readonly (SilverBar | null)[], first: number): number {
  let last = first;
  while (last + 1 < found.length && found[last + 1] === null) last += 1;
  return last;
}

/** Counts of units that count, and of bars in them, over any range. */
class Counts {
  readonly #counted: number[] = [0];
  readonly #present: number[] = [0];

  constructor(present: readonly boolean[], counts: readonly boolean[]) {
    for (const [at, isPresent] of present.entries()) {
      const one = counts[at] === true ? 1 : 0;
      this.#counted.push((this.#counted.at(-1) ?? 0) + one);
      this.#present.push((this.#present.at(-1) ?? 0) + (isPresent ? one : 0));
    }
  }

  /** The share of units with a bar around [first, last], those themselves left out. */
  shareAround(first: number, last: number): number {
    const length = this.#counted.length - 1;
    const before = Math.max(0, first - unitsAround);
    const after = Math.min(length, last + 1 + unitsAround);
    const sum = (of: readonly number[]): number =>
      (of[first] ?? 0) - (of[before] ?? 0) + (of[after] ?? 0) - (of[last + 1] ?? 0);
    // Half a bar of each kind: few units prove little.
    return (sum(this.#present) + 0.5) / (sum(this.#counted) + 1);
  }
}

/**
 * Feeds that know no true open give the previous close for it. Where they do, an absence after
 * which the open is not the last close that is stored hides a bar.
 */
class Links {
  readonly #found: readonly (SilverBar | null)[];

  constructor(found: readonly (SilverBar | null)[]) {
    this.#found = found;
  }

  brokenOver(first: number, last: number): boolean {
    const before = this.#found[first - 1];
    const after = this.#found[last + 1];
    if (before === null || before === undefined || after === null || after === undefined) {
      return false;
    }
    if (after.open === null || isLinked(before, after)) return false;
    let pairs = 0;
    let linked = 0;
    for (const at of indicesAround(first, last)) {
      const left = this.#found[at - 1];
      const right = this.#found[at];
      if (left === null || left === undefined || right === null || right === undefined) continue;
      pairs += 1;
      if (isLinked(left, right)) linked += 1;
    }
    return pairs >= pairsMin && linked / pairs >= linkedShare;
  }
}

function* indicesAround(first: number, last: number): Generator<number> {
  for (let at = first - pairsAround; at < first; at += 1) yield at;
  for (let at = last + 2; at < last + 2 + pairsAround; at += 1) yield at;
}

function isLinked(left: SilverBar, right: SilverBar): boolean {
  return right.open !== null && Math.abs(right.open - left.close) <= linkTolerance * left.close;
}
