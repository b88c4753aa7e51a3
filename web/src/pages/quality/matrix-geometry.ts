/** Sessions of one month that follow each other. */
export interface MonthSpan {
  /** `2026-03` */
  readonly month: string;
  /** Place of its first session. */
  readonly at: number;
  readonly length: number;
}

/** The months of sessions (`2026-03-05`, ascending): rules are drawn where they change. */
export function monthsOf(sessions: readonly string[]): readonly MonthSpan[] {
  const months: MonthSpan[] = [];
  for (const [at, date] of sessions.entries()) {
    const month = date.slice(0, 7);
    const last = months.at(-1);
    if (last?.month === month) months[months.length - 1] = { ...last, length: last.length + 1 };
    else months.push({ month, at, length: 1 });
  }
  return months;
}

/** A place in a grid. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface GridSize {
  readonly rows: number;
  readonly columns: number;
  /** Rows that one view shows: how far PageUp and PageDown go. */
  readonly pageRows: number;
}

/**
 * Where a key leads to in a grid whose columns run from left to right in both languages; null
 * when the key is none of a grid's.
 */
export function placeAfter(
  { row, column }: Place,
  pressed: { readonly key: string; readonly ctrl: boolean },
  size: GridSize,
): Place | null {
  const { key, ctrl } = pressed;
  switch (key) {
    case "ArrowLeft":
      return within({ row, column: column - 1 }, size);
    case "ArrowRight":
      return within({ row, column: column + 1 }, size);
    case "ArrowUp":
      return within({ row: row - 1, column }, size);
    case "ArrowDown":
      return within({ row: row + 1, column }, size);
    case "PageUp":
      return within({ row: row - size.pageRows, column }, size);
    case "PageDown":
      return within({ row: row + size.pageRows, column }, size);
    case "Home":
      return within({ row: ctrl ? 0 : row, column: 0 }, size);
    case "End":
      return within({ row: ctrl ? size.rows - 1 : row, column: size.columns - 1 }, size);
    default:
      return null;
  }
}

function within({ row, column }: Place, { rows, columns }: GridSize): Place {
  return { row: clamp(row, rows), column: clamp(column, columns) };
}

function clamp(at: number, length: number): number {
  return Math.max(0, Math.min(length - 1, at));
}

/** A grid that is drawn on a canvas as large as its view, in CSS pixels. */
export interface CanvasGrid {
  readonly rows: number;
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly headHeight: number;
  /** Width of the names' column, which stays in view. */
  readonly namesWidth: number;
  /** Where the names are: on the right in a right-to-left page. */
  readonly namesAt: "left" | "right";
  readonly viewWidth: number;
  readonly viewHeight: number;
  readonly scrollLeft: number;
  readonly scrollTop: number;
}

/** Rows and columns, [from, to), that are in view. */
export interface VisibleRange {
  readonly fromRow: number;
  readonly toRow: number;
  readonly fromColumn: number;
  readonly toColumn: number;
}

export function visibleRange(grid: CanvasGrid): VisibleRange {
  const { cellWidth, cellHeight, scrollLeft, scrollTop } = grid;
  const width = grid.viewWidth - grid.namesWidth;
  const height = grid.viewHeight - grid.headHeight;
  return {
    fromRow: clampTo(Math.floor(scrollTop / cellHeight), grid.rows),
    toRow: clampTo(Math.ceil((scrollTop + height) / cellHeight), grid.rows),
    fromColumn: clampTo(Math.floor(scrollLeft / cellWidth), grid.columns),
    toColumn: clampTo(Math.ceil((scrollLeft + width) / cellWidth), grid.columns),
  };
}

function clampTo(at: number, length: number): number {
  return Math.max(0, Math.min(length, at));
}

/** The left edge of a column on the canvas. */
export function columnX(grid: CanvasGrid, column: number): number {
  const start = grid.namesAt === "left" ? grid.namesWidth : 0;
  return start + column * grid.cellWidth - grid.scrollLeft;
}

/** The upper edge of a row on the canvas. */
export function rowY(grid: CanvasGrid, row: number): number {
  return grid.headHeight + row * grid.cellHeight - grid.scrollTop;
}

/** The cell under a point of the canvas, or null. */
export function placeAtPoint(grid: CanvasGrid, x: number, y: number): Place | null {
  const startX = grid.namesAt === "left" ? grid.namesWidth : 0;
  const endX = startX + grid.viewWidth - grid.namesWidth;
  if (x < startX || x >= endX || y < grid.headHeight || y >= grid.viewHeight) return null;
  const row = Math.floor((y - grid.headHeight + grid.scrollTop) / grid.cellHeight);
  const column = Math.floor((x - startX + grid.scrollLeft) / grid.cellWidth);
  return row < grid.rows && column < grid.columns ? { row, column } : null;
}

/** How far to scroll so that a cell is in view whole. */
export function scrollTo(
  grid: CanvasGrid,
  { row, column }: Place,
): { readonly scrollLeft: number; readonly scrollTop: number } {
  const { cellWidth, cellHeight } = grid;
  return {
    scrollLeft: shifted(grid.scrollLeft, column * cellWidth, {
      length: cellWidth,
      view: grid.viewWidth - grid.namesWidth,
    }),
    scrollTop: shifted(grid.scrollTop, row * cellHeight, {
      length: cellHeight,
      view: grid.viewHeight - grid.headHeight,
    }),
  };
}

function shifted(
  scroll: number,
  start: number,
  { length, view }: { readonly length: number; readonly view: number },
): number {
  if (start < scroll) return start;
  return start + length > scroll + view ? start + length - view : scroll;
}
