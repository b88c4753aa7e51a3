import type { CoverageHole, SymbolCoverage } from "../../quality/coverage.ts";
import type { UnitCounts } from "../../quality/unit-counts.ts";
import type { Channel } from "./console.ts";
import { tableText } from "./table.ts";

/** Sums over symbols. */
export interface CoverageTotals extends UnitCounts {
  readonly symbols: number;
}

/** Holes that a terminal names of one symbol; a pipe or a file gets all. */
const terminalHolesMax = 3;
const head = ["symbol", "interval", "trades", "sessions", "complete", "degraded", "missing"];

/** What all symbols come to. */
export function totalsOf(coverage: readonly SymbolCoverage[]): CoverageTotals {
  const sum = (of: (one: SymbolCoverage) => number): number =>
    coverage.reduce((total, one) => total + of(one), 0);
  return {
    symbols: coverage.length,
    units: sum(({ units }) => units),
    complete: sum(({ complete }) => complete),
    degraded: sum(({ degraded }) => degraded),
    missing: sum(({ missing }) => missing),
    pending: sum(({ pending }) => pending),
    untraded: sum(({ untraded }) => untraded),
    waived: sum(({ waived }) => waived),
    backfilled: sum(({ backfilled }) => backfilled),
  };
}

/** Writes a line a symbol and one for all, in colour on a terminal. */
export async function writeCoverage(
  out: Channel,
  coverage: readonly SymbolCoverage[],
): Promise<void> {
  const rows = coverage.map((one) => {
    const { symbol, interval, expectation, share, units, complete, degraded, missing } = one;
    const trades = expectation === "regular" ? "regularly" : `thin, ${percent(share)}`;
    return [
      symbol,
      interval,
      trades,
      String(units),
      painted(out, complete, units),
      counted(out, "yellow", degraded),
      counted(out, "red", missing),
      String(one.waived),
      holesText(out, one.holes),
    ];
  });
  const totals = totalsOf(coverage);
  const last = [
    out.paint("bold", `all ${totals.symbols}`),
    "",
    "",
    String(totals.units),
    painted(out, totals.complete, totals.units),
    counted(out, "yellow", totals.degraded),
    counted(out, "red", totals.missing),
    String(totals.waived),
    totals.pending === 0 ? "" : `${totals.pending} pending`,
  ];
  const titles = [...head, "waived", "holes"].map((title) => out.paint("bold", title));
  const numeric = new Set([3, 4, 5, 6, 7]);
  await out.write(tableText({ head: titles, rows: [...rows, last], numeric }));
}

function painted(out: Channel, complete: number, units: number): string {
  const share = units === 0 ? 1 : complete / units;
  const style = share === 1 ? "green" : share >= 0.95 ? "yellow" : "red";
  return out.paint(style, percent(share));
}

function counted(out: Channel, style: "yellow" | "red", count: number): string {
  return count === 0 ? "0" : out.paint(style, String(count));
}

/** Never 100 % while anything is lacking. */
function percent(share: number): string {
  return `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}

function holesText(out: Channel, holes: readonly CoverageHole[]): string {
  const shown = out.isTerminal ? holes.slice(0, terminalHolesMax) : holes;
  const more = holes.length - shown.length;
  const texts = shown.map(({ from, to, units, state, defects }) => {
    const dates = from === to ? from : `${from}…${to} (${units})`;
    const what = state === "missing" ? "" : ` ${defects.join("+")}`;
    return out.paint(state === "missing" ? "red" : "yellow", `${dates}${what}`);
  });
  return [...texts, ...(more > 0 ? [`… ${more} more`] : [])].join(", ");
}
