import type { MatrixAnswer } from "../../../../src/serve/api/quality.ts";

export type MatrixRow = MatrixAnswer["rows"][number];

/** Rows with any trouble, with missing sessions, with degraded ones, or all. */
export type RowFilter = "all" | "trouble" | "missing" | "degraded" | "uncertified";
export type RowOrder = "worst" | "symbol" | "sector";

export interface RowChoice {
  readonly filter: RowFilter;
  readonly order: RowOrder;
  /** The sector's English name; null for all. */
  readonly sector: string | null;
  /** Part of a ticker or name, as it was typed. */
  readonly text: string;
}

/** The rows of a choice, in its order. `fold` makes texts comparable in both scripts. */
export function chooseRows(
  rows: readonly MatrixRow[],
  choice: RowChoice,
  fold: (text: string) => string,
): readonly MatrixRow[] {
  const sought = fold(choice.text.trim());
  const chosen = rows.filter((row) => {
    const { symbol, name, sector } = row;
    if (!filters[choice.filter](row)) return false;
    if (choice.sector !== null && sector?.en !== choice.sector) return false;
    const texts = [symbol, name.en ?? "", name.ar ?? ""];
    return sought === "" || texts.some((text) => fold(text).includes(sought));
  });
  return chosen.toSorted(comparisons[choice.order]);
}

const filters: Readonly<Record<RowFilter, (row: MatrixRow) => boolean>> = {
  all: () => true,
  trouble: ({ missing, degraded }) => missing + degraded > 0,
  missing: ({ missing }) => missing > 0,
  degraded: ({ degraded }) => degraded > 0,
  uncertified: ({ runs }) => runs.some(({ state }) => state === "u"),
};

type Comparison = (left: MatrixRow, right: MatrixRow) => number;

const bySymbol: Comparison = (left, right) =>
  left.symbol < right.symbol ? -1 : left.symbol > right.symbol ? 1 : 0;

const comparisons: Readonly<Record<RowOrder, Comparison>> = {
  symbol: bySymbol,
  sector: (left, right) =>
    (left.sector?.en ?? "\uffff").localeCompare(right.sector?.en ?? "\uffff", "en") ||
    bySymbol(left, right),
  // Of what is not known nobody can say that it is bad: it comes behind the bad and the good.
  worst: (left, right) =>
    (left.completeness ?? 2) - (right.completeness ?? 2) ||
    right.missing - left.missing ||
    right.degraded - left.degraded ||
    bySymbol(left, right),
};

/** The sectors of rows by their English names. */
export function sectorsOf(
  rows: readonly MatrixRow[],
): readonly { readonly en: string; readonly ar: string | null }[] {
  const sectors = new Map<string, string | null>();
  for (const { sector } of rows) {
    if (sector !== null && sector.en !== null) sectors.set(sector.en, sector.ar);
  }
  return Array.from(sectors, ([en, ar]) => ({ en, ar })).toSorted((left, right) =>
    left.en.localeCompare(right.en, "en"),
  );
}
