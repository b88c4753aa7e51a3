import type { I18n } from "../../i18n/i18n.ts";
import { modeFacts } from "../../lib/mode.ts";
import { useStore } from "../../lib/use-store.ts";
import type { PageProps } from "../../page.ts";
import { modeText } from "../../shell/mode-chips.tsx";
import { useEffect, useMemo, useRef, useState, type JSX } from "../../view.ts";
import { BarChart, type ChartColours, type ChartFormat } from "./bar-chart.ts";
import { firstInRange, type Range } from "./ranges.ts";
import { SlotLine, slotText } from "./slot-line.tsx";
import type { ShownBar, Slot, Slots } from "./slots.ts";

export interface ChartViewProps extends Pick<PageProps, "i18n" | "prefs" | "live"> {
  /** What the chart shows; another one begins a new chart. */
  readonly subject: string;
  readonly slots: Slots;
  /** The bar that changed last, alone, since `slots` before; null when all may have. */
  readonly changed: ShownBar | null;
  readonly closesOnly: boolean;
  readonly intraday: boolean;
  readonly range: Range;
  readonly onPick: (slot: Slot) => void;
  readonly label: string;
}

/** The chart with its legend, and the keys that move through it. */
export function ChartView(props: ChartViewProps): JSX.Element {
  const { i18n, slots, label } = props;
  const place = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [said, setSaid] = useState("");
  const byPlace = useMemo(() => new Map(slots.slots.map((slot) => [slot.at, slot])), [slots]);
  const chart = useChart(props, place, byPlace, setHovered);
  const move = useChartKeys(props, chart, (slot) => {
    setHovered(slot.at);
    setSaid(slotText(i18n, slot));
  });
  const shown = (hovered === null ? undefined : byPlace.get(hovered)) ?? slots.slots.at(-1);
  const before = previousClose(slots.slots, shown);
  return (
    <div class="chart-box">
      <SlotLine i18n={i18n} slot={shown} previousClose={before} intraday={props.intraday} />
      <div
        class="chart"
        ref={place}
        dir="ltr"
        data-watermark={useWatermark(props)}
        role="application"
        tabIndex={0}
        aria-label={label}
        aria-describedby="chart-keys"
        onKeyDown={move}
      />
      <p class="heard" aria-live="polite">
        {said}
      </p>
      <p id="chart-keys" class="heard">
        {i18n.t.symbol.chartKeys}
      </p>
    </div>
  );
}

/** What a picture of the chart has to say of its numbers, wherever it ends up; often nothing. */
function useWatermark({ i18n, live }: ChartViewProps): string {
  return modeFacts(useStore(live.status), null)
    .filter(({ kind }) => kind === "simulated" || kind === "replay" || kind === "delayed")
    .map((fact) => modeText(i18n, fact))
    .join(" · ");
}

type ChartRef = { readonly current: BarChart | null };

function useChart(
  props: ChartViewProps,
  place: { readonly current: HTMLDivElement | null },
  byPlace: ReadonlyMap<number, Slot>,
  onHover: (at: number | null) => void,
): ChartRef {
  const { i18n, subject, closesOnly, intraday } = props;
  const look = useLook(props);
  const chart = useRef<BarChart | null>(null);
  const latest = useRef({ byPlace, onPick: props.onPick });
  latest.current = { byPlace, onPick: props.onPick };
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = new BarChart(place.current, {
      format: chartFormat(i18n, intraday),
      colours: chartColours(),
      font: getComputedStyle(document.documentElement).fontFamily,
      closesOnly,
      intraday,
      onHover,
      onPick: (at) => {
        const slot = latest.current.byPlace.get(at);
        if (slot !== undefined) latest.current.onPick(slot);
      },
    });
    chart.current = made;
    return () => {
      chart.current = null;
      made.close();
    };
  }, [subject, i18n, closesOnly, intraday, look]);
  useDrawing(props, chart, look);
  return chart;
}

/** The page's colours in a word; a canvas is drawn anew when they change, also by the system. */
function useLook({ prefs }: ChartViewProps): string {
  useStore(prefs);
  const { theme, palette, swapped } = document.documentElement.dataset;
  return `${theme} ${palette} ${swapped}`;
}

function isOf(slot: Slot, bar: ShownBar): boolean {
  return slot.kind === "bar" && slot.bar === bar;
}

/** Draws what changed: one bar alone where it can, and a new chart's range at first. */
function useDrawing(props: ChartViewProps, chart: ChartRef, look: string): void {
  const { i18n, subject, slots, changed, closesOnly, intraday, range } = props;
  const drawn = useRef<{ readonly on: BarChart | null; readonly count: number }>({
    on: null,
    count: 0,
  });
  useEffect(() => {
    const { current } = chart;
    if (current === null) return;
    const isFirst = drawn.current.on !== current;
    const slot = changed === null ? undefined : slots.slots.find((each) => isOf(each, changed));
    const isOne = !isFirst && slots.slots.length - drawn.current.count <= 1;
    if (slot !== undefined && isOne) current.update(slots, slot);
    else current.set(slots);
    if (isFirst)
      current.show(
        firstInRange(
          slots.slots.map(({ at }) => at),
          range,
        ),
      );
    drawn.current = { on: current, count: slots.slots.length };
  }, [slots, subject, i18n, closesOnly, intraday, look]);
  useEffect(() => {
    chart.current?.show(
      firstInRange(
        slots.slots.map(({ at }) => at),
        range,
      ),
    );
  }, [range]);
}

/** Arrows walk through the bars: older at the left in both languages, as they are drawn. */
function useChartKeys(
  { slots: { slots }, onPick }: ChartViewProps,
  chart: ChartRef,
  onMove: (slot: Slot) => void,
): (event: KeyboardEvent) => void {
  const at = useRef<number | null>(null);
  const walk = (step: number): void => {
    const last = slots.length - 1;
    const next = at.current === null ? last : Math.min(last, Math.max(0, at.current + step));
    at.current = next;
    const slot = slots[next];
    if (slot === undefined) return;
    chart.current?.point(slot, next);
    onMove(slot);
  };
  const pick = (): void => {
    const slot = slots[at.current ?? slots.length - 1];
    if (slot !== undefined) onPick(slot);
  };
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = chartAction(event, slots.length);
    if (action === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (action.kind === "walk") walk(action.step);
    else if (action.kind === "zoom") chart.current?.zoom(action.factor);
    else pick();
  };
}

type ChartAction =
  | { readonly kind: "walk"; readonly step: number }
  | { readonly kind: "zoom"; readonly factor: number }
  | { readonly kind: "pick" };

function chartAction({ key, shiftKey }: KeyboardEvent, count: number): ChartAction | null {
  const actions: Readonly<Record<string, ChartAction>> = {
    ArrowLeft: { kind: "walk", step: shiftKey ? -10 : -1 },
    ArrowRight: { kind: "walk", step: shiftKey ? 10 : 1 },
    Home: { kind: "walk", step: -count },
    End: { kind: "walk", step: count },
    "+": { kind: "zoom", factor: 0.7 },
    "=": { kind: "zoom", factor: 0.7 },
    "-": { kind: "zoom", factor: 1.4 },
    Enter: { kind: "pick" },
  };
  return actions[key] ?? null;
}

function previousClose(slots: readonly Slot[], slot: Slot | undefined): number | null {
  if (slot === undefined) return null;
  const at = slots.indexOf(slot);
  for (let place = at - 1; place >= 0; place -= 1) {
    const before = slots[place];
    if (before?.kind === "bar") return before.bar.close;
  }
  return null;
}

function chartFormat({ format, dir }: I18n, intraday: boolean): ChartFormat {
  // Places are Cairo's wall clock as if it were UTC: they are written as they are.
  const dateOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);
  const clock = (at: number): string =>
    format.date(new Date(at * 1000).toISOString().slice(11, 16));
  return {
    price: (value) => format.price(value),
    // The canvas runs left to right: words after a number need a direction of their own.
    volume: (value) =>
      dir === "rtl" ? `\u2067${format.compact(value)}\u2069` : format.compact(value),
    time: (at) => (intraday ? `${format.date(dateOf(at))} ${clock(at)}` : format.date(dateOf(at))),
    tick: (at, unit) => {
      const date = dateOf(at);
      if (unit === "year") return format.date(date.slice(0, 4));
      if (unit === "month") return format.date(date.slice(0, 7));
      return unit === "day" ? format.date(date.slice(5)) : clock(at);
    },
  };
}

function chartColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: token("text"),
    ground: token("bg"),
    rule: token("rule"),
    up: token("rise"),
    down: token("fall"),
    muted: token("muted"),
    revised: token("revised"),
    warn: token("warn"),
    hollow: document.documentElement.dataset["palette"] === "cb",
  };
}
