import type { QueryAnswer } from "../../../../src/serve/api/query.ts";
import type { I18n } from "../../i18n/i18n.ts";
import { useEffect, useRef, useState, type JSX } from "../../view.ts";
import { rowWindow, wholeRowsMax } from "./result-rows.ts";
import { kindOf, valueText, type SqlColumn, type SqlRow } from "./result-values.ts";

const rowHeight = 31;
const viewHeight = 520;

/** A result's rows; of many only those in view are there, the others are empty height. */
export function ResultTable({
  i18n,
  answer,
}: {
  readonly i18n: I18n;
  readonly answer: QueryAnswer;
}): JSX.Element {
  const { columns, rows } = answer;
  const scroller = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (element === null || rows.length <= wholeRowsMax) return undefined;
    const look = (): void => setScrollTop(element.scrollTop);
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [rows]);
  const { from, to, before, after } = rowWindow({
    rows: rows.length,
    rowHeight,
    viewHeight,
    scrollTop,
  });
  return (
    <div
      ref={scroller}
      class="table-scroll result-scroll"
      role="region"
      aria-label={i18n.t.sql.results}
      tabIndex={0}
      style={{ maxHeight: `${viewHeight}px` }}
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <Heading key={at} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={before} columns={columns.length} />
          {rows.slice(from, to).map((row, at) => (
            <tr key={from + at} aria-rowindex={from + at + 2}>
              <Cells i18n={i18n} columns={columns} row={row} />
            </tr>
          ))}
          <Space height={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Heading({ column }: { readonly column: SqlColumn }): JSX.Element {
  return (
    <th scope="col" class={kindOf(column) === "number" ? "numeric" : undefined}>
      <bdi dir="ltr">{column.name}</bdi>
      <span class="column-type" dir="ltr">
        {column.type}
      </span>
    </th>
  );
}

function Space({
  height,
  columns,
}: {
  readonly height: number;
  readonly columns: number;
}): JSX.Element | null {
  if (height === 0) return null;
  return (
    <tr aria-hidden="true">
      <td class="result-space" colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}

function Cells({
  i18n,
  columns,
  row,
}: {
  readonly i18n: I18n;
  readonly columns: readonly SqlColumn[];
  readonly row: SqlRow;
}): JSX.Element {
  return (
    <>
      {columns.map((column, at) => (
        <td key={at} class={kindOf(column) === "number" ? "numeric" : undefined}>
          <Value i18n={i18n} text={valueText(row[at] ?? null)} />
        </td>
      ))}
    </>
  );
}

/** A value as it is; null is told from an empty text. */
export function Value({
  i18n,
  text,
}: {
  readonly i18n: I18n;
  readonly text: string | null;
}): JSX.Element {
  if (text === null) return <span class="muted null">{i18n.t.sql.null}</span>;
  return <bdi>{text}</bdi>;
}
