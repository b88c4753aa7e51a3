import type { MatrixState } from "../../../../src/serve/api/quality.ts";
import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import type { MatrixCell } from "./matrix-cells.ts";
import { cellClass } from "./cell-class.ts";

const states = ["c", "n", "w", "m", "d", "p", "u", "-"] as const;
const shares = [0, 0.3, 0.6, 0.9] as const;

const cellOf = (state: MatrixState, given: Partial<MatrixCell> = {}): MatrixCell => ({
  state,
  share: null,
  backfilled: false,
  marked: false,
  ...given,
});

/** What every sign, shade and corner means; always in sight. */
export function MatrixLegend({ i18n }: { readonly i18n: I18n }): JSX.Element {
  const { t } = i18n;
  const item = (cell: MatrixCell, text: string, running = false): JSX.Element => (
    <li key={text}>
      <span class={cellClass(cell, running)} aria-hidden="true" />
      {text}
    </li>
  );
  return (
    <ul class="matrix-legend" aria-label={t.quality.legend}>
      {states.map((state) => item(cellOf(state), t.quality.states[state]))}
      <li>
        {t.quality.less}
        {shares.map((share) => (
          <span key={share} class={cellClass(cellOf("d", { share }), false)} aria-hidden="true" />
        ))}
        <span class={cellClass(cellOf("c"), false)} aria-hidden="true" />
        {t.quality.more}
      </li>
      {item(cellOf("c", { marked: true }), t.quality.corners.marked)}
      {item(cellOf("c", { backfilled: true }), t.quality.corners.backfilled)}
      {item(cellOf("p"), t.quality.inProgress, true)}
      <li>
        <span class="session-cell closed" aria-hidden="true" />
        {t.quality.closed}
      </li>
    </ul>
  );
}
