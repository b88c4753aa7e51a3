import { cellsOf, lookOf, type MatrixCell, type Sign } from "./matrix-cells.ts";
import {
  type CanvasGrid,
  columnX,
  type MonthSpan,
  type Place,
  rowY,
  visibleRange,
} from "./matrix-geometry.ts";
import type { MatrixRow } from "./matrix-rows.ts";

/** Colours and fonts of the page as it is: a canvas knows no styles. */
export interface Ink {
  readonly steps: readonly string[];
  readonly background: string;
  readonly surface: string;
  readonly text: string;
  readonly muted: string;
  readonly border: string;
  readonly rule: string;
  readonly down: string;
  readonly focus: string;
  readonly font: string;
}

export interface DrawnScene {
  readonly grid: CanvasGrid;
  readonly rows: readonly MatrixRow[];
  readonly months: readonly MonthSpan[];
  /** Places of months where another one begins, as `2026-03`; its text to be drawn. */
  readonly monthText: (month: string) => string;
  readonly active: Place | null;
  readonly chosen: Place | null;
}

/** The page's colours as they are now. */
export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    steps: [1, 2, 3, 4, 5].map((step) => value(`--step-${step}`)),
    background: value("--bg"),
    surface: value("--surface"),
    text: value("--text"),
    muted: value("--muted"),
    border: value("--border"),
    rule: value("--rule"),
    down: value("--down"),
    focus: value("--link"),
    font: style.fontFamily,
  };
}

/** Draws what is in view. */
export function drawMatrix(context: CanvasRenderingContext2D, scene: DrawnScene, ink: Ink): void {
  const { grid } = scene;
  context.fillStyle = ink.background;
  context.fillRect(0, 0, grid.viewWidth, grid.viewHeight);
  drawCells(context, scene, ink);
  drawMonths(context, scene, ink);
  drawNames(context, scene, ink);
}

function drawCells(context: CanvasRenderingContext2D, scene: DrawnScene, ink: Ink): void {
  const { grid, rows, active, chosen } = scene;
  const { fromRow, toRow, fromColumn, toColumn } = visibleRange(grid);
  for (let row = fromRow; row < toRow; row += 1) {
    const cells = cellsOf(rows[row]?.runs ?? [], fromColumn, toColumn);
    const y = rowY(grid, row);
    for (const [at, cell] of cells.entries()) {
      drawCell(context, { cell, grid, ink, x: columnX(grid, fromColumn + at), y });
    }
  }
  for (const [place, color, width] of [
    [chosen, ink.text, 2],
    [active, ink.focus, 3],
  ] as const) {
    if (place === null) continue;
    context.strokeStyle = color;
    context.lineWidth = width;
    const { cellWidth, cellHeight } = grid;
    context.strokeRect(columnX(grid, place.column), rowY(grid, place.row), cellWidth, cellHeight);
  }
}

interface CellDrawing {
  readonly cell: MatrixCell;
  readonly grid: CanvasGrid;
  readonly ink: Ink;
  readonly x: number;
  readonly y: number;
}

function drawCell(context: CanvasRenderingContext2D, { cell, grid, ink, x, y }: CellDrawing): void {
  const { sign, step, corner } = lookOf(cell);
  if (sign === "outside") return;
  const [width, height] = [grid.cellWidth - 1, grid.cellHeight - 1];
  if (step !== null) {
    context.fillStyle = ink.steps[step] ?? ink.surface;
    context.fillRect(x, y, width, height);
  }
  drawSign(context, sign, { ink, x, y, width, height });
  if (corner === null) return;
  context.fillStyle = ink.text;
  if (corner === "marked") context.fillRect(x + width - 4, y, 4, 4);
  else context.fillRect(x, y + height - 2, width, 2);
}

interface SignBox {
  readonly ink: Ink;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawSign(context: CanvasRenderingContext2D, sign: Sign, box: SignBox): void {
  const { ink, x, y, width, height } = box;
  const [middleX, middleY] = [x + width / 2, y + height / 2];
  const reach = Math.max(2, Math.min(width, height) / 2 - 2.5);
  context.lineWidth = 1.5;
  context.strokeStyle = ink.muted;
  context.beginPath();
  switch (sign) {
    case "missing":
      context.strokeStyle = ink.down;
      context.rect(x + 0.75, y + 0.75, width - 1.5, height - 1.5);
      context.moveTo(middleX - reach, middleY - reach);
      context.lineTo(middleX + reach, middleY + reach);
      context.moveTo(middleX + reach, middleY - reach);
      context.lineTo(middleX - reach, middleY + reach);
      break;
    case "degraded":
      context.strokeStyle = ink.down;
      context.moveTo(x, y + height - 0.75);
      context.lineTo(x + width, y + height - 0.75);
      break;
    case "untraded":
      context.arc(middleX, middleY, reach, 0, 2 * Math.PI);
      break;
    case "waived":
      context.moveTo(middleX - reach, middleY);
      context.lineTo(middleX - reach / 3, middleY + reach);
      context.lineTo(middleX + reach, middleY - reach);
      break;
    case "pending":
      context.moveTo(middleX - reach, middleY);
      context.lineTo(middleX + reach, middleY);
      break;
    case "unknown":
      drawQuestion(context, box);
      return;
    case "outside":
    case "none":
      return;
  }
  context.stroke();
}

function drawQuestion(
  context: CanvasRenderingContext2D,
  { ink, x, y, width, height }: SignBox,
): void {
  context.fillStyle = ink.muted;
  context.font = `${Math.min(12, height)}px ${ink.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText("?", x + width / 2, y + height / 2 + 0.5);
}

function drawMonths(context: CanvasRenderingContext2D, scene: DrawnScene, ink: Ink): void {
  const { grid, months, monthText } = scene;
  const { headHeight, viewWidth, viewHeight, cellWidth } = grid;
  context.fillStyle = ink.surface;
  context.fillRect(0, 0, viewWidth, headHeight);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = `13px ${ink.font}`;
  for (const { month, at, length } of months) {
    const x = columnX(grid, at);
    if (x > viewWidth || x + length * cellWidth < 0) continue;
    context.fillStyle = ink.border;
    context.fillRect(x - 1, 0, 1, viewHeight);
    const text = monthText(month);
    if (context.measureText(text).width + 6 > length * cellWidth) continue;
    context.fillStyle = ink.text;
    context.fillText(text, x + 4, headHeight / 2);
  }
}

/** Last, so that cells slide away beneath them. */
function drawNames(context: CanvasRenderingContext2D, scene: DrawnScene, ink: Ink): void {
  const { grid, rows } = scene;
  const { namesAt, namesWidth, viewWidth, viewHeight, cellHeight, headHeight } = grid;
  const left = namesAt === "left" ? 0 : viewWidth - namesWidth;
  context.fillStyle = ink.background;
  context.fillRect(left, 0, namesWidth, viewHeight);
  context.fillStyle = ink.border;
  context.fillRect(namesAt === "left" ? namesWidth - 1 : left, 0, 1, viewHeight);
  context.save();
  context.beginPath();
  context.rect(left, headHeight, namesWidth, viewHeight - headHeight);
  context.clip();
  context.fillStyle = ink.text;
  context.font = `${Math.min(13, cellHeight)}px ${ink.font}`;
  context.textAlign = namesAt === "left" ? "left" : "right";
  context.textBaseline = "middle";
  const { fromRow, toRow } = visibleRange(grid);
  const x = namesAt === "left" ? 6 : viewWidth - 6;
  for (let row = fromRow; row < toRow; row += 1) {
    context.fillText(rows[row]?.symbol ?? "", x, rowY(grid, row) + cellHeight / 2);
  }
  context.restore();
}
