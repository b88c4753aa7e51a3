import { cairoDayOf } from "../market/cairo-time.ts";
import type { Defect } from "./finding.ts";
import type { SilverBar, SilverSeries } from "./silver-bar.ts";

/** What a check says of one bar. */
export interface BarDefect {
  readonly defect: Defect;
  readonly bar: SilverBar;
  readonly note: string;
}

/** Bars on either side whose middle price a bar is held against. */
const neighboursAround = 5;
const neighboursMin = 3;
/** A price this many times that of its neighbours, give or take what prices move. */
const scale = 100;
const scaleTolerance = 1.6;

/** Prices a hundred times those around them, or a hundredth. */
export function* scaledBars({ bars }: SilverSeries): Generator<BarDefect> {
  for (const [at, bar] of bars.entries()) {
    const around = neighbours(bars, at);
    if (around.length < neighboursMin) continue;
    const middle = around.toSorted((left, right) => left - right)[around.length >> 1] ?? bar.close;
    const times = bar.close / middle;
    const factor = times > 1 ? times : 1 / times;
    if (factor < scale / scaleTolerance || factor > scale * scaleTolerance) continue;
    yield { defect: "scaled", bar, note: `${bar.close} among prices around ${middle}` };
  }
}

/** Volumes and prices of 0: a bar is made of trades, and these have neither. */
export function* zeroBars({ bars }: SilverSeries): Generator<BarDefect> {
  for (const bar of bars) {
    const fields = (["open", "high", "low", "close", "volume"] as const).filter(
      (name) => bar[name] === 0,
    );
    if (fields.length > 0) yield { defect: "zero", bar, note: `${fields.join(", ")} 0` };
  }
}

/**
 * Bars that were taken before their end, though newer ones could be had.
 * @param endOf when a bar ends, epoch milliseconds.
 * @param settledMs bars that ended before this instant must be final.
 */
export function* provisionalBars(
  { bars }: SilverSeries,
  endOf: (bar: SilverBar) => number,
  settledMs: number,
): Generator<BarDefect> {
  for (const bar of bars) {
    const endMs = endOf(bar);
    if (endMs > settledMs) continue;
    if (!bar.final) {
      yield { defect: "provisional", bar, note: "never became final" };
    } else if (bar.ingestedMs < endMs) {
      yield { defect: "provisional", bar, note: "called final, but received before its end" };
    }
  }
}

/** A volume that this share of a symbol's bars has may come twice in a row by chance. */
const commonVolume = 0.002;

/** Whether the bar's trades are so particular that they do not happen twice in a row. */
export class Particular {
  readonly #volumes = new Map<number | null, number>();
  readonly #bars: number;

  constructor({ bars }: SilverSeries) {
    this.#bars = bars.length;
    for (const { volume } of bars) this.#volumes.set(volume, (this.#volumes.get(volume) ?? 0) + 1);
  }

  has(bar: SilverBar): boolean {
    if (bar.high !== null && bar.low !== null && bar.high > bar.low) return true;
    if (bar.volume === null) return false;
    // One of them is the bar itself, one perhaps its copy.
    const others = (this.#volumes.get(bar.volume) ?? 0) - 2;
    return others <= this.#bars * commonVolume;
  }
}

/** The bars by their Cairo day. */
export function byDay(bars: readonly SilverBar[]): ReadonlyMap<number, readonly SilverBar[]> {
  return Map.groupBy(bars, (bar) => cairoDayOf(bar.startMs));
}

function neighbours(bars: readonly SilverBar[], at: number): readonly number[] {
  const closes: number[] = [];
  for (let other = at - neighboursAround; other <= at + neighboursAround; other += 1) {
    const bar = bars[other];
    if (bar !== undefined && other !== at) closes.push(bar.close);
  }
  return closes;
}
