import { cairoWallToMs } from "../../../src/market/cairo-time.ts";
import type { MadeUpBar } from "./minutes.ts";

/** A bar of a day at midnight in Cairo, as services stamp days. */
export function dayBar(
  date: string,
  prices: readonly [open: number, high: number, low: number, close: number],
  volume: number,
): MadeUpBar {
  const [open, high, low, close] = prices;
  return { atMs: midnightMs(date), open, high, low, close, volume };
}

/** Midnight in Cairo. */
export function midnightMs(date: string): number {
  return cairoWallToMs({ day: Date.parse(date) / 86_400_000, timeMs: 0 }) ?? Number.NaN;
}
