import type { Quote, SnapshotAnswer } from "../../../../src/serve/api/market.ts";
import { Num } from "../../components/num.tsx";
import { Empty, Failure, Loading, Panel } from "../../components/panel.tsx";
import { Table } from "../../components/table.tsx";
import { Choices } from "../../components/tabs.tsx";
import { playedKind } from "../../lib/mode.ts";
import { useStore } from "../../lib/use-store.ts";
import { remembered, type PageProps } from "../../page.ts";
import { useMemo, useState, type JSX } from "../../view.ts";
import { quoteColumns } from "./columns.tsx";
import { HeatMap } from "./heat-map.tsx";
import { LastBar } from "./last-bar.tsx";
import { BreadthBar, Indices, Movers, Problems } from "./side-cards.tsx";
import type { TileMetric } from "./treemap.ts";
import { useMarket } from "./use-market.ts";

/** The whole market in one view. */
export function MarketPage(props: PageProps): JSX.Element {
  const { i18n, live, clock } = props;
  const t = i18n.t.market;
  const { answer, base, error, again, heardMs } = useMarket(props);
  const status = useStore(live.status);
  const played = playedKind(status);
  const open = status?.market.open === true || played !== null;
  if (answer === null) {
    return (
      <>
        <h1>{t.title}</h1>
        {error === null ? (
          <Loading i18n={i18n} clock={clock} height={640} />
        ) : (
          <Failure i18n={i18n} error={error} onRetry={again} />
        )}
      </>
    );
  }
  if (answer.session === null) {
    return (
      <>
        <h1>{t.title}</h1>
        {played === "simulated" ? (
          <Empty i18n={i18n} text={t.emptyPlayed} />
        ) : (
          <Empty i18n={i18n} text={t.empty} command={t.emptyCommand} />
        )}
      </>
    );
  }
  const date = i18n.format.longDate(answer.session);
  return (
    <div class="market grid">
      <div class="page-head">
        <h1>{t.title}</h1>
        <span class="muted">{i18n.fill(open ? t.session : t.asClosed, { date })}</span>
        <dl class="facts">
          <Turnover i18n={i18n} snapshot={answer} />
          <LastBar {...props} heardMs={heardMs} />
        </dl>
      </div>
      {error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      <Indices {...props} />
      <BreadthBar i18n={i18n} breadth={answer.breadth} />
      <div class="market-main">
        <Overview {...props} snapshot={answer} laidOut={(base ?? answer).quotes} date={date} />
        <div class="grid market-side">
          <Movers {...props} quotes={answer.quotes} />
          <Problems {...props} snapshot={answer} />
        </div>
      </div>
    </div>
  );
}

interface OverviewProps extends WithSnapshot {
  readonly laidOut: readonly Quote[];
  readonly date: string;
}

type WithSnapshot = PageProps & { readonly snapshot: SnapshotAnswer };

function Turnover({ i18n, snapshot }: Pick<WithSnapshot, "i18n" | "snapshot">): JSX.Element {
  return (
    <div>
      <dt>{i18n.t.market.turnover}</dt>
      <dd>
        <bdi>{i18n.format.compact(snapshot.turnover)}</bdi> <Num>EGP</Num>
      </dd>
    </div>
  );
}

/** The map or the table, as chosen; on a phone the table first. */
function Overview(props: OverviewProps): JSX.Element {
  const { i18n, prefs, snapshot } = props;
  const t = i18n.t.market;
  const kept = remembered(prefs, "market.view");
  const keptMetric = remembered(prefs, "market.metric");
  const [view, setView] = useState(kept.value ?? (innerWidth < 600 ? "table" : "heatmap"));
  const [metric, setMetric] = useState<TileMetric>(
    keptMetric.value === "value" || keptMetric.value === "equal" ? keptMetric.value : "turnover",
  );
  const columns = useMemo(() => quoteColumns(i18n), [i18n]);
  const chooser = (
    <div class="choosers">
      {view === "heatmap" && (
        <Choices
          label={t.size}
          value={metric}
          choices={(["turnover", "value", "equal"] as const).map((value) => ({
            value,
            text: t.sizes[value],
          }))}
          onChoose={(value) => {
            setMetric(value);
            keptMetric.remember(value);
          }}
        />
      )}
      <Choices
        label={t.view}
        value={view}
        choices={(["heatmap", "table"] as const).map((value) => ({ value, text: t[value] }))}
        onChoose={(value) => {
          setView(value);
          kept.remember(value);
        }}
      />
    </div>
  );
  return (
    <Panel title={view === "table" ? t.table : t.heatmap} aside={chooser} class="overview">
      {view === "table" ? (
        <Table
          i18n={i18n}
          caption={i18n.fill(t.tableCaption, { date: props.date })}
          columns={columns}
          rows={snapshot.quotes}
          keyOf={({ symbol }) => symbol}
          initial={{ column: "turnover", descending: true }}
        />
      ) : (
        <>
          <HeatMap i18n={i18n} quotes={snapshot.quotes} laidOut={props.laidOut} metric={metric} />
          <p class="muted caption">{i18n.fill(t.caption, { metric: t.metrics[metric] })}</p>
        </>
      )}
    </Panel>
  );
}
