import { useEffect, useMemo, useRef, useState, type JSX, type RefObject } from "../../view.ts";
import { cellText, stateText } from "./cell-text.ts";
import { drawMatrix, inkOf, type DrawnScene } from "./matrix-draw.ts";
import {
  type CanvasGrid,
  monthsOf,
  type Place,
  placeAtPoint,
  scrollTo,
} from "./matrix-geometry.ts";
import { cellAt } from "./matrix-cells.ts";
import { pressInGrid } from "./grid-keys.ts";
import { Ends } from "./ends.tsx";
import type { MatrixScene } from "./quality-props.ts";

const cellWidth = 13;
const cellHeight = 17;
const headHeight = 26;
const namesWidth = 92;

interface View {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/**
 * A year of sessions on a canvas as large as what is seen of it. One cell at a time stands beside
 * it for those who do not see it: the active one, which keys move as in any grid.
 */
export function MatrixCanvas(scene: MatrixScene): JSX.Element {
  const { i18n, matrix, rows, open } = scene;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [active, setActive] = useState<Place>({ row: 0, column: matrix.sessions.length - 1 });
  const [focused, setFocused] = useState(false);
  const view = useView(scroller);
  const grid = gridOf(scene, view);
  useDrawing(canvas, scene, { grid, active: focused ? active : null });
  useEffect(() => {
    // The newest sessions are what people come for.
    if (scroller.current !== null) scroller.current.scrollLeft = scroller.current.scrollWidth;
  }, [matrix.sessions]);
  const openAt = ({ row, column }: Place): void => {
    const [symbol, date] = [rows[row]?.symbol, matrix.sessions[column]];
    setActive({ row, column });
    if (symbol !== undefined && date !== undefined) open(symbol, date);
  };
  const goTo = (place: Place): void => {
    setActive(place);
    const { scrollLeft, scrollTop } = scrollTo(grid, place);
    scroller.current?.scrollTo({ left: scrollLeft, top: scrollTop });
  };
  const pageRows = Math.max(1, Math.floor((view.height - headHeight) / cellHeight) - 1);
  const size = { rows: rows.length, columns: matrix.sessions.length, pageRows };
  const click = (event: MouseEvent): void => {
    const place = placeAtPoint(grid, event.offsetX, event.offsetY);
    if (place !== null) openAt(place);
  };
  return (
    <>
      <p class="muted">{i18n.fill(i18n.t.quality.matrixHint, { enter: "Enter" })}</p>
      <div
        ref={scroller}
        class="matrix-canvas-scroll"
        dir="ltr"
        role="grid"
        tabIndex={0}
        aria-label={i18n.t.quality.matrix}
        aria-rowcount={rows.length}
        aria-colcount={matrix.sessions.length}
        aria-activedescendant="matrix-active"
        onKeyDown={(event) => pressInGrid(event, active, size, { open: openAt, go: goTo })}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      >
        <div role="presentation" style={contentSize(grid)}>
          <canvas ref={canvas} aria-hidden="true" onClick={click} />
          <ActiveCell scene={scene} place={active} />
        </div>
      </div>
      <Ends i18n={i18n} namesWidth={namesWidth} cellsWidth={grid.columns * cellWidth} />
    </>
  );
}

function contentSize(grid: CanvasGrid): { readonly width: string; readonly height: string } {
  return {
    width: `${grid.namesWidth + grid.columns * grid.cellWidth}px`,
    height: `${grid.headHeight + grid.rows * grid.cellHeight}px`,
  };
}

function gridOf({ i18n, rows, matrix }: MatrixScene, view: View): CanvasGrid {
  return {
    rows: rows.length,
    columns: matrix.sessions.length,
    cellWidth,
    cellHeight,
    headHeight,
    namesWidth,
    namesAt: i18n.dir === "rtl" ? "right" : "left",
    viewWidth: view.width,
    viewHeight: view.height,
    scrollLeft: view.left,
    scrollTop: view.top,
  };
}

/** The active cell in words: the picture has none. */
function ActiveCell({
  scene,
  place,
}: {
  readonly scene: MatrixScene;
  readonly place: Place;
}): JSX.Element | null {
  const { i18n, matrix, rows, running, choice } = scene;
  const [row, date] = [rows[place.row], matrix.sessions[place.column]];
  if (row === undefined || date === undefined) return null;
  const cell = cellAt(row.runs, place.column);
  const state = stateText(i18n, cell, date === running && cell.state === "p");
  return (
    <div role="row" class="heard" aria-rowindex={place.row + 1}>
      <span
        id="matrix-active"
        role="gridcell"
        aria-colindex={place.column + 1}
        aria-selected={row.symbol === choice.symbol && date === choice.date}
      >
        {cellText(i18n, row.symbol, i18n.format.longDate(date), state)}
      </span>
    </div>
  );
}

/** The size of what is seen and how far it is scrolled. */
function useView(scroller: RefObject<HTMLDivElement | null>): View {
  const [view, setView] = useState<View>({ width: 0, height: 0, left: 0, top: 0 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = (): void =>
      setView({
        width: element.clientWidth,
        height: element.clientHeight,
        left: element.scrollLeft,
        top: element.scrollTop,
      });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  return view;
}

function useDrawing(
  canvas: RefObject<HTMLCanvasElement | null>,
  { i18n, matrix, rows, choice }: MatrixScene,
  { grid, active }: Pick<DrawnScene, "grid" | "active">,
): void {
  const months = useMemo(() => monthsOf(matrix.sessions), [matrix.sessions]);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d") ?? null;
    if (element === null || context === null || grid.viewWidth === 0) return undefined;
    const draw = (): void => {
      const ratio = window.devicePixelRatio;
      element.width = Math.round(grid.viewWidth * ratio);
      element.height = Math.round(grid.viewHeight * ratio);
      element.style.width = `${grid.viewWidth}px`;
      element.style.height = `${grid.viewHeight}px`;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const monthText = (month: string): string => i18n.format.month(`${month}-01`);
      const chosen = {
        row: rows.findIndex(({ symbol }) => symbol === choice.symbol),
        column: matrix.sessions.indexOf(choice.date ?? ""),
      };
      const isChosen = chosen.row !== -1 && chosen.column !== -1;
      const drawn = { grid, rows, months, monthText, active, chosen: isChosen ? chosen : null };
      drawMatrix(context, drawn, inkOf(element));
    };
    draw();
    // The system may change from light to dark, and fonts may come, without any of our doing.
    const observer = new MutationObserver(draw);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme", "data-palette"] });
    document.fonts.addEventListener("loadingdone", draw);
    return () => {
      observer.disconnect();
      document.fonts.removeEventListener("loadingdone", draw);
    };
  });
}
