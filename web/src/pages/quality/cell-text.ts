import type { I18n } from "../../i18n/i18n.ts";
import type { MatrixCell } from "./matrix-cells.ts";

/** What is known of a session in words: `Missing`, `Degraded, 40% of its bars`. */
export function stateText(i18n: I18n, cell: MatrixCell, running: boolean): string {
  const { t, format } = i18n;
  const { states, corners, cellShare, inProgress } = t.quality;
  const words = [running ? inProgress : states[cell.state]];
  if (cell.state === "d" && cell.share !== null) {
    words.push(i18n.fill(cellShare, { share: format.share(cell.share, 0) }));
  }
  if (cell.marked) words.push(corners.marked);
  if (cell.backfilled) words.push(corners.backfilled);
  return words.join(t.quality.listSeparator);
}

/** The same with its symbol and date, as it is read out. */
export function cellText(i18n: I18n, symbol: string, date: string, state: string): string {
  return i18n.fill(i18n.t.quality.cellText, { symbol, date, state });
}

/** What a defect is; one that this page does not know by its name. */
export function defectText({ t }: I18n, name: string): string {
  const known = Object.entries(t.quality.defects).find(([key]) => key === name);
  return known?.[1] ?? name;
}
