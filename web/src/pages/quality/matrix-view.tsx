import { foldText } from "../../../../src/market/fold.ts";
import type { MatrixAnswer } from "../../../../src/serve/api/quality.ts";
import { Failure, Loading, Panel } from "../../components/panel.tsx";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import { useCallback, useMemo, type JSX } from "../../view.ts";
import { CellPanel } from "./cell-panel.tsx";
import { MatrixCanvas } from "./matrix-canvas.tsx";
import { MatrixControls } from "./matrix-controls.tsx";
import { MatrixGrid } from "./matrix-grid.tsx";
import { MatrixLegend } from "./matrix-legend.tsx";
import { chooseRows } from "./matrix-rows.ts";
import { calendarRow, rangeOf } from "./quality-choice.ts";
import type { MatrixScene, QualityProps } from "./quality-props.ts";
import { RowsTable } from "./rows-table.tsx";
import { SessionsTable } from "./sessions-table.tsx";
import { SymbolCalendar } from "./symbol-calendar.tsx";

/** Symbols by sessions, as pictures and as tables. */
export function MatrixView(props: QualityProps): JSX.Element {
  const { api, i18n, live, clock, choice, interval, newest } = props;
  const digest = useStore(live.silverDigest);
  const { from, to } = rangeOf(choice.view, choice.to ?? newest);
  const { answer, error, again } = useAnswer(
    async (signal) => api.get<MatrixAnswer>("/quality/matrix", { interval, from, to }, signal),
    `${interval} ${from} ${to}`,
    [digest],
  );
  return (
    <Panel title={i18n.t.quality.matrix} class="matrix-panel">
      {answer === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {answer === null && error === null && <Loading i18n={i18n} clock={clock} height={560} />}
      {answer !== null && <Matrix {...props} matrix={answer} />}
    </Panel>
  );
}

function Matrix({
  matrix,
  ...props
}: QualityProps & { readonly matrix: MatrixAnswer }): JSX.Element {
  const { i18n, live, choice, choose } = props;
  const { filter, order, sector, text } = choice;
  const rows = useMemo(
    () => chooseRows(matrix.rows, { filter, order, sector, text }, foldText),
    [matrix, filter, order, sector, text],
  );
  const status = useStore(live.status);
  const running = status?.market.open === true ? status.market.session : null;
  const open = useCallback((symbol: string, date: string) => choose({ symbol, date }), [choose]);
  const scene: MatrixScene = { ...props, matrix, rows, running, open };
  return (
    <>
      <MatrixControls {...scene} />
      {matrix.mode.data === "simulated" && (
        <p class="matrix-simulated">{i18n.t.quality.simulated}</p>
      )}
      <div class="matrix-layout">
        <div class="matrix-main">
          {rows.length === 0 ? <p>{i18n.t.quality.emptyCells}</p> : <Picture {...scene} />}
          <MatrixLegend i18n={i18n} />
        </div>
        <CellPanel {...props} />
      </div>
    </>
  );
}

function Picture(scene: MatrixScene): JSX.Element {
  const { i18n, choice, rows, matrix } = scene;
  const { view } = choice;
  if (view === "year") return <MatrixCanvas {...scene} />;
  if (view === "symbols") return <RowsTable {...scene} />;
  if (view === "sessions") return <SessionsTable i18n={i18n} matrix={matrix} rows={rows} />;
  if (view !== "calendar") return <MatrixGrid {...scene} />;
  const row = calendarRow(rows, choice.symbol);
  return row === null ? (
    <p>{i18n.t.quality.emptyCells}</p>
  ) : (
    <SymbolCalendar {...scene} row={row} />
  );
}
