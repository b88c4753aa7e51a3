import { cairoWallToMs } from "../../../src/market/cairo-time.ts";

/** A bar of some service, before it takes the service's form. */
export interface MadeUpBar {
  readonly atMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Minutes of some days, 10:00 to 14:30 in Cairo, which differ by symbol. */
export function madeUpMinutes(symbol: string, dates: readonly string[]): MadeUpBar[] {
  const base = 10 + (symbol.codePointAt(0) ?? 0) / 10;
  return dates.flatMap((date) =>
    Array.from({ length: 270 }, (_, minute): MadeUpBar => {
      const wall = { day: Date.parse(date) / 86_400_000, timeMs: (600 + minute) * 60_000 };
      const close = base + (minute % 7) / 4;
      return {
        atMs: cairoWallToMs(wall) ?? 0,
        open: base,
        high: base + 2,
        low: base - 1,
        close,
        volume: 100 + minute,
      };
    }),
  );
}
