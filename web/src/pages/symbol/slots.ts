import type { ApiBar, SessionGap } from "../../../../src/serve/api/bars.ts";
import type { BarEvent } from "../../../../src/serve/api/events.ts";
import { cairoWallMs } from "../../lib/cairo.ts";

/** A bar, from silver or live. */
export type ShownBar = Pick<
  ApiBar,
  | "time"
  | "date"
  | "open"
  | "high"
  | "low"
  | "close"
  | "volume"
  | "final"
  | "source"
  | "adjusted"
  | "suspect"
  | "revisions"
  | "offset"
  | "received"
>;

/** One place on the time axis: the library knows no time zones, so it is Cairo's wall clock. */
interface Place {
  /** Seconds of Cairo's wall clock as if it were UTC. */
  readonly at: number;
}

export type Slot = Place &
  (
    | { readonly kind: "bar"; readonly bar: ShownBar }
    /** Certified that nothing was traded: a tick at the close before. */
    | { readonly kind: "no-trade"; readonly gap: SessionGap; readonly close: number | null }
    /** There should be bars, or nobody knows: an empty place with a band. */
    | { readonly kind: "gap"; readonly gap: SessionGap }
  );

/** A stretch of the time axis that is marked behind the bars. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly kind: "missing" | "degraded" | "pending" | "unknown";
}

export interface Slots {
  readonly slots: readonly Slot[];
  readonly bands: readonly Band[];
}

/** Where a bar stands on the axis. Daily and longer bars stand on their date. */
export function placeOf(bar: Pick<ShownBar, "time" | "date">, intraday: boolean): number {
  if (!intraday) return Date.parse(`${bar.date}T00:00:00Z`) / 1000;
  return cairoWallMs(Date.parse(bar.time)) / 1000;
}

/**
 * Bars and the sessions without them in the order of time. A session that is missing has an empty
 * place of its own; a day without a session has none; nothing is interpolated.
 */
export function layOutSlots(
  bars: readonly ShownBar[],
  gaps: readonly SessionGap[],
  intraday: boolean,
): Slots {
  const slots: Slot[] = bars.map((bar) => ({ kind: "bar", at: placeOf(bar, intraday), bar }));
  const held = new Set(bars.map(({ date }) => date));
  const bands: Band[] = [];
  for (const gap of gaps) {
    const { state } = gap;
    const at = gapPlace(gap, intraday);
    if (!held.has(gap.date)) {
      slots.push(
        state === "no-trade"
          ? { kind: "no-trade", at, gap, close: null }
          : { kind: "gap", at, gap },
      );
    }
    if (state !== "no-trade") bands.push(...bandsOf(gap, state, { at, intraday }));
  }
  return { slots: withCloses(slots.toSorted((left, right) => left.at - right.at)), bands };
}

function gapPlace({ date, parts }: SessionGap, intraday: boolean): number {
  const first = parts[0]?.from;
  if (intraday && first !== undefined) return cairoWallMs(Date.parse(first)) / 1000;
  return Date.parse(`${date}T${intraday ? "10" : "00"}:00:00Z`) / 1000;
}

function bandsOf(
  { parts }: SessionGap,
  kind: Band["kind"],
  { at, intraday }: { readonly at: number; readonly intraday: boolean },
): readonly Band[] {
  if (!intraday || parts.length === 0) return [{ from: at, to: at, kind }];
  return parts.map(({ from, to }) => ({
    from: cairoWallMs(Date.parse(from)) / 1000,
    to: cairoWallMs(Date.parse(to)) / 1000,
    kind,
  }));
}

/** Ticks of sessions without a trade stand at the last close before them. */
function withCloses(slots: readonly Slot[]): readonly Slot[] {
  let close: number | null = null;
  return slots.map((slot) => {
    if (slot.kind === "bar") close = slot.bar.close;
    return slot.kind === "no-trade" ? { kind: slot.kind, at: slot.at, gap: slot.gap, close } : slot;
  });
}

/** A live bar in the form of silver's. */
export function barOfEvent(event: BarEvent, before: ShownBar | undefined): ShownBar {
  const { time, date, open, high, low, close, volume, final, source, adjusted } = event;
  const told = { time, date, open, high, low, close, volume, final, source, adjusted };
  return {
    ...told,
    suspect: [],
    revisions: before === undefined ? 1 : before.revisions + (before.final ? 1 : 0),
    offset: event.offset,
    received: event.received,
  };
}

/**
 * Puts a live bar into ascending bars; null when it says nothing new: it is of another series, or
 * no newer than the state that is shown. A final bar beats one that can still change.
 */
export function mergeBar(
  bars: readonly ShownBar[],
  event: BarEvent,
): { readonly bars: readonly ShownBar[]; readonly changed: ShownBar } | null {
  const last = bars.at(-1);
  if (last !== undefined && !isSameSeries(last, event)) return null;
  const at = placeIn(bars, event.time);
  const before = bars[at]?.time === event.time ? bars[at] : undefined;
  if (before !== undefined && !isNewer(event, before)) return null;
  const changed = barOfEvent(event, before);
  const rest = before === undefined ? at : at + 1;
  return { bars: [...bars.slice(0, at), changed, ...bars.slice(rest)], changed };
}

function isSameSeries(bar: ShownBar, event: BarEvent): boolean {
  return bar.source === event.source && bar.adjusted === event.adjusted;
}

function isNewer(event: BarEvent, before: ShownBar): boolean {
  if (event.final !== before.final) return event.final;
  return event.received >= before.received && event.offset !== before.offset;
}

/** The place of a time in ascending bars; live bars are nearly always the last ones. */
function placeIn(bars: readonly ShownBar[], time: string): number {
  let at = bars.length;
  while (at > 0 && (bars[at - 1]?.time ?? "") >= time) at -= 1;
  return at;
}

/** Whether a feed gives closes alone, as it does of indices: they are drawn as a line. */
export function hasClosesOnly(bars: readonly ShownBar[]): boolean {
  return (
    bars.length > 0 &&
    bars.every(({ open, high, low }) => open === null && high === null && low === null)
  );
}
