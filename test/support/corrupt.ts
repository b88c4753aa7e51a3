import { type Random, randomInt } from "../../src/base/random.ts";
import { cairoDayOf } from "../../src/market/cairo-time.ts";
import { type Calendar, sessionOf } from "../../src/market/calendar.ts";
import type { Interval } from "../../src/market/interval.ts";
import type { Defect, Finding } from "../../src/quality/finding.ts";
import type { SilverBar, SilverSeries } from "../../src/quality/silver-bar.ts";
import { dateOfDay, unitsBetween } from "../../src/quality/units.ts";

/** Ways in which real bars go wrong. */
export type Corruption =
  | "dropped"
  | "outage"
  | "doubled"
  | "shifted"
  | "scaled"
  | "copied-day"
  | "zero"
  | "provisional";

/** What the detector is to call it. */
export const defectOf: Readonly<Record<Corruption, Defect>> = {
  dropped: "missing",
  outage: "missing",
  doubled: "doubled",
  shifted: "shifted",
  scaled: "scaled",
  "copied-day": "copied-day",
  zero: "zero",
  provisional: "provisional",
};

export type Place = Pick<Finding, "exchange" | "symbol" | "day" | "startMs">;

export interface Corrupted {
  readonly market: readonly SilverSeries[];
  /** Where it went wrong. A whole session has no `startMs`. */
  readonly places: readonly Place[];
}

export interface CorruptOptions {
  readonly kind: Corruption;
  readonly interval: Interval;
  readonly calendar: Calendar;
  readonly random: Random;
  /** How many bars, or sessions, go wrong. */
  readonly count: number;
}

interface Editable {
  readonly exchange: string;
  readonly symbol: string;
  bars: SilverBar[];
}

/** A copy of a market in which `count` things went wrong; the same seed gives the same copy. */
export function corrupt(market: readonly SilverSeries[], options: CorruptOptions): Corrupted {
  const copy = market.map((series): Editable => ({ ...series, bars: [...series.bars] }));
  const places = corruptions[options.kind](copy, options);
  for (const series of copy) series.bars.sort((left, right) => left.startMs - right.startMs);
  return { market: copy, places };
}

type Corrupt = (market: readonly Editable[], options: CorruptOptions) => readonly Place[];

const corruptions: Readonly<Record<Corruption, Corrupt>> = {
  dropped: dropBars,
  outage: dropMinutes,
  doubled: doubleBars,
  shifted: shiftSessions,
  scaled: (market, options) =>
    changeBars(market, options, (bar) => {
      const factor = options.random.next() < 0.5 ? 100 : 0.01;
      const times = (price: number | null): number | null =>
        price === null ? null : Number((price * factor).toPrecision(12));
      const { open, high, low, close } = bar;
      return {
        ...bar,
        open: times(open),
        high: times(high),
        low: times(low),
        close: times(close) ?? close,
      };
    }),
  "copied-day": copyDays,
  zero: (market, options) => changeBars(market, options, (bar) => ({ ...bar, volume: 0 })),
  provisional: cutLastBars,
};

/** Single bars, but not the first and the last of a symbol. */
function dropBars(market: readonly Editable[], options: CorruptOptions): readonly Place[] {
  const chosen = chooseBars(market, options, 1);
  for (const { series, bar } of chosen) {
    series.bars = series.bars.filter((other) => other !== bar);
  }
  return chosen.map(({ series, bar }) => placeOf(series, bar, options.interval.intraday));
}

/** An hour of a session, once a session. */
function dropMinutes(market: readonly Editable[], options: CorruptOptions): readonly Place[] {
  return chooseSessions(market, options).flatMap(({ series, day, bars }) => {
    const session = sessionOf(options.calendar, dateOfDay(day));
    if (session === null) return [];
    const hours = Math.floor((session.closeMs - session.openMs) / hourMs) - 1;
    const fromMs = session.openMs + randomInt(options.random, hours) * hourMs;
    const lost = bars.filter((bar) => bar.startMs >= fromMs && bar.startMs < fromMs + hourMs);
    if (lost.length === 0 || lost.length === bars.length) return [];
    series.bars = series.bars.filter((bar) => !lost.includes(bar));
    return [{ exchange: series.exchange, symbol: series.symbol, day, startMs: fromMs }];
  });
}

/** A bar's content once more at the next time, whether there was a bar or not. */
function doubleBars(market: readonly Editable[], options: CorruptOptions): readonly Place[] {
  const chosen = chooseBars(market, options, 1);
  const moved = chosen.flatMap(({ series, bar }) => {
    const startMs = nextStart(bar, options);
    if (
      startMs === null ||
      chosen.some((other) => other.series === series && other.bar.startMs === startMs)
    ) {
      return [];
    }
    return [{ series, bar: { ...bar, startMs } }];
  });
  for (const { series, bar } of moved) replaceBar(series, bar);
  return moved.map(({ series, bar }) => placeOf(series, bar, true));
}

/** All bars of a symbol's session an hour early or late. */
function shiftSessions(market: readonly Editable[], options: CorruptOptions): readonly Place[] {
  return chooseSessions(market, options).map(({ series, day, bars }) => {
    const byMs = options.random.next() < 0.5 ? hourMs : -hourMs;
    const own = new Set(bars);
    series.bars = series.bars.map((bar) =>
      own.has(bar) ? { ...bar, startMs: bar.startMs + byMs } : bar,
    );
    return { exchange: series.exchange, symbol: series.symbol, day, startMs: null };
  });
}

/** The whole market's bars of a day, or a symbol's of a session, in the place of a later one. */
function copyDays(market: readonly Editable[], options: CorruptOptions): readonly Place[] {
  if (options.interval.intraday) {
    return chooseSessions(market, options).flatMap(({ series, day, bars }) => {
      const to = laterSession(day, options);
      return to === null ? [] : copySession(series, bars, { from: day, to });
    });
  }
  const days = [
    ...new Set(market.flatMap(({ bars }) => bars.map((bar) => cairoDayOf(bar.startMs)))),
  ].toSorted((left, right) => left - right);
  return shuffled(days.slice(-1000, -10), options.random)
    .slice(0, options.count)
    .flatMap((day) => {
      const to = laterSession(day, options);
      return to === null ? [] : market.flatMap((series) => copyDay(series, day, to));
    });
}

function copyDay(series: Editable, day: number, to: number): readonly Place[] {
  const bar = series.bars.find((other) => cairoDayOf(other.startMs) === day);
  if (bar === undefined) return [];
  const copy = { ...bar, startMs: startMsOn(to, bar.startMs) };
  replaceBar(series, copy);
  return [placeOf(series, copy, true)];
}

function copySession(
  series: Editable,
  bars: readonly SilverBar[],
  days: { readonly from: number; readonly to: number },
): readonly Place[] {
  const copies = bars.map((bar) => ({ ...bar, startMs: startMsOn(days.to, bar.startMs) }));
  series.bars = series.bars.filter((bar) => cairoDayOf(bar.startMs) !== days.to);
  series.bars.push(...copies);
  return [{ exchange: series.exchange, symbol: series.symbol, day: days.to, startMs: null }];
}

/** The last bars of symbols as they were in the middle of their time. */
function cutLastBars(market: readonly Editable[], options: CorruptOptions): readonly Place[] {
  return shuffled(market, options.random)
    .slice(0, options.count)
    .flatMap((series) => {
      const bar = series.bars.at(-1);
      if (bar === undefined) return [];
      const { volume } = bar;
      const known = options.random.next() < 0.5;
      series.bars[series.bars.length - 1] = {
        ...bar,
        volume: volume === null ? null : Math.round(volume / 2),
        final: !known,
        ingestedMs: known ? bar.ingestedMs : bar.startMs + 20_000,
      };
      return [placeOf(series, bar, true)];
    });
}

function changeBars(
  market: readonly Editable[],
  options: CorruptOptions,
  change: (bar: SilverBar) => SilverBar,
): readonly Place[] {
  const chosen = chooseBars(market, options, 0);
  for (const { series, bar } of chosen) replaceBar(series, change(bar));
  return chosen.map(({ series, bar }) => placeOf(series, bar, true));
}

const hourMs = 3_600_000;

/** Random bars, all different ones; `edge` bars at either end of a symbol are left alone. */
function chooseBars(
  market: readonly Editable[],
  { random, count }: CorruptOptions,
  edge: number,
): readonly { readonly series: Editable; readonly bar: SilverBar }[] {
  const inner = market.filter(({ bars }) => bars.length > 2 * edge);
  const total = inner.reduce((sum, { bars }) => sum + bars.length - 2 * edge, 0);
  const numbers = new Set<number>();
  while (numbers.size < Math.min(count, total)) numbers.add(randomInt(random, total));
  const chosen: { series: Editable; bar: SilverBar }[] = [];
  let before = 0;
  const sorted = [...numbers].toSorted((left, right) => left - right);
  for (const series of inner) {
    const size = series.bars.length - 2 * edge;
    for (const number of sorted.filter((at) => at >= before && at < before + size)) {
      const bar = series.bars[number - before + edge];
      if (bar !== undefined) chosen.push({ series, bar });
    }
    before += size;
  }
  return chosen;
}

interface ChosenSession {
  readonly series: Editable;
  readonly day: number;
  readonly bars: readonly SilverBar[];
}

/** Random sessions of symbols, no two of them next to each other. */
function chooseSessions(
  market: readonly Editable[],
  { random, count }: CorruptOptions,
): readonly ChosenSession[] {
  const all = market.flatMap((series) =>
    [...Map.groupBy(series.bars, (bar) => cairoDayOf(bar.startMs))]
      .map(([day, bars]) => ({ series, day, bars }))
      .filter((_, at) => at % 7 === 3),
  );
  return shuffled(all, random).slice(0, count);
}

function nextStart(bar: SilverBar, { interval, calendar }: CorruptOptions): number | null {
  const day = cairoDayOf(bar.startMs);
  if (interval.minutes === null) {
    const next = unitsBetween(calendar, interval, { from: day + 1, to: day + 20 })[0];
    return next === undefined ? null : startMsOn(next.day, bar.startMs);
  }
  const startMs = bar.startMs + interval.minutes * 60_000;
  const session = sessionOf(calendar, dateOfDay(day));
  return session === null || startMs >= session.closeMs ? null : startMs;
}

/** A session one to five sessions after a day. */
function laterSession(day: number, { interval, calendar, random }: CorruptOptions): number | null {
  const next = unitsBetween(calendar, interval, { from: day + 1, to: day + 30 });
  return next[randomInt(random, 5)]?.day ?? null;
}

/** The same time of day in Cairo on another day. */
function startMsOn(day: number, startMs: number): number {
  const time = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO("Africa/Cairo");
  return dateOfDay(day).toZonedDateTime({
    timeZone: "Africa/Cairo",
    plainTime: time.toPlainTime(),
  }).epochMilliseconds;
}

function replaceBar(series: Editable, bar: SilverBar): void {
  const at = series.bars.findIndex((other) => other.startMs === bar.startMs);
  if (at === -1) series.bars.push(bar);
  else series.bars[at] = bar;
}

function placeOf(series: Editable, bar: SilverBar, single: boolean): Place {
  const { exchange, symbol } = series;
  const startMs = single ? bar.startMs : null;
  return { exchange, symbol, day: cairoDayOf(bar.startMs), startMs };
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const copy = [...items];
  for (let at = copy.length - 1; at > 0; at -= 1) {
    const other = randomInt(random, at + 1);
    const [left, right] = [copy[at], copy[other]];
    if (left !== undefined && right !== undefined) [copy[at], copy[other]] = [right, left];
  }
  return copy;
}
