import type { MatrixRow, RowChoice, RowFilter, RowOrder } from "./matrix-rows.ts";
import { dateOfDay, dayOf } from "../../lib/cairo.ts";

export const viewNames = [
  "month",
  "year",
  "calendar",
  "symbols",
  "sessions",
  "gaps",
  "rules",
] as const;
export type ViewName = (typeof viewNames)[number];

export const filterNames = [
  "all",
  "trouble",
  "missing",
  "degraded",
  "uncertified",
] as const satisfies readonly RowFilter[];
export const orderNames = ["worst", "symbol", "sector"] as const satisfies readonly RowOrder[];

/** What a person chose to see; kept in the address. */
export interface QualityChoice extends RowChoice {
  readonly view: ViewName;
  /** The last date of the range; null for the newest one. */
  readonly to: string | null;
  /** The symbol of the calendar and of the chosen session. */
  readonly symbol: string | null;
  /** The chosen session. */
  readonly date: string | null;
}

/** The choice of an address; whatever it does not say is as at first. */
export function readChoice(query: URLSearchParams, firstView: ViewName): QualityChoice {
  return {
    view: oneOf(viewNames, query.get("view")) ?? firstView,
    filter: oneOf(filterNames, query.get("show")) ?? "all",
    order: oneOf(orderNames, query.get("order")) ?? "worst",
    sector: query.get("sector"),
    text: query.get("q") ?? "",
    to: dateOrNull(query.get("to")),
    symbol: query.get("symbol"),
    date: dateOrNull(query.get("date")),
  };
}

/** One of several names, or undefined. */
export function oneOf<const Name extends string>(
  names: readonly Name[],
  given: string | null,
): Name | undefined {
  return names.find((name) => name === given);
}

function dateOrNull(text: string | null): string | null {
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null;
}

/** Days that a view shows. */
const rangeDays: Readonly<Record<ViewName, number>> = {
  month: 31,
  year: 366,
  calendar: 366,
  symbols: 31,
  sessions: 92,
  gaps: 366,
  rules: 366,
};

/** Cairo dates, both inclusive. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** What a view shows that ends on `to`. */
export function rangeOf(view: ViewName, to: string): DateRange {
  return { from: dateOfDay(dayOf(to) - rangeDays[view] + 1), to };
}

/** The last date of the range before or after; null for the one that ends with the newest bars. */
export function shiftedTo(view: ViewName, to: string, step: -1 | 1, newest: string): string | null {
  const shifted = dateOfDay(dayOf(to) + step * rangeDays[view]);
  return shifted >= newest ? null : shifted;
}

/** The symbol whose calendar is shown: the chosen one, or the first of the rows. */
export function calendarRow(rows: readonly MatrixRow[], symbol: string | null): MatrixRow | null {
  return rows.find((row) => row.symbol === symbol) ?? (symbol === null ? (rows[0] ?? null) : null);
}
