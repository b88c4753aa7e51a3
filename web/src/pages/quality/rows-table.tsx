import { Num } from "../../components/num.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { useMemo, type JSX } from "../../view.ts";
import type { MatrixRow } from "./matrix-rows.ts";
import type { MatrixScene } from "./quality-props.ts";
import { newestTrouble } from "./session-counts.ts";

/** The matrix as a table: a row a symbol. */
export function RowsTable(scene: MatrixScene): JSX.Element {
  const { i18n, rows } = scene;
  const columns = useMemo(() => columnsOf(scene), [scene.i18n, scene.matrix]);
  return (
    <Table
      i18n={i18n}
      caption={i18n.t.quality.matrix}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.symbol}
    />
  );
}

function columnsOf(scene: MatrixScene): readonly Column<MatrixRow>[] {
  const { i18n, matrix, open } = scene;
  const { t, format } = i18n;
  const nameOf = ({ name, symbol }: MatrixRow): string => i18n.name(name, symbol);
  const sectorOf = ({ sector }: MatrixRow): string => i18n.name(sector, format.integer(null));
  const number = (
    key: string,
    title: string,
    of: (row: MatrixRow) => number | null,
  ): Column<MatrixRow> => ({
    key,
    title,
    numeric: true,
    sort: of,
    cell: (row) => <Num>{format.integer(of(row))}</Num>,
  });
  const inState = (state: string) => (row: MatrixRow) =>
    row.runs.reduce((sum, run) => sum + (run.state === state ? run.length : 0), 0);
  return [
    {
      key: "symbol",
      title: t.quality.symbol,
      sort: ({ symbol }) => symbol,
      cell: ({ symbol }) => (
        <a href={`/symbol/${symbol}`}>
          <bdi dir="ltr">{symbol}</bdi>
        </a>
      ),
    },
    { key: "name", title: t.quality.name, sort: nameOf, cell: nameOf },
    { key: "sector", title: t.quality.sector, sort: sectorOf, cell: sectorOf },
    {
      key: "completeness",
      title: t.quality.completeness,
      numeric: true,
      sort: ({ completeness }) => completeness,
      cell: ({ completeness }) => <Num>{format.share(completeness)}</Num>,
    },
    number("missing", t.quality.parts.missing, ({ missing }) => missing),
    number("degraded", t.quality.parts.degraded, ({ degraded }) => degraded),
    number("untraded", t.quality.parts.untraded, inState("n")),
    number("unknown", t.quality.states.u, inState("u")),
    {
      key: "trouble",
      title: t.quality.newestTrouble,
      sort: (row) => newestTrouble(matrix.sessions, row),
      cell: (row) => {
        const date = newestTrouble(matrix.sessions, row);
        if (date === null) return format.date(null);
        return (
          <button type="button" class="quiet" onClick={() => open(row.symbol, date)}>
            <Num>{format.date(date)}</Num>
          </button>
        );
      },
    },
  ];
}
