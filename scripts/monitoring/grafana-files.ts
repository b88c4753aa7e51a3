import { ReduceDataOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardBuilder,
  DashboardCursorSync,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { boards, panelsOf, type Board, type PanelFacts } from "./panels.ts";

/** As the provisioned data source is called. */
const datasource = { type: "prometheus", uid: "egx-prometheus" };
const columns = 24;
const sizes = { stat: { w: 6, h: 4 }, timeseries: { w: 12, h: 8 } } as const;

/** The files of Grafana's dashboards by their names in `deploy/grafana/dashboards`. */
export function dashboardFiles(): Readonly<Record<string, string>> {
  return {
    "overview.json": dashboardFile("overview"),
    "pipeline.json": dashboardFile("pipeline"),
    "feed.json": dashboardFile("feed"),
    "quality.json": dashboardFile("quality"),
  };
}

function dashboardFile(board: Board): string {
  const dashboard = new DashboardBuilder(`EGX pipeline: ${boards[board]}`)
    .uid(`egx-${board}`)
    .tags(["egx"])
    .timezone("Africa/Cairo")
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .readonly();
  let [x, y] = [0, 0];
  let rowHeight = 0;
  for (const [index, panel] of panelsOf(board).entries()) {
    const { w, h } = sizes[panel.kind];
    if (x + w > columns || (x > 0 && h !== rowHeight)) [x, y] = [0, y + rowHeight];
    rowHeight = h;
    dashboard.withPanel(
      panelBuilder(panel)
        .id(index + 1)
        .gridPos({ x, y, w, h }),
    );
    x += w;
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`;
}

function panelBuilder(panel: PanelFacts): StatBuilder | TimeseriesBuilder {
  const builder =
    panel.kind === "stat"
      ? new StatBuilder().reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
      : new TimeseriesBuilder();
  builder.title(panel.title).description(panel.description).unit(panel.unit).datasource(datasource);
  if (panel.badFrom !== undefined) {
    builder.thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: "green" },
        { value: panel.badFrom, color: "red" },
      ]),
    );
  }
  for (const [index, { expr, legend }] of panel.queries.entries()) {
    const refId = "ABCDEF".charAt(index);
    builder.withTarget(
      new DataqueryBuilder().expr(expr).legendFormat(legend).refId(refId).datasource(datasource),
    );
  }
  return builder;
}
