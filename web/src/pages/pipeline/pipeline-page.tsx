import type { PipelineAnswer } from "../../../../src/serve/api/pipeline.ts";
import { Failure, Loading, Panel } from "../../components/panel.tsx";
import type { PageProps } from "../../page.ts";
import type { JSX } from "../../view.ts";
import { BottleneckLine } from "./bottleneck-line.tsx";
import { FlowView } from "./flow-view.tsx";
import { FreshnessPanel } from "./freshness-panel.tsx";
import { LagPanel } from "./lag-panel.tsx";
import { LettersPanel } from "./letters-panel.tsx";
import { ErrorsPanel, NewsPanel } from "./news-panel.tsx";
import { usePipeline } from "./use-pipeline.ts";

/** What moves from the feed to the tables, what waits, and what went wrong. */
export function PipelinePage(props: PageProps): JSX.Element {
  const { i18n, clock } = props;
  const { t } = i18n;
  const { pipeline, error, again } = usePipeline(props);
  return (
    <>
      <div class="page-head">
        <h1>{t.pipeline.title}</h1>
        <p class="muted">{t.pipeline.lead}</p>
      </div>
      {pipeline === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {pipeline === null && error === null && <Loading i18n={i18n} clock={clock} height={640} />}
      {pipeline !== null && <Watched {...props} pipeline={pipeline} />}
    </>
  );
}

function Watched({
  pipeline,
  ...props
}: PageProps & { readonly pipeline: PipelineAnswer }): JSX.Element {
  const { i18n } = props;
  const { t, format } = i18n;
  const asOf = format.time(Date.parse(pipeline.serverTime), true);
  return (
    <div class="pipeline">
      <Panel
        title={t.pipeline.flow}
        class="flow-panel"
        aside={
          <span class="muted">
            {i18n.fill(t.pipeline.asOf, { time: asOf })} ·{" "}
            {i18n.plural(t.pipeline.clients, pipeline.clients)}
          </span>
        }
      >
        <BottleneckLine i18n={i18n} pipeline={pipeline} />
        <FlowView i18n={i18n} pipeline={pipeline} />
      </Panel>
      <LagPanel i18n={i18n} pipeline={pipeline} />
      <div class="pipeline-pair">
        <FreshnessPanel i18n={i18n} pipeline={pipeline} />
        <ErrorsPanel i18n={i18n} news={pipeline.news} />
      </div>
      <LettersPanel {...props} open={pipeline.deadLettersOpen} />
      <NewsPanel i18n={i18n} news={pipeline.news} />
    </div>
  );
}
