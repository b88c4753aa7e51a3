import type { Bar } from "./bar.ts";
import { sessionOf, dayOf, type Calendar } from "./calendar.ts";
import { cairoDateOf, cairoDayOf } from "./cairo-time.ts";
import { limitsOn, type Market } from "./limits.ts";

/** Prices from here up move by {@link coarseTick}, smaller ones by {@link fineTick}. */
const coarseFrom = 2;
const coarseTick = 0.01;
const fineTick = 0.001;
/**
 * Which shares move by the fine tick is a list that the exchange reviews once a week: a share that
 * has just risen above 2.00 keeps it for some days, in which it gets no further than this.
 */
const fineUntil = 5;
/** Far below any tick: takes the rounding of binary fractions out of floor and ceil. */
const epsilon = 1e-6;

export interface PriceLimits {
  readonly low: number;
  readonly high: number;
}

/** A rule that a stored bar breaks; silver marks it, nothing is dropped. */
export type SuspectRule =
  | "open-outside-range"
  | "close-outside-range"
  /** A price between two ticks; of unadjusted bars alone, since adjusting leaves the ticks. */
  | "off-tick"
  /** An intraday bar that does not begin on a multiple of its length. */
  | "misaligned"
  /** A bar of a day on which the exchange is known to have been closed. */
  | "closed-day"
  /** An intraday bar that begins before continuous trading or after the close. */
  | "outside-session"
  /** A price further from the previous close than the exchange allows. */
  | "beyond-price-limit";

/** What is known beside the bar; a rule that would need what is absent is not applied. */
export interface RuleContext {
  /** Says on which days and in which hours the exchange traded. */
  readonly calendar?: Calendar;
  /** The close of the session before, of the same symbol, source and adjustment. */
  readonly previousClose?: number;
  /** Default `main`. */
  readonly market?: Market;
}

/** An adjusted price and its previous close were rounded after they were adjusted. */
const adjustedTolerance = 0.005;
const msPerMinute = 60_000;
/** Values of an index are averages, which know no tick. */
const indexPattern = /^EGX[_\d]/;

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
 * The lowest and highest price that a session allows: `share` either way from the previous close,
 * on ticks that do not exceed it. The default is that of the main market since 5 September 2021;
 * see {@link limitsOn} for others.
 */
export function priceLimits(previousClose: number, share = 0.2): PriceLimits {
  const low = onTick(previousClose * (1 - share), (ticks) => Math.ceil(ticks - epsilon));
  const high = onTick(previousClose * (1 + share), (ticks) => Math.floor(ticks + epsilon));
  return { low: Math.max(fineTick, low), high: Math.max(fineTick, high) };
}

/** The names of the rules that a bar breaks, in the order of the type; mostly none. */
export function suspectRules(bar: Bar, context: RuleContext = {}): readonly SuspectRule[] {
  const rules: SuspectRule[] = [];
  if (bar.open !== null && isOutside(bar, bar.open)) rules.push("open-outside-range");
  if (isOutside(bar, bar.close)) rules.push("close-outside-range");
  if (isOffTick(bar)) rules.push("off-tick");
  if (isMisaligned(bar)) rules.push("misaligned");
  const { calendar, previousClose, market = "main" } = context;
  const time = calendar === undefined ? null : brokenTime(bar, calendar);
  if (time !== null) rules.push(time);
  if (previousClose !== undefined && isBeyondLimit(bar, previousClose, market)) {
    rules.push("beyond-price-limit");
  }
  return rules;
}

function isOffTick(bar: Bar): boolean {
  if (bar.adjusted !== "none" || indexPattern.test(bar.symbol)) return false;
  if (bar.currency !== "EGP" && bar.currency !== "USD") return false;
  return [bar.open, bar.high, bar.low, bar.close].some((price) => {
    if (price === null) return false;
    const ticks = price / (price < fineUntil ? fineTick : coarseTick);
    return Math.abs(ticks - Math.round(ticks)) > ticks * 1e-9 + epsilon;
  });
}

function isMisaligned({ interval, startMs }: Bar): boolean {
  // Cairo's offsets are whole hours, so its clock and UTC's agree on these multiples.
  return interval.minutes !== null && startMs % (interval.minutes * msPerMinute) !== 0;
}

/** What is known for sure of a day's trading. */
interface KnownDay {
  readonly closed: boolean;
  /** Of a session in known hours: instants [firstMs, endMs) in which trades can happen. */
  readonly session: { readonly firstMs: number; readonly endMs: number } | null;
}

/** Bars come by the thousand for one day; a calendar never changes. */
const knownDays = new WeakMap<Calendar, Map<number, KnownDay>>();

function brokenTime(bar: Bar, calendar: Calendar): "closed-day" | "outside-session" | null {
  const { interval, startMs } = bar;
  // Of a week or a month it says nothing that one day of it was closed.
  if (interval.code === "1w" || interval.code === "1mo") return null;
  const { closed, session } = knownDay(calendar, startMs);
  if (closed) return "closed-day";
  if (interval.minutes === null || session === null) return null;
  const endMs = startMs + interval.minutes * msPerMinute;
  return startMs >= session.endMs || endMs <= session.firstMs ? "outside-session" : null;
}

function knownDay(calendar: Calendar, epochMs: number): KnownDay {
  const days = knownDays.get(calendar) ?? new Map<number, KnownDay>();
  knownDays.set(calendar, days);
  const number = cairoDayOf(epochMs);
  const remembered = days.get(number);
  if (remembered !== undefined) return remembered;
  const date = Temporal.PlainDate.from(cairoDateOf(epochMs));
  const day = dayOf(calendar, date);
  const session = sessionOf(calendar, date);
  const sure = day.certainty === "known" && (day.hours?.certainty ?? "known") === "known";
  const known: KnownDay = {
    closed: !day.open && day.certainty === "known",
    session: session === null || !sure ? null : { firstMs: session.openMs, endMs: session.closeMs },
  };
  days.set(number, known);
  return known;
}

function isBeyondLimit(bar: Bar, previousClose: number, market: Market): boolean {
  // In a week or a month there are many previous closes.
  if (bar.interval.code === "1w" || bar.interval.code === "1mo") return false;
  if (indexPattern.test(bar.symbol)) return false;
  const share = limitsOn(cairoDateOf(bar.startMs)).priceShare[market];
  const exact = bar.adjusted === "none";
  const limits = exact
    ? priceLimits(previousClose, share)
    : {
        low: previousClose * (1 - share - adjustedTolerance),
        high: previousClose * (1 + share + adjustedTolerance),
      };
  return [bar.open, bar.high, bar.low, bar.close].some(
    (price) => price !== null && (price < limits.low - epsilon || price > limits.high + epsilon),
  );
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
