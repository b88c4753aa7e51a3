import type { PipelineAnswer } from "../../../../src/serve/api/pipeline.ts";
import type { StageName, StageState } from "./bottleneck.ts";

/** The arrow between two stages. */
export interface Connector {
  readonly from: StageName;
  readonly to: StageName;
  /** Records a second that pass; null when it is not known. */
  readonly rate: number | null;
  /** Records that wait to pass; null when nobody knows, undefined where nothing can wait. */
  readonly backlog: number | null | undefined;
  /** Width of the arrow in pixels. */
  readonly width: number;
}

const widthMin = 2;
const widthMax = 14;
/** A backlog of so many records is drawn at full width. */
const backlogMax = 1_000_000;

/** How wide an arrow with a backlog is, by the logarithm of its records. */
export function connectorWidth(backlog: number | null | undefined): number {
  if (backlog === null || backlog === undefined || backlog <= 0) return widthMin;
  const part = Math.min(1, Math.log10(backlog + 1) / Math.log10(backlogMax));
  return Math.round(widthMin + part * (widthMax - widthMin));
}

/** The arrows between the stages of an answer, in the order of the flow. */
export function connectorsOf({
  stages,
  lag,
}: Pick<PipelineAnswer, "stages" | "lag">): readonly Connector[] {
  return stages.slice(1).map((to, index) => {
    const from = stages[index] ?? to;
    const waits = from.stage === "log" || to.stage === "consumer";
    const backlog = waits ? lag.records : undefined;
    return {
      from: from.stage,
      to: to.stage,
      rate: from.rateOut ?? to.rateIn,
      backlog,
      width: connectorWidth(backlog),
    };
  });
}

/** Whether a stage rests because the market is closed: then it is idle, not slow. */
export function isIdle({ state }: Pick<StageState, "state">): boolean {
  return state === "closed";
}

/** A small line of numbers, oldest first at the left, as the path of an SVG. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  if (values.length === 0) return "";
  const most = Math.max(1e-9, ...values);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const points = values.map((value, at) => {
    const y = height - (Math.max(0, value) / most) * height;
    return `${round(at * step)},${round(y)}`;
  });
  return points.length === 1 ? `M${points[0]}h${width}` : `M${points.join("L")}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
