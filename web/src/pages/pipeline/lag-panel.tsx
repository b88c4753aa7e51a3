import type { PartitionLag, PipelineAnswer } from "../../../../src/serve/api/pipeline.ts";
import { Num } from "../../components/num.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useMemo, type JSX } from "../../view.ts";
import { worstFirst } from "./bottleneck.ts";
import { Rates } from "./flow-view.tsx";
import { whyText } from "./why-text.ts";

/** How far the lake is behind the log: all of it, and each partition. */
export function LagPanel({
  i18n,
  pipeline,
}: {
  readonly i18n: I18n;
  readonly pipeline: PipelineAnswer;
}): JSX.Element {
  const { t, format } = i18n;
  const { lag } = pipeline;
  const rows = useMemo(() => worstFirst(pipeline.partitions), [pipeline.partitions]);
  const columns = useMemo(() => columnsOf(i18n, rows), [i18n, rows]);
  const figures: readonly (readonly [string, string])[] = [
    [t.pipeline.lagRecords, format.integer(lag.records)],
    [t.pipeline.lagAge, secondsText(i18n, lag.seconds)],
    [t.pipeline.lagMarket, secondsText(i18n, lag.marketSeconds)],
    [t.pipeline.trend, t.pipeline.trends[lag.trend]],
  ];
  return (
    <Panel title={t.pipeline.lag}>
      <div class="lag-figures">
        <dl class="figures">
          {figures.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
        {lag.recent.length > 1 && <Rates label={t.pipeline.recent} values={lag.recent} />}
      </div>
      {lag.why !== null && (
        <p class="muted">{i18n.fill(t.pipeline.lagUnknown, { reason: whyText(i18n, lag.why) })}</p>
      )}
      {rows.length === 0 ? (
        <p>{t.pipeline.noPartitions}</p>
      ) : (
        <Table
          i18n={i18n}
          caption={t.pipeline.partitions}
          columns={columns}
          rows={rows}
          keyOf={({ topic, partition }) => `${topic}/${partition}`}
        />
      )}
    </Panel>
  );
}

/** Seconds in words; what is not known is no zero. */
export function secondsText({ format }: I18n, seconds: number | null): string {
  return format.duration(seconds === null ? null : seconds * 1000);
}

function columnsOf(i18n: I18n, rows: readonly PartitionLag[]): readonly Column<PartitionLag>[] {
  const { t, format } = i18n;
  const most = Math.max(1, ...rows.map(({ lagRecords }) => lagRecords ?? 0));
  const number = (key: "start" | "end" | "stored", title: string): Column<PartitionLag> => ({
    key,
    title,
    numeric: true,
    sort: (row) => row[key],
    cell: (row) => <Num>{format.integer(row[key])}</Num>,
  });
  const time = (
    key: "lagSeconds" | "lagMarketSeconds" | "retentionLeftSeconds",
    title: string,
  ): Column<PartitionLag> => ({
    key,
    title,
    sort: (row) => row[key],
    cell: (row) => <bdi>{secondsText(i18n, row[key])}</bdi>,
  });
  return [
    {
      key: "partition",
      title: t.pipeline.partition,
      sort: ({ topic, partition }) => `${topic}/${partition}`,
      cell: ({ topic, partition }) => <Num>{`${topic}/${partition}`}</Num>,
    },
    {
      key: "records",
      title: t.pipeline.records,
      numeric: true,
      sort: ({ lagRecords }) => lagRecords,
      cell: ({ lagRecords }) => (
        <span class="lag-cell">
          <span class="lag-bar" aria-hidden="true">
            <span style={{ inlineSize: `${(100 * (lagRecords ?? 0)) / most}%` }} />
          </span>
          <Num>{format.integer(lagRecords)}</Num>
        </span>
      ),
    },
    time("lagSeconds", t.pipeline.age),
    time("lagMarketSeconds", t.pipeline.marketAge),
    number("stored", t.pipeline.stored),
    number("end", t.pipeline.end),
    number("start", t.pipeline.start),
    time("retentionLeftSeconds", t.pipeline.retention),
  ];
}
