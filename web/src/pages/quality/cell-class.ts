import { lookOf, type MatrixCell } from "./matrix-cells.ts";

/** The classes by which a cell is drawn; a calendar's as a matrix's. */
export function cellClass(cell: MatrixCell, isRunning: boolean, monthStart = false): string {
  const { sign, step, corner } = lookOf(cell);
  const names = ["session-cell", `sign-${sign}`];
  if (step !== null) names.push(`step-${step}`);
  if (corner !== null) names.push(`corner-${corner}`);
  if (isRunning) names.push("running");
  if (monthStart) names.push("month-start");
  return names.join(" ");
}
