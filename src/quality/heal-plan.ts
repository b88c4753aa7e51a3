import { z } from "../base/schema.ts";
import type { Adjustment } from "../market/bar.ts";
import type { Calendar } from "../market/calendar.ts";
import { cairoDayOf, dateText, dayOfDate } from "../market/cairo-time.ts";
import type { Query } from "../silver/query.ts";
import { settleMs } from "./certify-plan.ts";
import { conditionOf, type CoverageAsked } from "./coverage.ts";
import type { Wanted } from "./healing-feed.ts";
import { endedUnits, symbolName } from "./market-days.ts";
import type { SilverBar } from "./silver-bar.ts";
import { dayOfText, readSeries, rowsOf } from "./silver-market.ts";
import { type Unit, unitsBetween } from "./units.ts";

/** A unit that a feed is asked about. */
export interface SickUnit {
  readonly exchange: string;
  readonly symbol: string;
  readonly day: number;
  /**
   * `hole`: missing or degraded; `silent`: a thin symbol has no bar, and may have traded; `behind`:
   * nothing of the market is stored as late.
   */
  readonly kind: "hole" | "silent" | "behind";
  readonly defects: readonly string[];
}

/** What is asked of a feed, in one go. */
export interface HealRequest {
  readonly symbols: readonly string[];
  /** Days; all that the feed has when null. */
  readonly from: number | null;
  readonly to: number;
}

export interface HealPlan {
  readonly units: readonly SickUnit[];
  /** By {@link symbolName}. */
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly requests: readonly HealRequest[];
}

export interface HealPlanFacts {
  readonly query: Query;
  readonly calendar: Calendar;
  readonly asked: CoverageAsked;
  /** What the feed's bars carry as their source. */
  readonly source: string;
  /** And as their adjustment, when all carry the same. */
  readonly adjusted?: Adjustment | undefined;
  readonly nowMs: number;
  /** Whether more is asked for than holes. */
  readonly all: boolean;
}

/** Units on either side of a hole that are compared with what is stored. */
const overlapDays = 15;
const sickRow = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.enum(["hole", "silent", "behind"]),
  z.array(z.string()),
]);
const sourceRow = z.tuple([z.string(), z.string(), z.string()]);

/** What the certificates leave to be asked, and how. */
export async function planHealing(facts: HealPlanFacts): Promise<HealPlan> {
  const sick = await readSickUnits(facts);
  const holes = sick.filter(({ kind }) => kind === "hole");
  const units = facts.all ? inOrder([...sick, ...(await readEdges(facts))]) : holes;
  const bySymbol = Map.groupBy(units, symbolName);
  const sources = await readSources(facts);
  const stored = await readStored(facts, units, sources);
  const wanted = new Map<string, Wanted>();
  for (const [name, ofSymbol] of bySymbol) {
    const early = ofSymbol.filter(({ defects }) => defects.includes("provisional"));
    wanted.set(name, {
      days: new Set(ofSymbol.map(({ day }) => day)),
      early: new Set(early.map(({ day }) => day)),
      sameSource: sources.get(name) === seriesOf(facts),
      stored: stored.get(name) ?? new Map(),
    });
  }
  return { units, wanted, requests: requestsOf(units, wanted, cairoDayOf(facts.nowMs)) };
}

async function readSickUnits({
  query,
  calendar,
  asked,
  nowMs,
}: HealPlanFacts): Promise<readonly SickUnit[]> {
  const rows = await rowsOf(
    query,
    "SELECT exchange, symbol, date, CASE WHEN state = 'pending' THEN 'behind' " +
      "WHEN state = 'complete' THEN 'silent' ELSE 'hole' END, defects " +
      `FROM certificates WHERE ${conditionOf(asked)} AND (state IN ('missing', 'degraded') ` +
      "OR (state = 'complete' AND stored = 0 AND waived IS NULL) " +
      "OR (state = 'pending' AND stage IS NULL AND stored = 0)) ORDER BY exchange, symbol, date",
    sickRow,
  );
  const units = rows.map(([exchange, symbol, date, kind, defects]): SickUnit => ({
    exchange,
    symbol,
    day: dayOfText(date),
    kind,
    defects,
  }));
  const behind = units.filter(({ kind }) => kind === "behind").map(({ day }) => day);
  if (behind.length === 0) return units;
  const from = behind.reduce((least, day) => Math.min(least, day));
  const to = behind.reduce((most, day) => Math.max(most, day));
  const ended = new Set(
    unitsBetween(calendar, asked.interval, { from, to: to + 31 })
      .filter(({ closeMs }: Unit) => closeMs + settleMs <= nowMs)
      .map(({ day }) => day),
  );
  return units.filter(({ kind, day }) => kind !== "behind" || ended.has(day));
}

/**
 * Units before a symbol's first bar and behind the last one of a symbol that has ended: nothing is
 * expected there, and a bar that was lost there leaves no hole.
 */
async function readEdges({ query, calendar, asked }: HealPlanFacts): Promise<readonly SickUnit[]> {
  const rows = await rowsOf(
    query,
    "SELECT exchange, symbol, min(date), max(date) FROM bars " +
      `WHERE "interval" = '${asked.interval.name}' GROUP BY ALL`,
    z.tuple([z.string(), z.string(), z.string(), z.string()]),
  );
  const oldest = rows.reduce((least, row) => Math.min(least, dayOfText(row[2])), Infinity);
  const newest = rows.reduce((most, row) => Math.max(most, dayOfText(row[3])), -Infinity);
  const from = Math.max(oldest, asked.from === undefined ? -Infinity : dayOfDate(asked.from));
  const to = Math.min(newest, asked.to === undefined ? Infinity : dayOfDate(asked.to));
  const days = rows.length === 0 || from > to ? [] : unitDays(calendar, asked, { from, to });
  return rows.flatMap(([exchange, symbol, first, last]) => {
    if (asked.symbols !== "all" && !asked.symbols.includes(symbol)) return [];
    const before = days.filter((day) => day < dayOfText(first)).slice(-endedUnits);
    const behind = days.filter((day) => day > dayOfText(last));
    // Up to the market's newest day a symbol that lives has certificates.
    const edges = [...before, ...(behind.length < endedUnits ? [] : behind.slice(0, endedUnits))];
    return edges.map((day): SickUnit => ({ exchange, symbol, day, kind: "silent", defects: [] }));
  });
}

function unitDays(
  calendar: Calendar,
  { interval }: CoverageAsked,
  span: { readonly from: number; readonly to: number },
): readonly number[] {
  return unitsBetween(calendar, interval, span)
    .map(({ day }) => day)
    .filter((day) => day >= span.from);
}

function inOrder(units: readonly SickUnit[]): readonly SickUnit[] {
  return units.toSorted((left, right) => {
    const [one, other] = [symbolName(left), symbolName(right)];
    if (one !== other) return one < other ? -1 : 1;
    return left.day - right.day;
  });
}

/** The source of the feed's bars, with their adjustment where the feed says its own. */
function seriesOf({ source, adjusted }: HealPlanFacts): string {
  return adjusted === undefined ? source : `${source} ${adjusted}`;
}

/** The source of each symbol's bars, as {@link seriesOf} writes it. */
async function readSources(facts: HealPlanFacts): Promise<ReadonlyMap<string, string>> {
  const { query, asked, adjusted } = facts;
  const series = adjusted === undefined ? "source" : "source || ' ' || adjusted";
  const rows = await rowsOf(
    query,
    `SELECT exchange, symbol, any_value(${series}) FROM bars ` +
      `WHERE "interval" = '${asked.interval.name}' GROUP BY ALL`,
    sourceRow,
  );
  return new Map(
    rows.map(([exchange, symbol, source]) => [symbolName({ exchange, symbol }), source]),
  );
}

/** The stored bars of the symbols that are asked for, where they will be compared. */
async function readStored(
  facts: HealPlanFacts,
  units: readonly SickUnit[],
  sources: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, ReadonlyMap<number, SilverBar>>> {
  const { query, asked } = facts;
  const stored = new Map<string, ReadonlyMap<number, SilverBar>>();
  if (units.length === 0) return stored;
  const days = units.map(({ day }) => day);
  const span = {
    from: days.reduce((least, day) => Math.min(least, day)) - overlapDays,
    to: days.reduce((most, day) => Math.max(most, day)) + overlapDays,
  };
  const symbols = [...new Set(units.map(({ symbol }) => symbol))];
  // Another source's history is compared as a whole.
  const whole = units.some((unit) => sources.get(symbolName(unit)) !== seriesOf(facts));
  const all = whole ? { from: 0, to: span.to + 366 } : span;
  for await (const series of readSeries(query, asked.interval, all, symbols)) {
    stored.set(symbolName(series), new Map(series.bars.map((bar) => [bar.startMs, bar])));
  }
  return stored;
}

function requestsOf(
  units: readonly SickUnit[],
  wanted: ReadonlyMap<string, Wanted>,
  today: number,
): readonly HealRequest[] {
  const same = units.filter((unit) => wanted.get(symbolName(unit))?.sameSource === true);
  const other = units.filter((unit) => wanted.get(symbolName(unit))?.sameSource === false);
  const requests: HealRequest[] = [];
  for (const [part, whole] of [
    [same, false],
    [other, true],
  ] as const) {
    if (part.length === 0) continue;
    const days = part.map(({ day }) => day);
    const first = days.reduce((least, day) => Math.min(least, day)) - overlapDays;
    const last = days.reduce((most, day) => Math.max(most, day)) + overlapDays;
    const symbols = [...new Set(part.map(({ symbol }) => symbol))].toSorted();
    requests.push({ symbols, from: whole ? null : first, to: whole ? today : last });
  }
  return requests;
}

/** A run of units of one symbol that lack or spoil the same. */
export interface SickRun {
  readonly exchange: string;
  readonly symbol: string;
  readonly units: readonly SickUnit[];
  readonly from: string;
  readonly to: string;
}

/** Units in a row as one hole each. */
export function runsOf(
  units: readonly SickUnit[],
  calendar: Calendar,
  interval: CoverageAsked["interval"],
): readonly SickRun[] {
  if (units.length === 0) return [];
  const days = units.map(({ day }) => day);
  const from = days.reduce((least, day) => Math.min(least, day));
  const to = days.reduce((most, day) => Math.max(most, day)) + 31;
  const places = new Map(
    unitsBetween(calendar, interval, { from, to }).map(({ day }, at) => [day, at]),
  );
  const runs: SickUnit[][] = [];
  for (const unit of units) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    const follows =
      before !== undefined &&
      symbolName(before) === symbolName(unit) &&
      before.kind === unit.kind &&
      places.get(unit.day) === (places.get(before.day) ?? -2) + 1;
    if (run !== undefined && follows) run.push(unit);
    else runs.push([unit]);
  }
  return runs.flatMap((run) => {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return [];
    const { exchange, symbol } = first;
    return [{ exchange, symbol, units: run, from: dateText(first.day), to: dateText(last.day) }];
  });
}
