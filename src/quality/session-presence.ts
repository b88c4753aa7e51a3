import { byDay } from "./bar-checks.ts";
import { type Expectation, judgePresence } from "./presence.ts";
import type { SilverBar, SilverSeries } from "./silver-bar.ts";
import type { Unit } from "./units.ts";

/** Instants [fromMs, toMs) in which bars are missing. */
export interface Hole {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is made of a session's intraday bars. */
export interface SessionVerdict extends Expectation {
  readonly unit: Unit;
  /** Bars at the times at which a liquid symbol has one, and how many such times there are. */
  readonly stored: number;
  readonly slots: number;
  /** Runs of times without a bar that are no lack of trades. */
  readonly holes: readonly Hole[];
  /** Why there is no bar at all; null when there are some. */
  readonly absence: "missing" | "untraded" | null;
}

/** Sessions on either side that tell in which share of its minutes a symbol trades. */
const sessionsAround = 10;
/** Pauses that are less likely than this were no lack of trades. */
const improbable = 1e-6;
/** A pause is a hole only when it is this much longer than those of the sessions around. */
const unusual = 1.5;
/** A symbol lacks fewer bars of a session than this share, or it is thin. */
const regularLack = 0.06;

interface SessionFacts {
  readonly share: number;
  readonly runs: readonly Hole[];
  readonly longest: number;
}

/**
 * The parts of sessions in which no symbol of the market has a bar, judged as if the market were
 * one symbol: a fault of the feed or of the pipeline.
 */
export function marketSilences(
  times: readonly number[],
  expected: Omit<Parameters<typeof judgeSessions>[1], "holes" | "silences">,
): ReadonlyMap<number, readonly Hole[]> {
  const bars = times.map((startMs) => ({ ...anyBar, startMs }));
  const market = { exchange: "", symbol: "", bars };
  return new Map(
    judgeSessions(market, { ...expected, holes: new Set() }).map(({ unit, holes }) => [
      unit.day,
      holes,
    ]),
  );
}

const anyBar: SilverBar = {
  startMs: 0,
  open: null,
  high: null,
  low: null,
  close: 1,
  volume: null,
  final: true,
  ingestedMs: 0,
  suspect: 0,
  origin: null,
  object: "",
};

/** Judges the sessions of a symbol's life by its intraday bars. */
export function judgeSessions(
  series: SilverSeries,
  expected: {
    readonly units: readonly Unit[];
    readonly slotsOf: (day: number) => readonly number[];
    readonly lengthMs: number;
    /** Days on which much of the market has no bar at all. */
    readonly holes: ReadonlySet<number>;
    /** Parts of sessions in which no symbol has a bar, and some should. */
    readonly silences?: ReadonlyMap<number, readonly Hole[]>;
  },
): readonly SessionVerdict[] {
  const days = byDay(series.bars);
  const firsts = new Map(
    [...days].flatMap(([day, [bar]]) => (bar === undefined ? [] : [[day, bar]])),
  );
  const presence = judgePresence(expected.units, firsts, expected.holes);
  const facts = new Map<number, SessionFacts>();
  for (const { day } of expected.units) {
    const bars = days.get(day);
    if (bars !== undefined) facts.set(day, factsOf(bars, expected.slotsOf(day), expected.lengthMs));
  }
  return presence.map(({ unit, absence, share, basis }, at) => {
    const slots = expected.slotsOf(unit.day).length;
    const own = facts.get(unit.day);
    if (own === undefined) return { unit, stored: 0, slots, holes: [], absence, share, basis };
    const around = sessionsNear(expected.units, at).flatMap(({ day }) => facts.get(day) ?? []);
    const usual = median(around.map((session) => session.share)) ?? own.share;
    return {
      unit,
      stored: Math.round(own.share * slots),
      slots,
      holes: joined(
        holesOf(own, around, { usual, lengthMs: expected.lengthMs }),
        expected.silences?.get(unit.day) ?? [],
      ),
      absence: null,
      share: usual,
      basis: 1 - usual <= regularLack ? "regular" : "thin",
    };
  });
}

function factsOf(
  bars: readonly SilverBar[],
  slots: readonly number[],
  lengthMs: number,
): SessionFacts {
  const present = new Set(bars.map((bar) => bar.startMs));
  const runs: Hole[] = [];
  let stored = 0;
  for (const startMs of slots) {
    const last = runs.at(-1);
    if (present.has(startMs)) stored += 1;
    else if (last !== undefined && last.toMs === startMs) {
      runs[runs.length - 1] = { fromMs: last.fromMs, toMs: startMs + lengthMs };
    } else runs.push({ fromMs: startMs, toMs: startMs + lengthMs });
  }
  const lengths = runs.map((run) => (run.toMs - run.fromMs) / lengthMs);
  return {
    share: slots.length === 0 ? 1 : stored / slots.length,
    runs,
    longest: lengths.reduce((most, length) => Math.max(most, length), 0),
  };
}

/** The runs that neither chance nor the symbol's own pauses explain. */
function holesOf(
  own: SessionFacts,
  around: readonly SessionFacts[],
  facts: { readonly usual: number; readonly lengthMs: number },
): readonly Hole[] {
  const { usual, lengthMs } = facts;
  // The longest of all may be a hole itself.
  const pauses = around.map(({ longest }) => longest).toSorted((left, right) => right - left);
  const longest = pauses[1] ?? pauses[0] ?? 0;
  const lack = Math.max(1 - usual, 0.01);
  return own.runs.filter(({ fromMs, toMs }) => {
    const length = (toMs - fromMs) / lengthMs;
    return length > longest * unusual && lack ** length < improbable;
  });
}

/** Holes of the symbol, and those of the whole market that no hole of its own covers. */
function joined(own: readonly Hole[], silences: readonly Hole[]): readonly Hole[] {
  const others = silences.filter(
    (silence) => !own.some(({ fromMs, toMs }) => fromMs <= silence.fromMs && silence.toMs <= toMs),
  );
  return [...own, ...others].toSorted((left, right) => left.fromMs - right.fromMs);
}

function sessionsNear(units: readonly Unit[], at: number): readonly Unit[] {
  return [
    ...units.slice(Math.max(0, at - sessionsAround), at),
    ...units.slice(at + 1, at + 1 + sessionsAround),
  ];
}

function median(values: readonly number[]): number | null {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? null;
}
