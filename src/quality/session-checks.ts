import { sessionOf, type Calendar } from "../market/calendar.ts";
import { byDay, Particular } from "./bar-checks.ts";
import { sameTrades, type SilverBar, type SilverSeries } from "./silver-bar.ts";
import { dateOfDay } from "./units.ts";

/** What a check says of a whole session of one symbol, or of one bar of it. */
export interface SessionDefect {
  readonly defect: "shifted" | "off-session" | "copied-day" | "doubled";
  readonly day: number;
  /** Null when the session is meant. */
  readonly bar: SilverBar | null;
  readonly note: string;
}

const hourMs = 3_600_000;
/** Sessions back in which a copied day is looked for. */
export const copiedFrom = 5;
/** Fewer bars that agree are no copied day. */
const copiedBarsMin = 8;
const copiedShare = 0.5;

interface Hours {
  readonly openMs: number;
  readonly closeMs: number;
}

/** Intraday bars that lie outside of their session, or on a day without one. */
export function* displacedBars(series: SilverSeries, calendar: Calendar): Generator<SessionDefect> {
  for (const [day, bars] of byDay(series.bars)) {
    const session = sessionOf(calendar, dateOfDay(day));
    const outside = session === null ? bars : bars.filter((bar) => !within(bar, session, 0));
    if (outside.length === 0) continue;
    const hours = session === null ? null : hoursOff(bars, session);
    if (hours !== null) {
      const note = `${bars.length} bars lie ${hours === 1 ? "an hour late" : "an hour early"}`;
      yield { defect: "shifted", day, bar: null, note };
      continue;
    }
    for (const bar of outside) {
      const note = session === null ? "the exchange was closed" : "outside the session's hours";
      yield { defect: "off-session", day, bar, note };
    }
  }
}

/** 1 when all bars are in the session once they are taken back an hour, -1 forth, else null. */
function hoursOff(bars: readonly SilverBar[], session: Hours): 1 | -1 | null {
  if (bars.every((bar) => within(bar, session, -hourMs))) return 1;
  return bars.every((bar) => within(bar, session, hourMs)) ? -1 : null;
}

function within(bar: SilverBar, session: Hours, movedMs: number): boolean {
  const atMs = bar.startMs + movedMs;
  return atMs >= session.openMs && atMs < session.closeMs;
}

/** Sessions that repeat one of the sessions before, bar for bar, and single bars that come twice. */
export function* repeatedBars(series: SilverSeries, lengthMs: number): Generator<SessionDefect> {
  const particular = new Particular(series);
  const recent: { readonly day: number; readonly bars: ReadonlyMap<number, SilverBar> }[] = [];
  for (const [day, bars] of byDay(series.bars)) {
    const own = byTimeOfDay(bars, day);
    const original = recent.find((earlier) => isCopy(own, earlier.bars, particular));
    if (original === undefined) yield* doubledBars(bars, { day, lengthMs, particular });
    else {
      const back = dateOfDay(original.day).toString();
      yield { defect: "copied-day", day, bar: null, note: `its bars are those of ${back}` };
    }
    recent.unshift({ day, bars: own });
    recent.length = Math.min(recent.length, copiedFrom);
  }
}

function* doubledBars(
  bars: readonly SilverBar[],
  facts: { readonly day: number; readonly lengthMs: number; readonly particular: Particular },
): Generator<SessionDefect> {
  for (const [at, bar] of bars.entries()) {
    const before = bars[at - 1];
    if (before === undefined || !sameTrades(before, bar)) continue;
    // Trades are copied to the next bar; what agrees across a pause is chance.
    if (bar.startMs - before.startMs > facts.lengthMs || !facts.particular.has(bar)) continue;
    yield { defect: "doubled", day: facts.day, bar, note: "the bar before, once more" };
  }
}

/** The bars by their time of day in Cairo's day, so that sessions can be laid over each other. */
function byTimeOfDay(bars: readonly SilverBar[], day: number): ReadonlyMap<number, SilverBar> {
  const noonMs = dateOfDay(day)
    .toZonedDateTime("Africa/Cairo")
    .add({ hours: 12 }).epochMilliseconds;
  return new Map(bars.map((bar) => [bar.startMs - noonMs, bar]));
}

function isCopy(
  own: ReadonlyMap<number, SilverBar>,
  earlier: ReadonlyMap<number, SilverBar>,
  particular: Particular,
): boolean {
  let alike = 0;
  for (const [at, bar] of own) {
    const other = earlier.get(at);
    if (other !== undefined && sameTrades(other, bar) && particular.has(bar)) alike += 1;
  }
  return alike >= copiedBarsMin && alike >= own.size * copiedShare;
}
