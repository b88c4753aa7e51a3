import type { TestContext } from "node:test";
import { closeGap, gapDigest, openGap } from "../../src/ledger/gaps.ts";
import { startOfPeriod, type Bar } from "../../src/market/bar.ts";
import { dateText } from "../../src/market/cairo-time.ts";
import { egxCalendar, expectedBars } from "../../src/market/calendar.ts";
import { indexMembers, listingOf } from "../../src/market/universe.ts";
import { seededRandom, type Random } from "../../src/base/random.ts";
import { unitsBetween } from "../../src/quality/units.ts";
import { certifyAt } from "./certify-at.ts";
import { packedLake } from "./packed-lake.ts";
import { barOf, intervalOf, type TestLake } from "./silver-lake.ts";

/** The first and the last session of {@link troubledLake}. */
export const troubledDays = { first: "2024-10-01", last: "2025-11-24" } as const;

/** What is wrong with some of its symbols, by ticker; the others are whole. */
export const troubledSymbols = {
  /** Lacks three sessions in a row. */
  missing: "COMI",
  /** One session repeats the one before. */
  doubled: "EFIH",
  /** A price a hundred times too large. */
  scaled: "ETEL",
  /** Was received twice, with other prices. */
  revised: "SWDY",
  /** Its last bar never became final. */
  provisional: "FWRY",
  /** Has a bar in two of three sessions. */
  thin: "AMOC",
  /** Its first bar is of half a year later. */
  late: "TMGH",
  /** Lacks a session; a feed says that there was none. */
  waived: "HRHO",
} as const;

const daily = intervalOf("1d");
const minutes = intervalOf("1m");
const epochDay = (date: string): number => Date.parse(date) / 86_400_000;

/**
 * The members of the EGX30 for more than a year of daily bars, bars of one minute of some of them
 * for the last sessions, and known troubles; certified on the morning after. Fixed by its seed.
 */
export async function troubledLake(t: TestContext): Promise<TestLake> {
  const random = seededRandom(7);
  const days = unitsBetween(egxCalendar(), daily, {
    from: epochDay(troubledDays.first),
    to: epochDay(troubledDays.last),
  }).map(({ day }) => day);
  const symbols = [
    ...new Set([...(indexMembers("EGX30")?.symbols ?? []), ...Object.values(troubledSymbols)]),
  ].filter((symbol) => listingOf(symbol) !== undefined);
  const bars = symbols.flatMap((symbol) => seriesOf(symbol, days, random));
  const lake = await packedLake(t, [...bars, ...minuteBars(symbols.slice(0, 3), days, random)]);
  await writeGaps(lake, days);
  await certifyAt(lake, "2025-11-25T06:00:00Z");
  return lake;
}

/** A symbol's daily bars with its trouble. */
function seriesOf(symbol: string, days: readonly number[], random: Random): readonly Bar[] {
  let close = 10 + 60 * random.next();
  let before: Bar | null = null;
  const bars: Bar[] = [];
  for (const [at, day] of days.entries()) {
    const open = close;
    const next = rounded(close * (1 + (random.next() - 0.495) * 0.04));
    const skips = symbol === troubledSymbols.thin && random.next() > 0.66;
    const volume = Math.round(1e5 + 9e5 * random.next());
    // Without trades a price stays.
    close = skips ? close : next;
    if (skips || lacks(symbol, at, days.length)) continue;
    const bar = barAt({ symbol, day, open, close, volume });
    const troubled = troubledBar(bar, before, at, days.length);
    bars.push(troubled);
    if (symbol === troubledSymbols.revised && at % 40 === 20) {
      bars.push({ ...bar, close: rounded(close + 0.02), ingestedMs: bar.ingestedMs + 3_600_000 });
    }
    before = bar;
  }
  return bars;
}

interface BarFacts {
  readonly symbol: string;
  readonly day: number;
  readonly open: number;
  readonly close: number;
  readonly volume: number;
}

function barAt({ symbol, day, open, close, volume }: BarFacts): Bar {
  const startMs = startOfPeriod(daily, day);
  return barOf({
    symbol,
    startMs,
    open: rounded(open),
    high: rounded(Math.max(open, close) * 1.01),
    low: rounded(Math.min(open, close) * 0.99),
    close,
    volume,
    // Half an hour after the session's end.
    ingestedMs: startMs + 5 * 3_600_000,
    source: "csv:troubled.csv",
  });
}

function lacks(symbol: string, at: number, sessions: number): boolean {
  const back = sessions - 1 - at;
  if (symbol === troubledSymbols.missing) return back >= 6 && back <= 8;
  if (symbol === troubledSymbols.waived) return back === 12;
  return symbol === troubledSymbols.late && at < 120;
}

function troubledBar(bar: Bar, before: Bar | null, at: number, sessions: number): Bar {
  const back = sessions - 1 - at;
  const { symbol } = bar;
  if (symbol === troubledSymbols.doubled && back === 10 && before !== null) {
    const { open, high, low, close, volume } = before;
    return { ...bar, open, high, low, close, volume };
  }
  if (symbol === troubledSymbols.scaled && back === 15) {
    const high = (bar.high ?? bar.close) * 100;
    return { ...bar, high, close: rounded(bar.close * 100) };
  }
  if (symbol === troubledSymbols.provisional && back === 3) return { ...bar, final: false };
  return bar;
}

/** The last twelve sessions by the minute; of the first symbol 90 bars of the last one are missing. */
function minuteBars(
  symbols: readonly string[],
  days: readonly number[],
  random: Random,
): readonly Bar[] {
  const starts = days
    .slice(-12)
    .flatMap((day) => expectedBars(egxCalendar(), minutes, Temporal.PlainDate.from(dateText(day))));
  const hole = new Set(starts.slice(-160, -70));
  return symbols.flatMap((symbol, place) => {
    let close = 20 + 10 * place;
    return starts.flatMap((startMs) => {
      close = rounded(close * (1 + (random.next() - 0.5) * 0.002));
      const volume = Math.round(100 + 5_000 * random.next());
      if (place === 0 && hole.has(startMs)) return [];
      return barOf({
        symbol,
        interval: minutes,
        startMs,
        open: close,
        high: rounded(close + 0.02),
        low: rounded(close - 0.02),
        close,
        volume,
        ingestedMs: startMs + 60_000 + 900_000,
        source: "csv:troubled.csv",
      });
    });
  });
}

/** One hole is open, another was closed since a feed has no bar there either. */
async function writeGaps({ lake }: TestLake, days: readonly number[]): Promise<void> {
  const dateBack = (back: number): string => dateText(days.at(-1 - back) ?? 0);
  const facts = { exchange: "EGX", interval: daily.name, time: 1 } as const;
  const opened = "2025-11-23T06:00:00.000Z";
  const hole = { format: 1, kind: "gap", opened, ...facts } as const;
  const made = { ...hole, defects: ["missing"] };
  const { missing, waived } = troubledSymbols;
  await openGap(lake, { ...made, symbol: missing, from: dateBack(8), to: dateBack(6) });
  const ended = { ...made, symbol: waived, from: dateBack(12), to: dateBack(12) };
  await openGap(lake, ended);
  await closeGap(lake, {
    format: 1,
    kind: "gap-closed",
    gap: gapDigest(ended),
    outcome: "waived",
    healed: [],
    waived: [[dateBack(12), "absent"]],
    unhealable: [],
    source: "tradingview",
    closed: "2025-11-24T06:00:00.000Z",
  });
}

function rounded(price: number): number {
  return Math.round(price * 100) / 100;
}
