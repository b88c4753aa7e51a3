import type { PipelineAnswer } from "../../../../src/serve/api/pipeline.ts";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useMemo, type JSX } from "../../view.ts";
import { secondsText } from "./lag-panel.tsx";

type Freshness = PipelineAnswer["freshness"][number];

/** How old the newest bars are where they have arrived. */
export function FreshnessPanel({
  i18n,
  pipeline,
}: {
  readonly i18n: I18n;
  readonly pipeline: PipelineAnswer;
}): JSX.Element {
  const { t } = i18n;
  const columns = useMemo(
    (): readonly Column<Freshness>[] => [
      {
        key: "interval",
        title: t.pipeline.interval,
        cell: ({ interval }) => t.quality.intervals[interval],
      },
      { key: "stage", title: t.pipeline.stage, cell: ({ stage }) => t.pipeline.stages[stage] },
      {
        key: "seconds",
        title: t.pipeline.seconds,
        sort: ({ seconds }) => seconds,
        cell: ({ seconds }) => <bdi>{secondsText(i18n, seconds)}</bdi>,
      },
      {
        key: "market",
        title: t.pipeline.marketSeconds,
        sort: ({ marketSeconds }) => marketSeconds,
        cell: ({ marketSeconds }) => <bdi>{secondsText(i18n, marketSeconds)}</bdi>,
      },
    ],
    [i18n],
  );
  return (
    <Panel title={t.pipeline.freshness}>
      <p class="muted">{t.pipeline.freshnessHint}</p>
      {pipeline.freshness.length === 0 ? (
        <p>{t.pipeline.noFreshness}</p>
      ) : (
        <Table
          i18n={i18n}
          caption={t.pipeline.freshness}
          columns={columns}
          rows={pipeline.freshness}
          keyOf={({ stage, interval }) => `${stage} ${interval}`}
        />
      )}
    </Panel>
  );
}
