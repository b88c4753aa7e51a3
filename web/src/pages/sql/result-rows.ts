/** Rows, [from, to), that a scrolled list draws, and the space that stands for the others. */
export interface RowWindow {
  readonly from: number;
  readonly to: number;
  /** Pixels before and behind them. */
  readonly before: number;
  readonly after: number;
}

export interface ScrolledList {
  readonly rows: number;
  readonly rowHeight: number;
  readonly viewHeight: number;
  readonly scrollTop: number;
}

/** Lists of up to so many rows are drawn whole. */
export const wholeRowsMax = 500;
/** Rows that are drawn beyond the view on either side, so that scrolling shows no gap. */
const beyond = 12;

/** What of a list is drawn. Its height stays that of all rows, to the pixel. */
export function rowWindow({ rows, rowHeight, viewHeight, scrollTop }: ScrolledList): RowWindow {
  if (rows <= wholeRowsMax) return { from: 0, to: rows, before: 0, after: 0 };
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - beyond;
  const shown = Math.ceil(viewHeight / rowHeight) + 2 * beyond;
  const from = Math.max(0, Math.min(first, rows - shown));
  const to = Math.min(rows, from + shown);
  return { from, to, before: from * rowHeight, after: (rows - to) * rowHeight };
}
