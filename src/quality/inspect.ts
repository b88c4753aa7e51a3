import { type Calendar, sessionOf } from "../market/calendar.ts";
import { cairoDayOf, dateText } from "../market/cairo-time.ts";
import type { Interval } from "../market/interval.ts";
import { provisionalBars, scaledBars, zeroBars } from "./bar-checks.ts";
import { RepeatedDays } from "./copied-days.ts";
import type { Finding } from "./finding.ts";
import { type MarketFacts, marketHoles, marketSymbolsMin, symbolName } from "./market-days.ts";
import { type Expectation, judgePresence } from "./presence.ts";
import { displacedBars, repeatedBars } from "./session-checks.ts";
import { type Hole, judgeSessions, marketSilences } from "./session-presence.ts";
import type { SilverBar, SilverSeries } from "./silver-bar.ts";
import { slotsOf, type Unit, unitsBetween } from "./units.ts";

export interface InspectOptions {
  readonly calendar: Calendar;
  readonly interval: Interval;
  readonly market: MarketFacts;
  /** Days of the sessions that are judged, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Units that ended before this instant are expected to be there, and final. */
  readonly settledMs: number;
}

/** What is made of one unit of one symbol. */
export interface UnitReport extends Expectation {
  readonly unit: Unit;
  /** Bars that are stored, and how many a liquid symbol has. */
  readonly stored: number;
  readonly slots: number;
  /** Why nothing is stored; null when something is. */
  readonly absence: "missing" | "untraded" | null;
  /** Intraday: the parts of the session that are missing. */
  readonly holes: readonly Hole[];
}

/**
 * Looks for everything that can be wrong with the bars of one interval. Symbols are given one
 * after the other; what takes all of them together is told at the end.
 */
export class Inspection {
  readonly #options: InspectOptions;
  readonly #units: readonly Unit[];
  readonly #holes: ReadonlySet<number>;
  readonly #repeated = new RepeatedDays();
  readonly #ends = new Map<number, number>();
  #marketSilences: ReadonlyMap<number, readonly Hole[]> | null = null;
  readonly #slots = new Map<number, readonly number[]>();

  constructor(options: InspectOptions) {
    const { calendar, interval, market, from, to, settledMs } = options;
    this.#options = options;
    const units = unitsBetween(calendar, interval, { from, to });
    this.#units = units.filter(({ closeMs }) => closeMs <= settledMs);
    this.#holes = marketHoles(this.#units, market);
    for (const { day, closeMs } of units) this.#ends.set(day, closeMs);
  }

  /** The units that are judged. */
  get units(): readonly Unit[] {
    return this.#units;
  }

  /** The units in which a symbol is expected, with what is stored of each. */
  reports(series: SilverSeries): readonly UnitReport[] {
    const life = this.#options.market.lives.get(symbolName(series));
    const units = this.#units.filter(
      ({ day }) => life !== undefined && day >= life.first && day <= life.until,
    );
    const { interval } = this.#options;
    if (interval.minutes !== null) {
      return judgeSessions(series, {
        units,
        slotsOf: (day) => this.#slotsOf(day),
        lengthMs: interval.minutes * 60_000,
        holes: this.#holes,
        silences: this.#silences(),
      });
    }
    const bars = new Map(series.bars.map((bar) => [cairoDayOf(bar.startMs), bar]));
    return judgePresence(units, bars, this.#holes).map(({ bar, unit, share, basis, absence }) => ({
      unit,
      share,
      basis,
      absence,
      stored: bar === null ? 0 : 1,
      slots: 1,
      holes: [],
    }));
  }

  /** What is wrong with a symbol's bars, one by one and session by session. */
  *findings(series: SilverSeries, reports: readonly UnitReport[]): Generator<Finding> {
    const { exchange, symbol } = series;
    const place = { exchange, symbol };
    for (const { unit, absence, holes } of reports) {
      if (absence === "missing") {
        const note = "nothing is stored";
        yield { ...place, defect: "missing", day: unit.day, startMs: null, note };
      }
      for (const { fromMs, toMs } of holes) {
        const minutes = Math.round((toMs - fromMs) / 60_000);
        const note = `nothing in ${minutes} minutes`;
        yield { ...place, defect: "missing", day: unit.day, startMs: fromMs, note };
      }
    }
    const endOf = (bar: SilverBar): number => this.#endOf(bar);
    for (const { defect, bar, note } of [
      ...scaledBars(series),
      ...zeroBars(series),
      ...provisionalBars(series, endOf, this.#options.settledMs),
    ]) {
      const day = cairoDayOf(bar.startMs);
      yield { ...place, defect, day, startMs: bar.startMs, note };
    }
    yield* this.#sessionFindings(series);
  }

  /** What only all symbols together show, once each was given to {@link findings}. */
  *marketFindings(): Generator<Finding> {
    yield* this.#repeated.findings();
  }

  *#sessionFindings(series: SilverSeries): Generator<Finding> {
    const { exchange, symbol, bars } = series;
    const { interval, calendar } = this.#options;
    if (interval.minutes === null) {
      this.#repeated.add(series);
      if (interval.code === "1d") yield* this.#closedDays(series);
      return;
    }
    const lengthMs = interval.minutes * 60_000;
    const found = [...displacedBars(series, calendar), ...repeatedBars(series, lengthMs)];
    for (const { defect, day, bar, note } of bars.length === 0 ? [] : found) {
      yield { defect, exchange, symbol, day, startMs: bar?.startMs ?? null, note };
    }
  }

  /** Daily bars of days without a session. */
  *#closedDays({ exchange, symbol, bars }: SilverSeries): Generator<Finding> {
    const { from, to } = this.#options;
    for (const { startMs } of bars) {
      const day = cairoDayOf(startMs);
      if (day < from || day > to || this.#ends.has(day)) continue;
      const note = `the exchange was closed on ${dateText(day)}`;
      yield { defect: "off-session", exchange, symbol, day, startMs, note };
    }
  }

  #endOf(bar: SilverBar): number {
    const { interval, calendar } = this.#options;
    if (interval.minutes !== null) return bar.startMs + interval.minutes * 60_000;
    const day = cairoDayOf(bar.startMs);
    const known = this.#ends.get(day);
    if (known !== undefined) return known;
    const session = sessionOf(calendar, Temporal.PlainDate.from(dateText(day)));
    return session?.closeMs ?? bar.startMs;
  }

  /** Worked out once, when the first symbol is looked at. */
  #silences(): ReadonlyMap<number, readonly Hole[]> {
    const { interval, market, from, to } = this.#options;
    if (this.#marketSilences !== null) return this.#marketSilences;
    const inSpan = market.times.filter((startMs) => {
      const day = cairoDayOf(startMs);
      const symbols = market.present.get(day) ?? 0;
      return day >= from && day <= to && symbols >= marketSymbolsMin;
    });
    this.#marketSilences = marketSilences(inSpan, {
      units: this.#units.filter(({ day }) => day <= market.newest),
      slotsOf: (day) => this.#slotsOf(day),
      lengthMs: (interval.minutes ?? 0) * 60_000,
    });
    return this.#marketSilences;
  }

  #slotsOf(day: number): readonly number[] {
    const known = this.#slots.get(day);
    if (known !== undefined) return known;
    const slots = slotsOf(this.#options.calendar, this.#options.interval, day);
    this.#slots.set(day, slots);
    return slots;
  }
}
