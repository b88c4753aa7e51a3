import { useEffect, useMemo, useRef, type JSX } from "../../view.ts";
import { cellText, stateText } from "./cell-text.ts";
import { cellClass } from "./cell-class.ts";
import { pressInGrid } from "./grid-keys.ts";
import { Ends } from "./ends.tsx";
import { cellsOf } from "./matrix-cells.ts";
import { monthsOf, type Place } from "./matrix-geometry.ts";
import type { MatrixRow } from "./matrix-rows.ts";
import type { MatrixScene } from "./quality-props.ts";

const pageRows = 12;
/** As the style sheet has them, in pixels. */
const namesWidth = 84;
const cellWidthMax = 36;

/**
 * A month of sessions: one cell an element, so that each is found and read by every tool. Columns
 * run from the oldest at the left in both languages, names stand at the start of the line.
 */
export function MatrixGrid(scene: MatrixScene): JSX.Element {
  const { i18n, matrix, rows, choice, running, open } = scene;
  const { sessions } = matrix;
  const grid = useRef<HTMLDivElement>(null);
  const body = useMemo(
    () => rows.map((row, at) => <Row key={row.symbol} scene={scene} row={row} at={at} />),
    [rows, sessions, i18n, running],
  );
  useEffect(() => {
    markChosen(grid.current, rows, sessions, choice);
  }, [rows, sessions, choice.symbol, choice.date]);
  const size = { rows: rows.length, columns: sessions.length, pageRows };
  const openAt = ({ row, column }: Place): void => {
    const [symbol, date] = [rows[row]?.symbol, sessions[column]];
    if (symbol !== undefined && date !== undefined) open(symbol, date);
  };
  const move = (event: KeyboardEvent): void => {
    const from = placeOf(event.target);
    const go = (to: Place): void => focusCell(grid.current, to);
    if (from !== null) pressInGrid(event, from, size, { open: openAt, go });
  };
  const click = (event: MouseEvent): void => {
    const place = placeOf(event.target);
    if (place === null) return;
    focusCell(grid.current, place);
    openAt(place);
  };
  return (
    <>
      <p class="muted">{i18n.fill(i18n.t.quality.matrixHint, { enter: "Enter" })}</p>
      <div class="matrix-scroll">
        <div
          ref={grid}
          class="matrix"
          role="grid"
          aria-label={i18n.t.quality.matrix}
          aria-rowcount={rows.length + 1}
          aria-colcount={sessions.length + 1}
          onKeyDown={move}
          onClick={click}
        >
          <Head scene={scene} />
          {body}
        </div>
      </div>
      <Ends i18n={i18n} namesWidth={namesWidth} cellsWidth={sessions.length * cellWidthMax} />
    </>
  );
}

function Head({ scene }: { readonly scene: MatrixScene }): JSX.Element {
  const { i18n, matrix } = scene;
  const { sessions } = matrix;
  const starts = new Map(monthsOf(sessions).map(({ at, month }) => [at, month]));
  return (
    <div role="row" class="matrix-row matrix-head">
      <span role="columnheader" class="matrix-name">
        {i18n.t.quality.symbol}
      </span>
      {sessions.map((date, at) => {
        const month = starts.get(at);
        return (
          <span
            key={date}
            role="columnheader"
            class={month === undefined ? "matrix-day" : "matrix-day month-start"}
            aria-label={i18n.format.longDate(date)}
          >
            {month !== undefined && (
              <span class="matrix-month" dir="auto" aria-hidden="true">
                {i18n.format.month(`${month}-01`)}
              </span>
            )}
            <span aria-hidden="true">{i18n.format.date(date).slice(8)}</span>
          </span>
        );
      })}
    </div>
  );
}

function Row({
  scene,
  row,
  at,
}: {
  readonly scene: MatrixScene;
  readonly row: MatrixRow;
  readonly at: number;
}): JSX.Element {
  const { i18n, matrix, running } = scene;
  const { sessions } = matrix;
  const cells = cellsOf(row.runs, 0, sessions.length);
  const name = i18n.name(row.name, row.symbol);
  return (
    <div role="row" class="matrix-row" aria-rowindex={at + 2}>
      <span role="rowheader" class="matrix-name" title={name}>
        <bdi dir="ltr">{row.symbol}</bdi>
      </span>
      {cells.map((cell, column) => {
        const date = sessions[column] ?? "";
        const isRunning = date === running && cell.state === "p";
        const state = stateText(i18n, cell, isRunning);
        const starts = column === 0 || date.slice(0, 7) !== sessions[column - 1]?.slice(0, 7);
        return (
          <span
            key={date}
            role="gridcell"
            class={cellClass(cell, isRunning, starts)}
            data-place={`${at}:${column}`}
            tabIndex={at === 0 && column === sessions.length - 1 ? 0 : -1}
            aria-label={cellText(i18n, row.symbol, i18n.format.longDate(date), state)}
          />
        );
      })}
    </div>
  );
}

function placeOf(target: EventTarget | null): Place | null {
  if (!(target instanceof HTMLElement)) return null;
  const [row, column] = (target.dataset["place"] ?? "").split(":");
  return row === undefined || column === undefined || row === ""
    ? null
    : { row: Number(row), column: Number(column) };
}

/** The one cell that Tab leads to follows the focus. */
function focusCell(grid: HTMLDivElement | null, { row, column }: Place): void {
  const cell = grid?.querySelector<HTMLElement>(`[data-place="${row}:${column}"]`);
  if (grid === null || cell === null || cell === undefined) return;
  for (const before of grid.querySelectorAll<HTMLElement>('[role="gridcell"][tabindex="0"]')) {
    before.tabIndex = -1;
  }
  cell.tabIndex = 0;
  cell.focus();
}

function markChosen(
  grid: HTMLDivElement | null,
  rows: readonly MatrixRow[],
  sessions: readonly string[],
  { symbol, date }: MatrixScene["choice"],
): void {
  if (grid === null) return;
  for (const before of grid.querySelectorAll('[aria-selected="true"]')) {
    before.removeAttribute("aria-selected");
  }
  const row = rows.findIndex((one) => one.symbol === symbol);
  const column = sessions.indexOf(date ?? "");
  grid.querySelector(`[data-place="${row}:${column}"]`)?.setAttribute("aria-selected", "true");
}
