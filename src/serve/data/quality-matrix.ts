import { z } from "../../base/schema.ts";
import { tradingDaysBetween, type Calendar } from "../../market/calendar.ts";
import type { Interval } from "../../market/interval.ts";
import type { MatrixAnswer, MatrixRun, MatrixState } from "../api/quality.ts";
import type { Company } from "./companies.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";
import { heldSymbols } from "./symbol-facts.ts";

const row = z.tuple([
  z.string(),
  z.string(),
  z.enum(["complete", "degraded", "pending", "missing"]),
  z.number(),
  z.number(),
  z.string().nullable(),
  z.number(),
  z.number(),
]);

type Cell = Omit<MatrixRun, "at" | "length">;
type MatrixRow = MatrixAnswer["rows"][number];

export interface MatrixAsked {
  readonly interval: Interval;
  /** Cairo dates, both inclusive. */
  readonly from: string;
  readonly to: string;
}

/** Symbols × sessions as runs of one state. */
export async function readMatrix(
  snapshot: SilverSnapshot,
  calendar: Calendar,
  asked: MatrixAsked,
): Promise<Omit<MatrixAnswer, "mode">> {
  const { interval, from, to } = asked;
  const rows = await snapshot.rows(
    "SELECT symbol, date, state, stored, expected, waived, backfilled, provisional + suspect " +
      `FROM certificates WHERE "interval" = '${interval.name}' ` +
      `AND date BETWEEN '${from}' AND '${to}' ORDER BY symbol, date`,
    row,
  );
  const cells = new Map<string, Map<string, Cell>>();
  for (const fields of rows) {
    const [symbol, date] = fields;
    const ofSymbol = cells.get(symbol) ?? new Map<string, Cell>();
    cells.set(symbol, ofSymbol);
    ofSymbol.set(date, cellOf(fields));
  }
  const sessions = sessionsOf(calendar, asked, rows);
  const held = [...(await heldSymbols(snapshot)).values()].filter(({ series }) =>
    series.some((one) => one.interval === interval.code),
  );
  return {
    interval: interval.code,
    sessions: [...sessions],
    rows: held.map(({ symbol, company, series }) => {
      const ofInterval = series.filter((one) => one.interval === interval.code);
      const first = ofInterval.map((one) => one.first).toSorted()[0] ?? "";
      return rowOf({ symbol, company, sessions, first, cells: cells.get(symbol) ?? new Map() });
    }),
  };
}

/** Trading days; of weeks and months the dates that are certified. */
function sessionsOf(
  calendar: Calendar,
  { interval, from, to }: MatrixAsked,
  rows: readonly z.output<typeof row>[],
): readonly string[] {
  const certified = rows.map(([, date]) => date);
  if (interval.code === "1w" || interval.code === "1mo") return [...new Set(certified)].toSorted();
  const days = tradingDaysBetween(
    calendar,
    Temporal.PlainDate.from(from),
    Temporal.PlainDate.from(to),
  );
  return days.map((date) => date.toString());
}

function cellOf(fields: z.output<typeof row>): Cell {
  const [, , state, stored, expected, waived, backfilled, marked] = fields;
  return {
    state: stateOf(state, stored, waived),
    share: expected > 1 ? Math.min(1, stored / expected) : null,
    backfilled: backfilled > 0,
    marked: marked > 0,
  };
}

function stateOf(
  state: "complete" | "degraded" | "pending" | "missing",
  stored: number,
  waived: string | null,
): MatrixState {
  if (state !== "complete") return ({ degraded: "d", pending: "p", missing: "m" } as const)[state];
  if (waived !== null) return "w";
  return stored === 0 ? "n" : "c";
}

interface RowFacts {
  readonly symbol: string;
  readonly company: Pick<Company, "name" | "sector">;
  readonly sessions: readonly string[];
  /** The date of its first bar. */
  readonly first: string;
  readonly cells: ReadonlyMap<string, Cell>;
}

function rowOf({ symbol, company, sessions, first, cells }: RowFacts): MatrixRow {
  const runs: MatrixRun[] = [];
  const counts = new Map<MatrixState, number>();
  for (const [at, date] of sessions.entries()) {
    const uncertified = { share: null, backfilled: false, marked: false };
    const state = date < first ? "-" : "u";
    const cell = cells.get(date) ?? { ...uncertified, state };
    counts.set(cell.state, (counts.get(cell.state) ?? 0) + 1);
    const last = runs.at(-1);
    if (last !== undefined && sameCell(last, cell)) last.length += 1;
    else runs.push({ at, length: 1, ...cell });
  }
  const number = (...states: readonly MatrixState[]): number =>
    states.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);
  const complete = number("c", "n", "w");
  const units = complete + number("m", "d");
  return {
    symbol,
    name: company.name,
    sector: company.sector,
    completeness: units === 0 ? null : complete / units,
    missing: number("m"),
    degraded: number("d"),
    runs,
  };
}

function sameCell(run: MatrixRun, cell: Cell): boolean {
  return (
    run.state === cell.state &&
    run.share === cell.share &&
    run.backfilled === cell.backfilled &&
    run.marked === cell.marked
  );
}
