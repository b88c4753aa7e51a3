import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { metricsOf } from "../../scripts/monitoring/panels.ts";
import { freePort } from "../../scripts/services/ports.ts";
import { z } from "../../src/base/schema.ts";
import { metricTable } from "../../src/telemetry/metric-table.ts";
import { startEgx, temporaryFolder } from "../cli/run-egx.ts";
import { eventful } from "../support/alerts/eventful.ts";
import { skipWithoutPrometheus as skip } from "../support/alerts/judge-rules.ts";
import { watch } from "../support/alerts/watching.ts";
import { until } from "../support/until.ts";

const folder = "deploy/grafana/dashboards";
const names = ["overview", "pipeline", "feed", "quality"];

const datasource = z.strictObject({
  type: z.literal("prometheus"),
  uid: z.literal("egx-prometheus"),
});
const text = z.string().min(1);

/** The fields of Grafana's documented "Dashboard JSON model" that ours have, and no others. */
const dashboardSchema = z.strictObject({
  uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
  title: text,
  tags: z.array(text),
  timezone: z.literal("Africa/Cairo"),
  editable: z.boolean(),
  graphTooltip: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  fiscalYearStartMonth: z.number().int().min(0).max(11),
  schemaVersion: z.number().int().min(36),
  templating: z.strictObject({}),
  annotations: z.strictObject({}),
  refresh: z.string().regex(/^\d+[smh]$/),
  time: z.strictObject({ from: z.string().regex(/^now-\d+[mhd]$/), to: z.literal("now") }),
  panels: z
    .array(
      z.strictObject({
        id: z.number().int().min(1),
        type: z.enum(["stat", "timeseries"]),
        title: text,
        description: z.string(),
        transparent: z.boolean(),
        repeatDirection: z.enum(["h", "v"]),
        datasource,
        options: z.record(z.string(), z.unknown()),
        fieldConfig: z.strictObject({
          defaults: z.looseObject({ unit: text }),
          overrides: z.array(z.never()),
        }),
        targets: z
          .array(
            z.strictObject({
              refId: z.string().regex(/^[A-Z]$/),
              expr: text,
              legendFormat: text,
              datasource,
            }),
          )
          .min(1),
        gridPos: z.strictObject({
          x: z.number().int().min(0).max(23),
          y: z.number().int().min(0),
          w: z.number().int().min(1).max(24),
          h: z.number().int().min(1),
        }),
      }),
    )
    .min(1),
});

const dashboards = names.map((name) => {
  return dashboardSchema.parse(JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8")));
});
const queries = dashboards.flatMap(({ panels }) =>
  panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
);

test("panels lie beside each other, each with an id of its own", () => {
  for (const { title, panels } of dashboards) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, title);
    const taken = new Set<string>();
    for (const { gridPos } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      const { x, y, w, h } = gridPos;
      const places = Array.from({ length: w * h }, (_, at) => {
        return `${x + (at % w)},${y + Math.floor(at / w)}`;
      });
      for (const place of places) assert.ok(!taken.has(place), `${title}: two panels at ${place}`);
      for (const place of places) taken.add(place);
    }
  }
});

test("every metric of the table is on a panel, and panels ask for no other", () => {
  const shown = new Set<string>(queries.flatMap((expr) => metricsOf(expr)));
  assert.deepEqual([...shown].toSorted(), Object.keys(metricTable).toSorted());
  for (const expr of queries) {
    for (const [name] of expr.matchAll(/\begx_\w+/g)) {
      assert.ok(name.replace(/_bucket$/, "") in metricTable, `${name} is in no table`);
    }
  }
});

suite("on a real Prometheus", { skip }, () => {
  test("every panel's query has data of a running pipeline, or of the events that it lacks", async (t) => {
    const port = await freePort();
    const args = ["up", "--feed", "simulator", "--data", temporaryFolder(t)];
    const up = startEgx([...args, "--metrics-port", String(port)]);
    t.after(() => up.child.kill("SIGKILL"));
    await up.told(/metrics and health at/);
    const targets = [`http://127.0.0.1:${port}`, await eventful(t)];
    const watching = await watch(t, { targets, scale: 1 });
    const pipeline = `instance="127.0.0.1:${port}"`;
    await until("records of the pipeline are stored and scraped", async () => {
      return (await watching.count(`egx_stored_records_total{${pipeline}} > 0`)) > 0;
    });
    // A rate needs two samples.
    await until("the pipeline was scraped some times", async () => {
      return (await watching.count(`count_over_time(up{${pipeline}}[1m]) > 5`)) > 0;
    });
    const empty: string[] = [];
    for (const expr of queries) {
      const asked = expr.replaceAll("$__rate_interval", "1m");
      if ((await watching.count(asked)) === 0) empty.push(asked);
    }
    assert.deepEqual(empty, []);
  });
});
