import { cairoDayOf, dateText } from "../market/cairo-time.ts";
import type { Query } from "../silver/query.ts";
import { type Certificate, certificateOf } from "./certificate.ts";
import {
  daysAround,
  type PartitionPlan,
  type PlanFacts,
  settleMs,
  type Span,
  type StagedUnit,
} from "./certify-plan.ts";
import type { Finding } from "./finding.ts";
import { Inspection, type UnitReport } from "./inspect.ts";
import { type Life, symbolName } from "./market-days.ts";
import type { SilverBar, SilverSeries } from "./silver-bar.ts";
import { readSeries } from "./silver-market.ts";
import type { Unit } from "./units.ts";
import { waiverKey } from "./waivers.ts";

/** What is needed of a symbol once its bars have been looked at. */
interface Draft {
  readonly exchange: string;
  readonly symbol: string;
  readonly reports: ReadonlyMap<number, UnitReport>;
  readonly findings: readonly Finding[];
  readonly bars: ReadonlyMap<number, readonly SilverBar[]>;
}

/** Draws up the certificates of a partition, by symbol and day. */
export async function drawUp(
  query: Query,
  facts: PlanFacts,
  plan: PartitionPlan,
): Promise<readonly Certificate[]> {
  const { calendar, interval, market, nowMs } = facts;
  const around = daysAround(interval);
  const wide = { from: plan.span.from - around, to: plan.span.to + around };
  const settledMs = nowMs - settleMs;
  const inspection = new Inspection({ calendar, interval, market, ...wide, settledMs });
  const drafts: Draft[] = [];
  for await (const series of readSeries(query, interval, wide)) {
    const reports = inspection.reports(series);
    const findings = [...inspection.findings(series, reports)];
    drafts.push(draftOf(series, { reports, findings, span: plan.span }));
  }
  for (const draft of silentDrafts(facts, drafts, inspection)) drafts.push(draft);
  const ofMarket = Map.groupBy(inspection.marketFindings(), symbolName);
  return drafts
    .toSorted((left, right) => compareText(symbolName(left), symbolName(right)))
    .flatMap((draft) => certificatesOf(facts, plan, draft, ofMarket.get(symbolName(draft)) ?? []));
}

function draftOf(
  series: SilverSeries,
  facts: {
    readonly reports: readonly UnitReport[];
    readonly findings: readonly Finding[];
    readonly span: Span;
  },
): Draft {
  const { exchange, symbol } = series;
  const inSpan = (day: number): boolean => day >= facts.span.from && day <= facts.span.to;
  const bars = series.bars.filter((bar) => inSpan(cairoDayOf(bar.startMs)));
  return {
    exchange,
    symbol,
    reports: new Map(
      facts.reports
        .filter(({ unit }) => inSpan(unit.day))
        .map((report) => [report.unit.day, report]),
    ),
    findings: facts.findings.filter(({ day }) => inSpan(day)),
    bars: Map.groupBy(bars, (bar) => cairoDayOf(bar.startMs)),
  };
}

/** Symbols that live and have no bar at all around. */
function* silentDrafts(
  facts: PlanFacts,
  drafts: readonly Draft[],
  inspection: Inspection,
): Generator<Draft> {
  const heard = new Set(drafts.map(symbolName));
  for (const name of facts.market.lives.keys()) {
    if (heard.has(name)) continue;
    const [exchange = "", symbol = ""] = name.split("|");
    const series = { exchange, symbol, bars: [] };
    const reports = inspection.reports(series);
    const findings = [...inspection.findings(series, reports)];
    yield {
      exchange,
      symbol,
      findings,
      reports: new Map(reports.map((report) => [report.unit.day, report])),
      bars: new Map(),
    };
  }
}

function certificatesOf(
  facts: PlanFacts,
  plan: PartitionPlan,
  draft: Draft,
  ofMarket: readonly Finding[],
): readonly Certificate[] {
  const { market, interval, waivers } = facts;
  const { exchange, symbol, bars, reports } = draft;
  const findings = Map.groupBy([...draft.findings, ...ofMarket], ({ day }) => day);
  const draw = (unit: Unit, stage: StagedUnit["stage"]): Certificate => {
    const date = dateText(unit.day);
    const key = waiverKey({ exchange, symbol, interval: interval.name, date });
    return certificateOf(
      { exchange, symbol },
      {
        report: reports.get(unit.day) ?? nothingKnown(unit),
        bars: bars.get(unit.day) ?? [],
        findings: findings.get(unit.day) ?? [],
        waived: waivers.get(key) ?? null,
        stage,
      },
    );
  };
  const life = market.lives.get(symbolName(draft));
  const ofSessions = plan.units
    .filter(({ unit }) => life !== undefined && lives(unit.day, life, market.newest))
    .map(({ unit, stage }) => draw(unit, stage));
  // Bars of a day without a session: nothing is expected, and something is there.
  const sessions = new Set(plan.units.map(({ unit }) => unit.day));
  const ofOtherDays = [...bars.keys()]
    .filter((day) => !sessions.has(day) && findings.has(day))
    .map((day) => draw({ day, closeMs: 0 }, "corrected"));
  return [...ofSessions, ...ofOtherDays].toSorted((left, right) => left.day - right.day);
}

/** Whether a symbol is expected on a day: behind the market's newest day all that live are. */
function lives(day: number, life: Life, newest: number): boolean {
  return day >= life.first && (day <= life.until || life.until === newest);
}

/** A unit that has not ended yet, or is none. */
function nothingKnown(unit: UnitReport["unit"]): UnitReport {
  return { unit, basis: "thin", share: 0, stored: 0, slots: 0, absence: null, holes: [] };
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
