import type { QueryAnswer } from "../../../../src/serve/api/query.ts";
import type { QualitySummaryAnswer } from "../../../../src/serve/api/quality.ts";
import { Num } from "../../components/num.tsx";
import { Failure, Loading, Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import { useMemo, type JSX } from "../../view.ts";
import { defectCounts, defectsSql, type DefectCount } from "./defects.ts";
import { defectText } from "./cell-text.ts";
import { defectMax, lateMax, missingMax, verdictOf } from "./limits.ts";
import type { QualityProps } from "./quality-props.ts";
import { VerdictChip } from "./verdict-chip.tsx";

/** Every rule: its limit, how often it was broken, and whether that grows. */
export function RulesView({
  api,
  i18n,
  live,
  clock,
  interval,
  newest,
  summary,
}: QualityProps & { readonly summary: QualitySummaryAnswer }): JSX.Element {
  const { t } = i18n;
  const digest = useStore(live.silverDigest);
  const { answer, error, again } = useAnswer(
    async (signal) =>
      api.post<QueryAnswer>("/query", { sql: defectsSql(interval, newest) }, signal),
    `${interval} ${newest}`,
    [digest],
  );
  const units = summary.intervals.find((one) => one.interval === interval)?.units ?? 0;
  const columns = useMemo(() => columnsOf(i18n, units), [i18n, units]);
  const rows = useMemo(() => (answer === null ? [] : defectCounts(answer)), [answer]);
  return (
    <Panel title={t.quality.rulesTitle}>
      {answer === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {answer === null && error === null && <Loading i18n={i18n} clock={clock} height={360} />}
      {answer !== null && (
        <Table
          i18n={i18n}
          caption={t.quality.rulesTitle}
          columns={columns}
          rows={rows}
          keyOf={({ name }) => name}
        />
      )}
    </Panel>
  );
}

function limitOf({ name }: DefectCount): number {
  if (name === "missing") return missingMax;
  return name === "late" ? lateMax : defectMax;
}

function columnsOf(i18n: I18n, units: number): readonly Column<DefectCount>[] {
  const { t, format } = i18n;
  // Where no session has ended nobody knows what share of them is wrong.
  const shareOf = ({ count }: DefectCount): number | null => (units === 0 ? null : count / units);
  return [
    { key: "rule", title: t.quality.rule, cell: ({ name }) => defectText(i18n, name) },
    {
      key: "limit",
      title: t.quality.limit,
      numeric: true,
      cell: (row) => <Num>{`≤ ${format.share(limitOf(row), 1)}`}</Num>,
    },
    {
      key: "count",
      title: t.quality.result,
      numeric: true,
      sort: ({ count }) => count,
      cell: ({ count }) => <Num>{format.integer(count)}</Num>,
    },
    {
      key: "share",
      title: "%",
      numeric: true,
      sort: shareOf,
      cell: (row) => <Num>{format.share(shareOf(row))}</Num>,
    },
    {
      key: "verdict",
      title: t.quality.verdict,
      cell: (row) => (
        <VerdictChip i18n={i18n} verdict={verdictOf(shareOf(row), { max: limitOf(row) })} />
      ),
    },
    {
      key: "trend",
      title: t.quality.trend,
      sort: ({ recent }) => recent,
      cell: ({ recent, before }) => {
        const { fewer, same, more } = t.quality.trends;
        const text = recent === before ? same : recent < before ? fewer : more;
        return i18n.fill(text, { count: format.integer(recent), before: format.integer(before) });
      },
    },
  ];
}
