import { Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from "prom-client";
import type { MetricFacts } from "./metric-facts.ts";
import {
  metricTable,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
} from "./metric-table.ts";

/** The two forms in which metrics are served. */
export type MetricsForm = "prometheus" | "openmetrics";

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** The metrics of the table, and nothing else; values are lost with the process. */
export class Metrics {
  readonly #plain = new Registry();
  readonly #open = new Registry<OpenMetricsContentType>();
  /** One for each form: writing OpenMetrics takes `_total` off a counter's name for good. */
  readonly #counters = new Map<string, readonly [plain: Counter, open: Counter]>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    this.#open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    for (const [name, facts] of Object.entries(metricTable)) this.#register(name, facts);
  }

  /** Adds to a counter. */
  add<N extends CounterName>(name: N, amount: number, labels: LabelsOf<N>): void {
    for (const counter of this.#counters.get(name) ?? []) counter.inc({ ...labels }, amount);
  }

  set<N extends GaugeName>(name: N, value: number, labels: LabelsOf<N>): void {
    this.#gauges.get(name)?.set({ ...labels }, value);
  }

  /** Forgets all values of a gauge, so that labels which are no more are not shown for ever. */
  forget(name: GaugeName): void {
    const gauge = this.#gauges.get(name);
    if (gauge !== undefined) empty(gauge, Object.keys(metricTable[name].labels));
  }

  observe<N extends HistogramName>(name: N, value: number, labels: LabelsOf<N>): void {
    this.#histograms.get(name)?.observe({ ...labels }, value);
  }

  /** All metrics in one of the forms, with the content type that tells it. */
  async text(form: MetricsForm): Promise<MetricsText> {
    const registry = form === "openmetrics" ? this.#open : this.#plain;
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  #register(name: string, { type, unit, labels, meaning, buckets = [] }: MetricFacts): void {
    const common = {
      name,
      help: unit === "" ? meaning : `${meaning} In ${unit}.`,
      labelNames: Object.keys(labels),
      registers: [],
    };
    if (type === "counter") {
      const [plain, open] = [new Counter(common), new Counter(common)];
      this.#plain.registerMetric(plain);
      this.#open.registerMetric(open);
      this.#counters.set(name, [plain, open]);
    } else if (type === "gauge") {
      const gauge = this.#keep(new Gauge(common));
      empty(gauge, common.labelNames);
      this.#gauges.set(name, gauge);
    } else {
      this.#histograms.set(name, this.#keep(new Histogram({ ...common, buckets: [...buckets] })));
    }
  }

  #keep<M extends Gauge | Histogram>(metric: M): M {
    this.#plain.registerMetric(metric);
    this.#open.registerMetric(metric);
    return metric;
  }
}

/** Without labels a gauge begins with 0, and a reset gives it that: it would be taken for a value. */
function empty(gauge: Gauge, labelNames: readonly string[]): void {
  gauge.reset();
  if (labelNames.length === 0) gauge.remove();
}
