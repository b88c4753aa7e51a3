import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  LineSeries,
  type IChartApi,
  type IPrimitivePaneView,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type ISeriesPrimitive,
  type Logical,
  type MouseEventParams,
  type SeriesAttachedParameter,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Band, Slot, Slots } from "./slots.ts";

/** Texts and numbers of the axis in the page's language. */
export interface ChartFormat {
  readonly price: (value: number) => string;
  readonly volume: (value: number) => string;
  /** A place on the axis, in seconds of the wall clock, in full. */
  readonly time: (at: number) => string;
  /** The same as a label of the axis; `year` and `month` begin one. */
  readonly tick: (at: number, unit: "year" | "month" | "day" | "time") => string;
}

export interface ChartColours {
  readonly text: string;
  readonly ground: string;
  readonly rule: string;
  readonly up: string;
  readonly down: string;
  readonly muted: string;
  readonly revised: string;
  readonly warn: string;
  /** Rising candles are hollow, for eyes that cannot tell the colours apart. */
  readonly hollow: boolean;
}

export interface ChartOptions {
  readonly format: ChartFormat;
  readonly colours: ChartColours;
  readonly font: string;
  readonly closesOnly: boolean;
  readonly intraday: boolean;
  /** Called with the place under the pointer, null when there is none. */
  readonly onHover: (at: number | null) => void;
  readonly onPick: (at: number) => void;
}

type Main = ISeriesApi<"Candlestick"> | ISeriesApi<"Line">;

/** Candles and volume on a canvas, with places for what is missing. Oldest at the left. */
export class BarChart {
  readonly #chart: IChartApi;
  readonly #main: Main;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #places: ISeriesApi<"Line">;
  readonly #markers: ISeriesMarkersPluginApi<Time>;
  readonly #bands: BandsPrimitive;
  readonly #options: ChartOptions;
  #slots: Slots = { slots: [], bands: [] };

  constructor(element: HTMLElement, options: ChartOptions) {
    this.#options = options;
    this.#chart = createChart(element, chartOptions(options));
    const { colours, format } = options;
    const priceFormat = {
      type: "custom",
      minMove: 0.001,
      formatter: format.price,
    } as const;
    this.#main = options.closesOnly
      ? this.#chart.addSeries(LineSeries, { color: colours.text, lineWidth: 2, priceFormat })
      : this.#chart.addSeries(CandlestickSeries, candleOptions(colours, priceFormat));
    this.#volume = this.#chart.addSeries(
      HistogramSeries,
      {
        priceFormat: { type: "custom", minMove: 1, formatter: format.volume },
        color: colours.muted,
        priceLineVisible: false,
        lastValueVisible: false,
      },
      1,
    );
    this.#places = this.#chart.addSeries(LineSeries, {
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#markers = createSeriesMarkers<Time>(this.#main, []);
    this.#bands = new BandsPrimitive(colours);
    this.#main.attachPrimitive(this.#bands);
    this.#chart.panes()[0]?.setStretchFactor(4);
    this.#chart.panes()[1]?.setStretchFactor(1);
    this.#chart.subscribeCrosshairMove((event) => options.onHover(placeOfEvent(event)));
    this.#chart.subscribeClick((event) => {
      const at = placeOfEvent(event);
      if (at !== null) options.onPick(at);
    });
  }

  /** Shows slots instead of what was there. */
  set(slots: Slots): void {
    this.#slots = slots;
    const { closesOnly, colours } = this.#options;
    const shown = slots.slots;
    if (this.#main.seriesType() === "Line" || closesOnly) {
      this.#main.setData(shown.flatMap((slot) => linePoint(slot)));
    } else this.#main.setData(shown.flatMap((slot) => candle(slot, colours)));
    this.#volume.setData(shown.flatMap((slot) => column(slot, colours)));
    // In a series of its own, so that live bars never have to step over them.
    this.#places.setData(
      shown.filter(({ kind }) => kind === "gap").map(({ at }) => ({ time: stamp(at) })),
    );
    this.#markers.setMarkers(shown.flatMap((slot) => marker(slot, colours)));
    this.#bands.set(slots.bands);
  }

  /** Shows one changed or new bar; the others are left alone. `slots` holds it already. */
  update(slots: Slots, slot: Slot): void {
    this.#slots = slots;
    const late = slot.at < (this.#lastPlace() ?? slot.at);
    const { colours } = this.#options;
    for (const point of this.#options.closesOnly ? linePoint(slot) : candle(slot, colours)) {
      this.#main.update(point, late);
    }
    for (const point of column(slot, colours)) this.#volume.update(point, late);
    this.#markers.setMarkers(slots.slots.flatMap((each) => marker(each, colours)));
  }

  /** Shows the slots from one on to the newest. */
  show(first: number): void {
    const last = this.#slots.slots.length;
    this.#chart.timeScale().setVisibleLogicalRange({ from: first - 0.5, to: last + 1 });
  }

  /** Puts the cross hair on a slot, and moves there when it is out of sight. */
  point(slot: Slot, index: number): void {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    if (range !== null && (index < range.from || index > range.to)) {
      const width = range.to - range.from;
      const from = index < range.from ? index - 1 : index - width + 1;
      this.#chart.timeScale().setVisibleLogicalRange({ from, to: from + width });
    }
    const price =
      slot.kind === "bar" ? slot.bar.close : slot.kind === "no-trade" ? slot.close : null;
    if (price !== null) this.#chart.setCrosshairPosition(price, stamp(slot.at), this.#main);
  }

  /** Shows more (above 1) or less of the past around its middle. */
  zoom(factor: number): void {
    const scale = this.#chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range === null) return;
    const middle = (range.from + range.to) / 2;
    const half = Math.max(3, ((range.to - range.from) / 2) * factor);
    scale.setVisibleLogicalRange({ from: middle - half, to: middle + half });
  }

  close(): void {
    this.#chart.remove();
  }

  #lastPlace(): number | undefined {
    return this.#slots.slots.at(-1)?.at;
  }
}

function chartOptions({ format, colours, font, intraday }: ChartOptions) {
  return {
    autoSize: true,
    layout: {
      background: { color: colours.ground },
      textColor: colours.text,
      fontFamily: font,
      fontSize: 12,
      // Its link makes a style element, which the page's policy refuses: the footer has ours.
      attributionLogo: false,
      panes: { separatorColor: colours.rule, enableResize: false },
    },
    grid: { vertLines: { color: colours.rule }, horzLines: { color: colours.rule } },
    // No label is cut where one pane ends.
    rightPriceScale: { borderColor: colours.rule, entireTextOnly: true },
    timeScale: {
      borderColor: colours.rule,
      timeVisible: intraday,
      secondsVisible: false,
      rightOffset: 2,
      // The longest is 2026-06: with room for more, a short month loses its label.
      tickMarkMaxCharacterLength: 7,
      tickMarkFormatter: (time: Time, kind: number) =>
        typeof time === "number" ? format.tick(time, tickUnits[kind] ?? "time") : null,
    },
    localization: {
      locale: "en",
      timeFormatter: (time: Time) => (typeof time === "number" ? format.time(time) : ""),
    },
    handleScroll: { vertTouchDrag: false },
    crosshair: { mode: 0 },
  } as const;
}

const tickUnits: readonly ("year" | "month" | "day" | "time")[] = ["year", "month", "day", "time"];

function candleOptions(
  colours: ChartColours,
  priceFormat: {
    readonly type: "custom";
    readonly minMove: number;
    readonly formatter: (value: number) => string;
  },
) {
  return {
    upColor: colours.hollow ? colours.ground : colours.up,
    borderUpColor: colours.up,
    wickUpColor: colours.up,
    downColor: colours.down,
    borderDownColor: colours.down,
    wickDownColor: colours.down,
    priceFormat,
    priceLineStyle: 2,
  } as const;
}

/** The library's type for a number of seconds. */
function stamp(at: number): UTCTimestamp;
function stamp(at: number): number {
  return at;
}

function placeOfEvent({ time }: MouseEventParams): number | null {
  return typeof time === "number" ? time : null;
}

function candle(slot: Slot, colours: ChartColours) {
  if (slot.kind === "gap") return [];
  if (slot.kind === "no-trade") {
    if (slot.close === null) return [];
    const { close } = slot;
    const flat = { open: close, high: close, low: close, close };
    return [
      { time: stamp(slot.at), ...flat, borderColor: colours.muted, wickColor: colours.muted },
    ];
  }
  const { open, high, low, close, final } = slot.bar;
  const point = {
    time: stamp(slot.at),
    open: open ?? close,
    high: high ?? Math.max(open ?? close, close),
    low: low ?? Math.min(open ?? close, close),
    close,
  };
  // A bar that can still change is an outline.
  return [final ? point : { ...point, color: colours.ground }];
}

function linePoint(slot: Slot) {
  if (slot.kind === "gap") return [];
  const value = slot.kind === "bar" ? slot.bar.close : slot.close;
  return value === null ? [] : [{ time: stamp(slot.at), value }];
}

function column(slot: Slot, colours: ChartColours) {
  if (slot.kind !== "bar" || slot.bar.volume === null) return [{ time: stamp(slot.at) }];
  const { open, close, volume } = slot.bar;
  const rose = close >= (open ?? close);
  return [{ time: stamp(slot.at), value: volume, color: `${rose ? colours.up : colours.down}80` }];
}

/** A square above a bar that was revised, a triangle's place below one that breaks a rule. */
function marker(slot: Slot, colours: ChartColours): readonly SeriesMarker<Time>[] {
  if (slot.kind !== "bar") return [];
  const { revisions, suspect } = slot.bar;
  const time = stamp(slot.at);
  return [
    ...(revisions > 1
      ? [
          {
            time,
            position: "aboveBar",
            shape: "square",
            color: colours.revised,
            size: 0.6,
          } as const,
        ]
      : []),
    ...(suspect.length > 0
      ? [{ time, position: "belowBar", shape: "circle", color: colours.warn, size: 0.6 } as const]
      : []),
  ];
}

/** Bands over the whole height, behind the candles: hatched where bars are missing. */
class BandsPrimitive implements ISeriesPrimitive {
  readonly #colours: ChartColours;
  #attached: SeriesAttachedParameter | null = null;
  #bands: readonly Band[] = [];

  constructor(colours: ChartColours) {
    this.#colours = colours;
  }

  set(bands: readonly Band[]): void {
    this.#bands = bands;
    this.#attached?.requestUpdate();
  }

  attached(parameters: SeriesAttachedParameter): void {
    this.#attached = parameters;
  }

  detached(): void {
    this.#attached = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    const boxes = this.#boxes();
    const colours = this.#colours;
    return [
      {
        zOrder: () => "bottom",
        renderer: () => ({
          draw: (target) => {
            target.useMediaCoordinateSpace(({ context, mediaSize }) => {
              for (const { left, width, kind } of boxes) {
                drawBand(
                  context,
                  { left, width, height: mediaSize.height },
                  kind === "missing",
                  colours,
                );
              }
            });
          },
        }),
      },
    ];
  }

  #boxes(): readonly {
    readonly left: number;
    readonly width: number;
    readonly kind: Band["kind"];
  }[] {
    const scale = this.#attached?.chart.timeScale();
    if (scale === undefined) return [];
    const spacing = scale.options().barSpacing;
    return this.#bands.flatMap(({ from, to, kind }) => {
      const first = scale.timeToIndex(stamp(from), true);
      const last = scale.timeToIndex(stamp(to), true);
      if (first === null || last === null) return [];
      const left = scale.logicalToCoordinate(logical(first));
      const right = scale.logicalToCoordinate(logical(last));
      if (left === null || right === null) return [];
      return [{ left: left - spacing / 2, width: right - left + spacing, kind }];
    });
  }
}

/** The library's type for the place of a bar. */
function logical(index: number): Logical;
function logical(index: number): number {
  return index;
}

function drawBand(
  context: CanvasRenderingContext2D,
  {
    left,
    width,
    height,
  }: { readonly left: number; readonly width: number; readonly height: number },
  hatched: boolean,
  colours: ChartColours,
): void {
  context.save();
  context.beginPath();
  context.rect(left, 0, Math.max(2, width), height);
  context.clip();
  context.globalAlpha = hatched ? 0.7 : 0.25;
  context.strokeStyle = hatched ? colours.warn : colours.muted;
  context.lineWidth = hatched ? 1 : height * 2;
  const step = hatched ? 7 : height * 2;
  for (let x = left - height; x < left + width; x += step) {
    context.beginPath();
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
    context.stroke();
  }
  context.restore();
}
