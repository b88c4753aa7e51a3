import type { Bar } from "./bar.ts";

/** Prices from here up move by {@link coarseTick}, smaller ones by {@link fineTick}. */
const coarseFrom = 2;
const coarseTick = 0.01;
const fineTick = 0.001;
/** How far a day's price may lie from the previous close, as a share of it. */
const limitShare = 0.2;
/** Far below any tick: takes the rounding of binary fractions out of floor and ceil. */
const epsilon = 1e-6;

export interface PriceLimits {
  readonly low: number;
  readonly high: number;
}

/** A rule that a stored bar breaks; silver marks it, nothing is dropped. */
export type SuspectRule = "open-outside-range" | "close-outside-range";

const none: readonly SuspectRule[] = [];

/** The step between prices: 0.01 from 2.00 up, 0.001 below, in EGP and USD alike. */
export function tickSize(price: number): number {
  return price >= coarseFrom ? coarseTick : fineTick;
}

/** The nearest price on a tick (halves go up), at least one tick. */
export function roundToTick(price: number): number {
  return Math.max(
    fineTick,
    onTick(price, (ticks) => Math.round(ticks + epsilon)),
  );
}

/**
 * The lowest and highest price that the main market allows in a session: 20 % either way from
 * the previous close, on ticks that do not exceed it.
 */
export function priceLimits(previousClose: number): PriceLimits {
  const low = onTick(previousClose * (1 - limitShare), (ticks) => Math.ceil(ticks - epsilon));
  const high = onTick(previousClose * (1 + limitShare), (ticks) => Math.floor(ticks + epsilon));
  return { low: Math.max(fineTick, low), high: Math.max(fineTick, high) };
}

/** The names of the rules that a bar breaks, in the order of the type; mostly none. */
export function suspectRules(bar: Bar): readonly SuspectRule[] {
  const openOutside = bar.open !== null && isOutside(bar, bar.open);
  const closeOutside = isOutside(bar, bar.close);
  if (!openOutside && !closeOutside) return none;
  const rules: SuspectRule[] = [];
  if (openOutside) rules.push("open-outside-range");
  if (closeOutside) rules.push("close-outside-range");
  return rules;
}

/** A price as `round` takes it to a whole number of ticks, as the shortest decimal. */
function onTick(price: number, round: (ticks: number) => number): number {
  // Dividing whole numbers gives the double nearest to the decimal; multiplying by 0.01 does not.
  const perUnit = Math.round(1 / tickSize(price));
  return round(price * perUnit) / perUnit;
}

function isOutside(bar: Bar, price: number): boolean {
  return (bar.low !== null && price < bar.low) || (bar.high !== null && price > bar.high);
}
