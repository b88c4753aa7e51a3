import { dateText } from "../market/cairo-time.ts";
import type { FeedAnswer, HealingFeed } from "./healing-feed.ts";
import type { HealPlan, SickUnit } from "./heal-plan.ts";
import { symbolName } from "./market-days.ts";

/** What the certificates say of a unit once everything has been loaded. */
export interface UnitState {
  readonly state: string;
  readonly stored: number;
  readonly defects: readonly string[];
}

/** By `exchange|symbol|date`. */
export type UnitStates = ReadonlyMap<string, UnitState>;

/** What became of a unit. */
export type Verdict =
  | { readonly outcome: "healed" }
  | { readonly outcome: "waived" | "unhealable"; readonly reason: string }
  /** The feed may answer another time: the hole stays open. */
  | { readonly outcome: "open"; readonly reason: string };

/** Says what became of a unit. */
export class Judge {
  readonly #plan: HealPlan;
  readonly #feed: HealingFeed;
  readonly #after: UnitStates;
  readonly #newest: number;

  constructor(plan: HealPlan, feed: HealingFeed, after: UnitStates) {
    this.#plan = plan;
    this.#feed = feed;
    this.#after = after;
    this.#newest = [...feed.answers.values()].reduce(
      (day, { last }) => Math.max(day, last),
      -Infinity,
    );
  }

  isStored(unit: SickUnit): boolean {
    return (this.#stateOf(unit)?.stored ?? 0) > 0;
  }

  verdict(unit: SickUnit): Verdict {
    const after = this.#stateOf(unit);
    if (after === undefined || after.state === "complete") return { outcome: "healed" };
    const failure = this.#feed.failed.get(unit.symbol);
    if (failure !== undefined) {
      return { outcome: failure.passing ? "open" : "unhealable", reason: failure.code };
    }
    const answer = this.#feed.answers.get(symbolName(unit));
    if (answer === undefined)
      return { outcome: "unhealable", reason: "the feed has no bars of it" };
    if (answer.differed > answer.agreed) {
      return { outcome: "unhealable", reason: disagreement(answer) };
    }
    if (after.state === "missing") return this.#missing(unit, answer);
    if (answer.confirmed.has(unit.day)) return { outcome: "waived", reason: "confirmed" };
    const reason = answer.poorer.has(unit.day)
      ? "the feed knows less than is stored"
      : `still ${after.defects.join(", ")}`;
    return { outcome: "unhealable", reason };
  }

  #missing({ exchange, symbol, day }: SickUnit, answer: FeedAnswer): Verdict {
    const name = symbolName({ exchange, symbol });
    if (answer.given.has(day)) {
      const same = this.#plan.wanted.get(name)?.sameSource === true;
      const reason = same
        ? "what was loaded does not show in silver"
        : "silver prefers the bars of another source";
      return { outcome: "unhealable", reason };
    }
    if (day < answer.first) {
      return { outcome: "unhealable", reason: `the feed begins on ${dateText(answer.first)}` };
    }
    if (day > this.#newest) {
      return { outcome: "unhealable", reason: `the feed ends on ${dateText(this.#newest)}` };
    }
    return { outcome: "waived", reason: "absent" };
  }

  #stateOf({ exchange, symbol, day }: SickUnit): UnitState | undefined {
    return this.#after.get(`${exchange}|${symbol}|${dateText(day)}`);
  }

  /** Units of thin symbols that had traded after all. */
  found(): readonly SickUnit[] {
    return this.#plan.units.filter((unit) => unit.kind === "silent" && this.isStored(unit));
  }
}

function disagreement({ differed, agreed, factor }: FeedAnswer): string {
  const times = factor === null ? "" : `, by a factor of ${Number(factor.toPrecision(4))}`;
  return `the feed's prices differ from ${differed} of ${differed + agreed} stored ones${times}`;
}
