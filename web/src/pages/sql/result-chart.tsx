import type { I18n } from "../../i18n/i18n.ts";
import { useEffect, useRef, useState, type JSX } from "../../view.ts";
import { ticksOf, type ChartData } from "./chart-data.ts";

interface Frame {
  readonly chart: ChartData;
  readonly width: number;
  readonly height: number;
}

const height = 320;
const axisWidth = 84;
const axisHeight = 28;
const top = 12;
/** Lines are told apart by their dashes too. */
const dashes = ["", "8 4", "2 4", "12 4 2 4"] as const;

/** A result as a line or bars. The scale stands at the right, time runs to the right. */
export function ResultChart({
  i18n,
  chart,
  rows,
}: {
  readonly i18n: I18n;
  readonly chart: ChartData;
  readonly rows: number;
}): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (holder.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(holder.current);
    return () => observer.disconnect();
  }, []);
  const frame = { chart, width, height };
  const { points, kind } = chart;
  return (
    <div ref={holder} class="result-chart" dir="ltr">
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label(i18n, chart)}>
          <Scale i18n={i18n} {...frame} />
          {kind === "bar" ? <Bars {...frame} /> : <Lines {...frame} />}
          <Along {...frame} />
        </svg>
      )}
      <ul class="chart-legend">
        {chart.series.map((name, at) => (
          <li key={at}>
            <svg width="28" height="10" aria-hidden="true">
              <path class={`series-${at}`} stroke-dasharray={dashes[at]} d="M0 5H28" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      {points.length < rows && (
        <p class="muted" dir={i18n.dir}>
          {i18n.fill(i18n.t.sql.chartCut, { count: i18n.format.integer(points.length) })}
        </p>
      )}
    </div>
  );
}

function label(i18n: I18n, { kind, x, series, points, low, high }: ChartData): string {
  const { t, format } = i18n;
  return i18n.fill(kind === "line" ? t.sql.chartLine : t.sql.chartBar, {
    series: series.join(", "),
    x,
    count: format.integer(points.length),
    from: points[0]?.label ?? "",
    to: points.at(-1)?.label ?? "",
    low: numberText(i18n, low),
    high: numberText(i18n, high),
  });
}

function numberText({ format }: I18n, value: number): string {
  return Math.abs(value) >= 10_000 ? format.compact(value) : format.price(value);
}

function yOf({ chart: { low, high } }: Frame, value: number): number {
  const share = (value - low) / (high - low);
  return top + (1 - share) * (height - axisHeight - top);
}

function xOf({ width }: Frame, at: number): number {
  return at * (width - axisWidth - 8) + 4;
}

function Scale({ i18n, ...frame }: Frame & { readonly i18n: I18n }): JSX.Element {
  const { chart, width } = frame;
  return (
    <g class="chart-scale">
      {ticksOf(chart.low, chart.high, 5).map((tick) => (
        <g key={tick}>
          <path d={`M0 ${yOf(frame, tick)}H${width - axisWidth}`} />
          <text x={width - axisWidth + 8} y={yOf(frame, tick) + 5}>
            {numberText(i18n, tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

function Bars(frame: Frame): JSX.Element {
  const { points } = frame.chart;
  const step = xOf(frame, 1 / points.length) - xOf(frame, 0);
  const barWidth = Math.max(1, step * 0.75);
  const zero = yOf(frame, 0);
  return (
    <g>
      {points.map(({ label: name, at, values: [value] }, place) => {
        if (value === null || value === undefined) return null;
        const y = yOf(frame, value);
        return (
          <rect
            key={place}
            class="bar-0"
            x={xOf(frame, at) - barWidth / 2}
            y={Math.min(y, zero)}
            width={barWidth}
            height={Math.max(1, Math.abs(zero - y))}
          >
            <title>{`${name}: ${value}`}</title>
          </rect>
        );
      })}
    </g>
  );
}

function Lines(frame: Frame): JSX.Element {
  const { series, points } = frame.chart;
  return (
    <g>
      {series.map((name, place) => {
        let path = "";
        let broken = true;
        for (const { at, values } of points) {
          const value = values[place] ?? null;
          // What is not known leaves a gap: nothing is drawn across it.
          if (value !== null) path += `${broken ? "M" : "L"}${xOf(frame, at)} ${yOf(frame, value)}`;
          broken = value === null;
        }
        return (
          <path key={name} class={`series-${place}`} stroke-dasharray={dashes[place]} d={path} />
        );
      })}
    </g>
  );
}

/** Names along the axis: as many as have room. */
function Along(frame: Frame): JSX.Element {
  const { chart, width } = frame;
  const { points, kind } = chart;
  const widest = Math.max(...points.map(({ label: name }) => Math.min(name.length, 20))) * 8 + 16;
  let free = -Infinity;
  const shown = points.filter(({ at }) => {
    const x = xOf(frame, at);
    if (x < free || x + widest / 2 > width) return false;
    free = x + widest;
    return true;
  });
  return (
    <g class="chart-along">
      {shown.map(({ label: name, at }, place) => (
        <text
          key={place}
          x={xOf(frame, at)}
          y={height - 8}
          text-anchor={kind === "bar" ? "middle" : place === 0 ? "start" : "middle"}
        >
          {name.length > 20 ? `${name.slice(0, 19)}…` : name}
        </text>
      ))}
    </g>
  );
}
