import { sha256Hex } from "../base/bytes.ts";
import type { Calendar } from "../market/calendar.ts";
import { nextSession } from "../market/calendar.ts";
import { cairoDayOf, dateText, dayOfDate } from "../market/cairo-time.ts";
import type { Interval } from "../market/interval.ts";
import type { BuiltState } from "../silver/built-state.ts";
import { sessionsDigest } from "../silver/facts.ts";
import { parsePartition, partitionKey } from "../silver/silver-keys.ts";
import { certificateFormat } from "./certified-state.ts";
import type { MarketFacts } from "./market-days.ts";
import { dateOfDay, type Unit, unitsBetween } from "./units.ts";
import type { Waivers } from "./waivers.ts";

/** A session is looked at this long after its end: feeds lag by a quarter of an hour. */
export const settleMs = 15 * 60_000;

/** Days, both inclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the certificates of one partition are drawn up from. */
export interface PartitionPlan {
  readonly name: string;
  readonly span: Span;
  /** Units that have begun, and the stage of each. */
  readonly units: readonly StagedUnit[];
  /** SHA-256 of all that the certificates follow from. */
  readonly inputs: string;
}

export interface StagedUnit {
  readonly unit: Unit;
  /** Null while it lasts, and while the market has come to no unit as late. */
  readonly stage: "closed" | "corrected" | null;
}

export interface PlanFacts {
  readonly calendar: Calendar;
  readonly interval: Interval;
  readonly state: BuiltState;
  readonly market: MarketFacts;
  readonly waivers: Waivers;
  readonly nowMs: number;
}

/** Days around a span whose bars say what is usual in it: thirty units on either side. */
export function daysAround(interval: Interval): number {
  if (interval.code === "1w") return 230;
  return interval.code === "1mo" ? 950 : 50;
}

/** A plan for every partition of an interval that silver has. */
export function planCertificates(facts: PlanFacts): readonly PartitionPlan[] {
  return partitionNames(facts).flatMap((name) => {
    const span = spanOf(name);
    if (span === null) return [];
    const units = stagedUnits(facts, span);
    return [{ name, span, units, inputs: inputsOf(facts, { name, span, units }) }];
  });
}

function partitionNames({ state, interval }: PlanFacts): readonly string[] {
  return Object.keys(state.series)
    .filter((name) => parsePartition(name)?.interval.code === interval.code)
    .filter((name) => (state.objects[partitionKey("bars", name)]?.rows ?? 0) > 0)
    .toSorted();
}

/** The days of a partition. */
export function spanOf(name: string): Span | null {
  const partition = parsePartition(name);
  if (partition === null) return null;
  const { year, month } = partition;
  const first = Temporal.PlainDate.from({ year, month: month ?? 1, day: 1 });
  const next = month === null ? first.add({ years: 1 }) : first.add({ months: 1 });
  return { from: dayOfDate(first), to: dayOfDate(next) - 1 };
}

function stagedUnits(facts: PlanFacts, span: Span): readonly StagedUnit[] {
  const { calendar, interval, market, nowMs } = facts;
  const today = cairoDayOf(nowMs);
  // The last unit of a span may end behind it.
  return unitsBetween(calendar, interval, { from: span.from, to: span.to + 31 })
    .filter(({ day }) => day >= span.from && day <= span.to && day <= today)
    .map((unit) => {
      const behind = unit.day > market.newest || unit.closeMs + settleMs > nowMs;
      return { unit, stage: behind ? null : stageOf(unit, calendar, nowMs) };
    });
}

function stageOf(unit: Unit, calendar: Calendar, nowMs: number): "closed" | "corrected" {
  // Long ago there is no need to ask the calendar.
  const longAgo = nowMs - unit.closeMs > 30 * 86_400_000;
  if (longAgo) return "corrected";
  const next = nextSession(calendar, dateOfDay(cairoDayOf(unit.closeMs)));
  return next.closeMs + settleMs <= nowMs ? "corrected" : "closed";
}

function inputsOf(
  facts: PlanFacts,
  partition: Pick<PartitionPlan, "name" | "span" | "units">,
): string {
  const { state, interval, market, waivers, calendar } = facts;
  const { name, span, units } = partition;
  const around = daysAround(interval);
  const near = partitionNames(facts).filter((other) => {
    const days = spanOf(other);
    return days !== null && days.from <= span.to + around && days.to >= span.from - around;
  });
  const lives = [...market.lives]
    .filter(([, life]) => life.first <= span.to)
    .map(([symbol, { first, until }]) => [symbol, first, Math.min(until, span.to)] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const ofSpan = [...waivers].filter(([key]) => {
    const [, , ofInterval = "", date = ""] = key.split("|");
    const inside = date >= dateText(span.from) && date <= dateText(span.to);
    return ofInterval === interval.name && inside;
  });
  const years = { first: yearOf(span.from - around), last: yearOf(span.to + around) };
  return sha256Hex(
    JSON.stringify([
      certificateFormat,
      name,
      near.map((other) => state.objects[partitionKey("bars", other)]?.sha256),
      lives,
      units.map(({ unit, stage }) => [unit.day, stage]),
      newestSettled(facts, span.to + around),
      ofSpan.toSorted(([left], [right]) => (left < right ? -1 : 1)),
      sessionsDigest(years, calendar),
    ]),
  );
}

/** The newest unit up to a day that has ended: what comes later says nothing yet. */
function newestSettled({ calendar, interval, nowMs }: PlanFacts, until: number): number | null {
  const to = Math.min(until, cairoDayOf(nowMs)) + 31;
  const units = unitsBetween(calendar, interval, { from: to - 93, to });
  return (
    units.findLast(({ day, closeMs }) => day <= until && closeMs + settleMs <= nowMs)?.day ?? null
  );
}

function yearOf(day: number): number {
  return dateOfDay(day).year;
}
