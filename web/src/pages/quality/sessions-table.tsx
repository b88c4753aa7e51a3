import type { MatrixAnswer, MatrixState } from "../../../../src/serve/api/quality.ts";
import { Num } from "../../components/num.tsx";
import { Table, type Column } from "../../components/table.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useMemo, type JSX } from "../../view.ts";
import type { MatrixRow } from "./matrix-rows.ts";
import { sessionCounts, type SessionCount } from "./session-counts.ts";

const counted = ["c", "n", "w", "d", "m", "p", "u"] as const satisfies readonly MatrixState[];

/** The matrix as a table: a row a session. */
export function SessionsTable({
  i18n,
  matrix,
  rows,
}: {
  readonly i18n: I18n;
  readonly matrix: MatrixAnswer;
  readonly rows: readonly MatrixRow[];
}): JSX.Element {
  const { t, format } = i18n;
  const counts = useMemo(
    () => sessionCounts({ sessions: matrix.sessions, rows: [...rows] }),
    [matrix, rows],
  );
  const columns = useMemo(
    (): readonly Column<SessionCount>[] => [
      {
        key: "date",
        title: t.quality.session,
        sort: ({ date }) => date,
        cell: ({ date }) => (
          <>
            <Num>{format.date(date)}</Num> <span class="muted">{format.weekday(date, true)}</span>
          </>
        ),
      },
      {
        key: "completeness",
        title: t.quality.completeness,
        numeric: true,
        sort: ({ completeness }) => completeness,
        cell: ({ completeness }) => <Num>{format.share(completeness)}</Num>,
      },
      ...counted.map((state) => ({
        key: state,
        title: t.quality.shortStates[state],
        numeric: true,
        sort: (row: SessionCount) => row.counts[state],
        cell: (row: SessionCount) => <Num>{format.integer(row.counts[state])}</Num>,
      })),
    ],
    [i18n],
  );
  return (
    <Table
      i18n={i18n}
      caption={t.quality.views.sessions}
      columns={columns}
      rows={counts}
      keyOf={({ date }) => date}
    />
  );
}
