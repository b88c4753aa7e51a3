import type { QueryAnswer } from "../../../../src/serve/api/query.ts";
import { kindOf, type SqlColumn, valueNumber, valueText, valueTimeMs } from "./result-values.ts";

/** A picture of a result: one column against one or more others. */
export interface ChartData {
  readonly kind: "line" | "bar";
  /** Name of the column along the axis. */
  readonly x: string;
  readonly points: readonly ChartPoint[];
  readonly series: readonly string[];
  /** The least and the greatest value that is drawn. */
  readonly low: number;
  readonly high: number;
}

export interface ChartPoint {
  readonly label: string;
  /** Where it is along the axis, 0 to 1. */
  readonly at: number;
  /** Of each series; null leaves a gap. */
  readonly values: readonly (number | null)[];
}

export const seriesMax = 4;
const barsMax = 60;

/** Columns that make a picture, or null when there is none to be made. */
export function chartColumns(
  columns: readonly SqlColumn[],
): { readonly x: number; readonly ys: readonly number[]; readonly kind: "line" | "bar" } | null {
  const kinds = columns.map((column) => kindOf(column));
  const time = kinds.indexOf("time");
  const text = kinds.indexOf("text");
  const numbers = kinds.flatMap((kind, place) => (kind === "number" ? [place] : []));
  if (time !== -1 && numbers.length > 0) {
    return { x: time, ys: numbers.slice(0, seriesMax), kind: "line" };
  }
  if (text !== -1 && numbers.length > 0) return { x: text, ys: numbers.slice(0, 1), kind: "bar" };
  const [first, ...rest] = numbers;
  if (first === undefined || rest.length === 0) return null;
  return { x: first, ys: rest.slice(0, seriesMax), kind: "line" };
}

/** The picture of a result, or null when its columns or rows make none. */
export function chartData({
  columns,
  rows,
}: Pick<QueryAnswer, "columns" | "rows">): ChartData | null {
  const chosen = chartColumns(columns);
  if (chosen === null) return null;
  const { x, ys, kind } = chosen;
  const column = columns[x];
  if (column === undefined) return null;
  const points = kind === "bar" ? barPoints(rows, x, ys) : linePoints(rows, { x, ys, column });
  const numbers = points.flatMap(({ values }) => values.filter((value) => value !== null));
  if (points.length < 2 || numbers.length === 0) return null;
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  // Bars grow from 0; a line shows its own range, also when it is flat.
  const [low, high] = kind === "bar" ? [Math.min(0, least), Math.max(0, most)] : [least, most];
  const series = ys.map((place) => columns[place]?.name ?? "");
  const flat = low === high ? Math.abs(low) || 1 : 0;
  return { kind, x: column.name, points, series, low: low - flat / 2, high: high + flat / 2 };
}

function barPoints(
  rows: QueryAnswer["rows"],
  x: number,
  ys: readonly number[],
): readonly ChartPoint[] {
  const shown = rows.slice(0, barsMax);
  return shown.map((row, place) => ({
    label: valueText(row[x] ?? null) ?? "",
    at: (place + 0.5) / shown.length,
    values: ys.map((y) => valueNumber(row[y] ?? null)),
  }));
}

function linePoints(
  rows: QueryAnswer["rows"],
  {
    x,
    ys,
    column,
  }: { readonly x: number; readonly ys: readonly number[]; readonly column: SqlColumn },
): readonly ChartPoint[] {
  const place = kindOf(column) === "time" ? valueTimeMs : valueNumber;
  const placed = rows.flatMap((row) => {
    const at = place(row[x] ?? null);
    const values = ys.map((y) => valueNumber(row[y] ?? null));
    return at === null ? [] : [{ label: valueText(row[x] ?? null) ?? "", at, values }];
  });
  const sorted = placed.toSorted((left, right) => left.at - right.at);
  const first = sorted[0]?.at ?? 0;
  const span = (sorted.at(-1)?.at ?? 0) - first || 1;
  return sorted.map(({ label, at, values }) => ({ label, at: (at - first) / span, values }));
}

/** Round numbers from low to high, about `count` of them. */
export function ticksOf(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((by) => by * power).find((by) => by >= rough) ?? rough;
  const ticks: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high + step / 1e6; at += 1) {
    ticks.push(Number((at * step).toPrecision(12)));
  }
  return ticks;
}
