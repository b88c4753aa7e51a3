import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";

/**
 * Says which end of the time axis is which: it runs left to right in every language. Each word
 * stands below its end: what the column of names is wide is left out, and what the cells do not fill.
 */
export function Ends({
  i18n,
  namesWidth,
  cellsWidth,
}: {
  readonly i18n: I18n;
  /** Pixels of the column of names, which stands at the start of the line. */
  readonly namesWidth: number;
  /** Pixels of all cells beside it. */
  readonly cellsWidth: number;
}): JSX.Element {
  return (
    <p
      class="matrix-ends muted"
      style={{
        paddingInlineStart: `${namesWidth}px`,
        maxInlineSize: `${namesWidth + cellsWidth}px`,
      }}
    >
      <span>{i18n.t.shell.oldest}</span>
      <span>{i18n.t.shell.newest}</span>
    </p>
  );
}
