import { cairoDayOf, dateText } from "../market/cairo-time.ts";
import { Particular } from "./bar-checks.ts";
import type { Finding } from "./finding.ts";
import { copiedFrom } from "./session-checks.ts";
import { sameTrades, type SilverBar, type SilverSeries } from "./silver-bar.ts";

/** Fewer symbols that repeat a day are chance. */
const symbolsMin = 5;
const symbolsShare = 0.4;

interface Repeat {
  readonly exchange: string;
  readonly symbol: string;
  readonly bar: SilverBar;
  readonly day: number;
  readonly originalDay: number;
  /** Whether it is the bar just before that is repeated. */
  readonly next: boolean;
}

/**
 * Finds bars of a day or longer that repeat earlier ones: where many symbols repeat the same day
 * it is a copied day, elsewhere a bar that was doubled.
 */
export class RepeatedDays {
  readonly #repeats: Repeat[] = [];
  readonly #symbolsOn = new Map<number, number>();

  add(series: SilverSeries): void {
    const { exchange, symbol, bars } = series;
    const particular = new Particular(series);
    for (const [at, bar] of bars.entries()) {
      const day = cairoDayOf(bar.startMs);
      this.#symbolsOn.set(day, (this.#symbolsOn.get(day) ?? 0) + 1);
      for (let back = 1; back <= copiedFrom; back += 1) {
        const original = bars[at - back];
        if (original === undefined || !sameTrades(original, bar) || !particular.has(bar)) continue;
        const originalDay = cairoDayOf(original.startMs);
        this.#repeats.push({ exchange, symbol, bar, day, originalDay, next: back === 1 });
      }
    }
  }

  *findings(): Generator<Finding> {
    const pairs = Map.groupBy(this.#repeats, ({ day, originalDay }) => `${day}|${originalDay}`);
    const copied = new Set<string>();
    for (const [pair, repeats] of pairs) {
      const symbols = this.#symbolsOn.get(repeats[0]?.day ?? 0) ?? 0;
      if (repeats.length >= symbolsMin && repeats.length >= symbols * symbolsShare)
        copied.add(pair);
    }
    const told = new Set<SilverBar>();
    for (const [pair, repeats] of pairs) {
      for (const { exchange, symbol, bar, day, originalDay, next } of repeats) {
        const ofDay = copied.has(pair);
        if ((!ofDay && !next) || told.has(bar)) continue;
        told.add(bar);
        const place = { exchange, symbol, day, startMs: bar.startMs };
        const back = dateText(originalDay);
        yield ofDay
          ? { ...place, defect: "copied-day", note: `the market's bars are those of ${back}` }
          : { ...place, defect: "doubled", note: `the bar of ${back}, once more` };
      }
    }
  }
}
