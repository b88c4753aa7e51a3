import type { I18n } from "../i18n/i18n.ts";
import { sortRows, type SortOrder, type SortValue } from "../lib/sort.ts";
import { useMemo, useState, type ComponentChildren, type JSX } from "../view.ts";
import { Icon } from "./icon.tsx";

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** Numbers stand at the right in both languages, so that their decimals are in line. */
  readonly numeric?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
  /** What it is sorted by; a column without it cannot be sorted. */
  readonly sort?: (row: Row) => SortValue;
}

export interface TableProps<Row> {
  readonly i18n: I18n;
  /** Says what the table shows; heard, not seen. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly initial?: SortOrder;
  /** Given with `onOrder` where the order is kept outside. */
  readonly order?: SortOrder | undefined;
  readonly onOrder?: (order: SortOrder) => void;
  /** More rows are offered by a button. */
  readonly rowsMax?: number;
  readonly rowClass?: (row: Row) => string | undefined;
}

/** A table whose columns sort it. The first column stays in sight and heads its row. */
export function Table<Row>({
  i18n,
  caption,
  columns,
  rows,
  keyOf,
  initial,
  order,
  onOrder,
  rowsMax = 500,
  rowClass,
}: TableProps<Row>): JSX.Element {
  const [own, setOwn] = useState<SortOrder | undefined>(initial);
  const [shown, setShown] = useState(rowsMax);
  const current = order ?? own;
  const choose = (next: SortOrder): void => {
    setOwn(next);
    onOrder?.(next);
  };
  const sorted = useMemo(
    () => sortedBy(rows, columns, current, i18n.language),
    [rows, columns, current?.column, current?.descending, i18n.language],
  );
  return (
    <div class="table-scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="heard">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.key} column={column} order={current} onOrder={choose} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, shown).map((row) => (
            <tr key={keyOf(row)} class={rowClass?.(row)}>
              {columns.map((column, place) => (
                <Cell key={column.key} column={column} row={row} heads={place === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > shown && (
        <button type="button" class="more" onClick={() => setShown(shown + rowsMax)}>
          {i18n.fill(i18n.t.shell.moreRows, {
            shown: i18n.format.integer(shown),
            all: i18n.format.integer(sorted.length),
          })}
        </button>
      )}
    </div>
  );
}

function sortedBy<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: SortOrder | undefined,
  language: string,
): readonly Row[] {
  const value = columns.find(({ key }) => key === order?.column)?.sort;
  if (order === undefined || value === undefined) return rows;
  return sortRows(rows, value, order.descending, language);
}

function Cell<Row>({
  column,
  row,
  heads,
}: {
  readonly column: Column<Row>;
  readonly row: Row;
  readonly heads: boolean;
}): JSX.Element {
  const name = column.numeric === true ? "numeric" : undefined;
  if (heads) {
    return (
      <th scope="row" class={name}>
        {column.cell(row)}
      </th>
    );
  }
  return <td class={name}>{column.cell(row)}</td>;
}

function Heading<Row>({
  column,
  order,
  onOrder,
}: {
  readonly column: Column<Row>;
  readonly order: SortOrder | undefined;
  readonly onOrder: (order: SortOrder) => void;
}): JSX.Element {
  const name = column.numeric === true ? "numeric" : undefined;
  if (column.sort === undefined) {
    return (
      <th scope="col" class={name}>
        {column.title}
      </th>
    );
  }
  const chosen = order?.column === column.key;
  const descending = chosen && order.descending;
  const sorted = chosen ? (descending ? "descending" : "ascending") : "none";
  // Of numbers the greatest are wanted first, of words the first.
  const next = chosen ? !descending : column.numeric === true;
  return (
    <th scope="col" class={name} aria-sort={sorted}>
      <button
        type="button"
        class="sorter"
        onClick={() => onOrder({ column: column.key, descending: next })}
      >
        {column.title}
        {chosen && <Icon name={descending ? "down" : "up"} />}
      </button>
    </th>
  );
}
