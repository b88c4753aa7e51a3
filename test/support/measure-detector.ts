import { seededRandom } from "../../src/base/random.ts";
import type { Calendar } from "../../src/market/calendar.ts";
import type { Interval } from "../../src/market/interval.ts";
import { type Finding, findingKey } from "../../src/quality/finding.ts";
import { Inspection, type UnitReport } from "../../src/quality/inspect.ts";
import { marketFacts } from "../../src/quality/market-days.ts";
import type { SilverSeries } from "../../src/quality/silver-bar.ts";
import { corrupt, type Corruption, defectOf, type Place } from "./corrupt.ts";
import { factsOf } from "./real-series.ts";

/** What the detector says of a market. */
export interface Inspected {
  readonly findings: readonly Finding[];
  /** By symbol. */
  readonly reports: ReadonlyMap<string, readonly UnitReport[]>;
}

/** How well one kind of corruption is found. */
export interface Measured {
  readonly kind: Corruption;
  readonly injected: number;
  readonly found: number;
  /** New findings of the kind's defect, at injected places or not. */
  readonly findings: number;
  readonly wrong: number;
  /** Findings of that defect in the data as they are: defects of their own, or errors. */
  readonly before: number;
  readonly recall: number;
  /** Of the new findings, the share that is right. */
  readonly precision: number;
  /** Of the injected places at which a bar was expected (missing bars of regular symbols). */
  readonly expected: { readonly injected: number; readonly found: number };
}

export interface MeasureOptions {
  readonly kind: Corruption;
  readonly interval: Interval;
  readonly calendar: Calendar;
  readonly seed: string;
  readonly count: number;
}

export function inspectAll(
  market: readonly SilverSeries[],
  { interval, calendar }: Pick<MeasureOptions, "interval" | "calendar">,
): Inspected {
  const facts = factsOf(market);
  const inspection = new Inspection({
    calendar,
    interval,
    market: marketFacts(calendar, interval, facts),
    from: Math.min(...facts.seen.map(({ first }) => first)),
    to: Math.max(...facts.seen.map(({ last }) => last)),
    settledMs: Infinity,
  });
  const reports = new Map(market.map((series) => [series.symbol, inspection.reports(series)]));
  const single = market.flatMap((series) => [
    ...inspection.findings(series, reports.get(series.symbol) ?? []),
  ]);
  return { findings: [...single, ...inspection.marketFindings()], reports };
}

/** Makes a corrupted copy and counts what is found of it. */
export function measure(
  market: readonly SilverSeries[],
  clean: Inspected,
  options: MeasureOptions,
): Measured {
  const { kind, seed } = options;
  const random = seededRandom(`${seed}/${kind}/${options.interval.code}`);
  const copy = corrupt(market, { ...options, random });
  const known = new Set(clean.findings.map(findingKey));
  const defect = defectOf[kind];
  const ofKind = inspectAll(copy.market, options).findings.filter(
    (finding) => finding.defect === defect,
  );
  const wide = defect === "missing" && options.interval.intraday;
  const keyOf = (place: Place): string =>
    `${place.symbol}|${place.day}|${wide ? "" : (place.startMs ?? "")}`;
  const foundAt = new Set(ofKind.map(keyOf));
  const injectedAt = new Set(copy.places.map(keyOf));
  const fresh = ofKind.filter(
    (finding) => injectedAt.has(keyOf(finding)) || !known.has(findingKey(finding)),
  );
  const wrong = fresh.filter((finding) => !injectedAt.has(keyOf(finding))).length;
  const found = copy.places.filter((place) => foundAt.has(keyOf(place))).length;
  const regular = copy.places.filter((place) => isRegular(clean, place));
  return {
    kind,
    injected: copy.places.length,
    found,
    findings: fresh.length,
    wrong,
    before: clean.findings.filter((finding) => finding.defect === defect).length,
    recall: share(found, copy.places.length),
    precision: share(fresh.length - wrong, fresh.length),
    expected: {
      injected: regular.length,
      found: regular.filter((place) => foundAt.has(keyOf(place))).length,
    },
  };
}

/** Whether the clean data say that the symbol has a bar in nearly every unit around. */
function isRegular(clean: Inspected, place: Place): boolean {
  const reports = clean.reports.get(place.symbol) ?? [];
  return reports.some(({ unit, basis }) => unit.day === place.day && basis === "regular");
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
