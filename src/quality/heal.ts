import { z } from "../base/schema.ts";
import {
  closeGap,
  type GapClosing,
  gapDigest,
  type KeptGap,
  listGaps,
  openGap,
  readGap,
} from "../ledger/gaps.ts";
import { backfill, type BackfillOptions } from "../loads/backfill.ts";
import { dateText } from "../market/cairo-time.ts";
import { buildSilver } from "../silver/build.ts";
import { openQuery } from "../silver/query.ts";
import { certify, type CertifyOptions } from "./certify.ts";
import { conditionOf, type CoverageAsked } from "./coverage.ts";
import { HealingFeed, type HistoryFeed } from "./healing-feed.ts";
import { Judge, type UnitStates, type Verdict } from "./heal-verdict.ts";
import { type HealPlan, planHealing, runsOf, type SickRun, type SickUnit } from "./heal-plan.ts";
import { dayOfText, rowsOf } from "./silver-market.ts";
import { dateOfDay, unitsBetween } from "./units.ts";

export interface HealOptions extends Omit<CertifyOptions, "intervals"> {
  readonly feed: HistoryFeed;
  /** Whether the feed's bars are the exchange's or made up. */
  readonly kind: BackfillOptions["kind"];
  /** The name of this process in what it writes, for people. */
  readonly writer: string;
  readonly asked: CoverageAsked;
  /** Told how many symbols have been asked for. */
  readonly onProgress?: (done: number, total: number | null) => void;
}

/** A unit that could not be mended. */
export interface Unhealed {
  readonly exchange: string;
  readonly symbol: string;
  /** Cairo date. */
  readonly date: string;
  readonly reason: string;
}

export interface HealSummary {
  /** Holes that were written down and asked about. */
  readonly gaps: number;
  /** Units whose bars are there now; those that need none, by the feed's word. */
  readonly healed: number;
  readonly waived: number;
  readonly unhealed: readonly Unhealed[];
  /** Units of the newest sessions that were caught up. */
  readonly caughtUp: number;
  /** Bars that were loaded. */
  readonly bars: number;
}

/** What is healed changes what is to be expected, and so shows new holes; but not for ever. */
const roundsMax = 5;

/** A summary of one round, with the names of its holes: the next one may ask about them again. */
type Round = Omit<HealSummary, "gaps"> & { readonly gaps: readonly string[] };

const nothing: Round = {
  gaps: [],
  healed: 0,
  waived: 0,
  unhealed: [],
  caughtUp: 0,
  bars: 0,
};

/**
 * Mends what certificates call missing or degraded: each hole is written down, the feed is asked
 * for it, its answer is held against what is stored around, what heals is loaded, silver is built
 * and certified again, and the hole is closed with what became of it. Whatever is interrupted goes
 * on the next time.
 * @throws what feeds, loads and builds throw.
 */
export async function heal(options: HealOptions): Promise<HealSummary> {
  await closeLeftovers(options);
  const gaps = new Set<string>();
  let sum: HealSummary = { ...nothing, gaps: 0 };
  for (let round = 1; round <= roundsMax; round += 1) {
    const found = await healOnce(options, round === 1);
    for (const name of found.gaps) gaps.add(name);
    sum = {
      gaps: gaps.size,
      healed: sum.healed + found.healed,
      waived: sum.waived + found.waived,
      unhealed: found.unhealed,
      caughtUp: sum.caughtUp + found.caughtUp,
      bars: sum.bars + found.bars,
    };
    if (found.healed + found.waived + found.caughtUp === 0) break;
  }
  return sum;
}

/** @param all asks for thin symbols and the newest sessions, too, not for holes alone. */
async function healOnce(options: HealOptions, all: boolean): Promise<Round> {
  const { lake, scratchFolder, clock, calendar, asked, feed } = options;
  await certify({ ...options, intervals: [asked.interval] });
  const { source, adjusted } = feed;
  const plan = await withQuery(options, (query) =>
    planHealing({ query, calendar, asked, source, adjusted, nowMs: clock.nowMs(), all }),
  );
  if (plan.units.length === 0) return nothing;
  const gaps = await openGaps(options, plan);
  const healing = new HealingFeed(feed, plan.wanted);
  const bars = await load(options, plan, healing);
  await buildSilver({
    lake,
    scratchFolder,
    calendar,
    clock,
    random: options.random,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.events === undefined ? {} : { events: options.events }),
  });
  await certify({ ...options, intervals: [asked.interval] });
  const after = await readStates(options);
  const judge = new Judge(plan, healing, after);
  const outcome = await closeGaps(options, gaps, judge);
  if (outcome.waived > 0) await certify({ ...options, intervals: [asked.interval] });
  const caughtUp = plan.units.filter(
    (unit) => unit.kind === "behind" && judge.isStored(unit),
  ).length;
  return { ...outcome, caughtUp, bars };
}

async function withQuery<T>(
  { lake, scratchFolder, clock }: HealOptions,
  work: (query: Awaited<ReturnType<typeof openQuery>>) => Promise<T>,
): Promise<T> {
  await using query = await openQuery({ lake, scratchFolder, clock });
  return await work(query);
}

/** Loads what the feed has; gives the number of bars. */
async function load(options: HealOptions, plan: HealPlan, feed: HealingFeed): Promise<number> {
  const { lake, scratchFolder, calendar, clock, random, writer, kind, asked } = options;
  let bars = 0;
  for (const { symbols, from, to } of plan.requests) {
    const summary = await backfill({
      feed,
      kind,
      request: {
        symbols,
        interval: asked.interval,
        ...(from === null ? {} : { from: dateOfDay(from) }),
        to: dateOfDay(to),
      },
      resume: false,
      // Of another source all bars are taken, so that its history stays one.
      mends: from !== null,
      calendar,
      lake,
      scratchFolder,
      writer,
      clock,
      random,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.events === undefined ? {} : { events: options.events }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    });
    bars += summary.added;
  }
  options.signal?.throwIfAborted();
  return bars;
}

/** A hole that has been written down. */
interface OpenedGap {
  readonly name: string;
  readonly run: SickRun;
}

/** Holes of thin symbols are no holes before the feed has said so: they are written down later. */
async function openGaps(options: HealOptions, plan: HealPlan): Promise<readonly OpenedGap[]> {
  const { calendar, asked } = options;
  const holes = plan.units.filter(({ kind }) => kind === "hole");
  const opened: OpenedGap[] = [];
  for (const run of runsOf(holes, calendar, asked.interval)) {
    opened.push({ name: await openRun(options, run), run });
  }
  return opened;
}

/**
 * Opens the hole's record, or goes on with one that was left open. A hole that this feed could not
 * mend before is not written down again, unless `anew`.
 */
async function openRun(options: HealOptions, run: SickRun, anew = false): Promise<string> {
  const { lake, clock, asked } = options;
  const { exchange, symbol, from, to, units } = run;
  const interval = asked.interval.name;
  for (let time = 1; ; time += 1) {
    const identity = { exchange, symbol, interval, from, to, time };
    const kept = await readGap(lake, gapDigest(identity));
    if (kept !== null) {
      const { closing } = kept;
      const known = closing?.outcome === "unhealable" && closing.source === options.feed.source;
      if (closing === null || (known && !anew)) return kept.digest;
      continue;
    }
    const defects = [...new Set(units.flatMap((unit) => unit.defects))].toSorted();
    const opened = new Date(clock.nowMs()).toISOString();
    return openGap(lake, { format: 1, kind: "gap", ...identity, defects, opened });
  }
}

const stateRow = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.number(),
  z.array(z.string()),
]);

async function readStates(options: HealOptions): Promise<UnitStates> {
  const rows = await withQuery(options, (query) =>
    rowsOf(
      query,
      "SELECT exchange, symbol, date, state, stored, defects FROM certificates " +
        `WHERE ${conditionOf(options.asked)}`,
      stateRow,
    ),
  );
  return new Map(
    rows.map(([exchange, symbol, date, state, stored, defects]) => [
      `${exchange}|${symbol}|${date}`,
      { state, stored, defects },
    ]),
  );
}

async function closeGaps(
  options: HealOptions,
  gaps: readonly OpenedGap[],
  judge: Judge,
): Promise<Omit<Round, "bars" | "caughtUp">> {
  const { calendar, asked } = options;
  const found: OpenedGap[] = [];
  for (const run of runsOf(judge.found(), calendar, asked.interval)) {
    found.push({ name: await openRun(options, run), run });
  }
  const unhealed: Unhealed[] = [];
  let healed = 0;
  let waived = 0;
  for (const gap of [...gaps, ...found]) {
    const verdicts = gap.run.units.map((unit) => ({ unit, verdict: judge.verdict(unit) }));
    for (const { unit, verdict } of verdicts) {
      if (verdict.outcome === "healed") healed += 1;
      else if (verdict.outcome === "waived") waived += 1;
      else {
        const { exchange, symbol, day } = unit;
        unhealed.push({ exchange, symbol, date: dateText(day), reason: verdict.reason });
      }
    }
    if (verdicts.every(({ verdict }) => verdict.outcome !== "open")) {
      await closeRun(options, gap, verdicts);
    }
  }
  return { gaps: [...gaps, ...found].map(({ name }) => name), healed, waived, unhealed };
}

/** Closes what a run left open that died between healing and writing it down. */
async function closeLeftovers(options: HealOptions): Promise<void> {
  const { lake, asked, feed, clock } = options;
  const open: KeptGap[] = [];
  for await (const kept of listGaps(lake)) {
    if (kept.closing === null && kept.gap.interval === asked.interval.name) open.push(kept);
  }
  if (open.length === 0) return;
  await certify({ ...options, intervals: [asked.interval] });
  const states = await readStates(options);
  for (const { digest, gap } of open) {
    const { exchange, symbol, from, to } = gap;
    const dates = unitsBetween(options.calendar, asked.interval, {
      from: dayOfText(from),
      to: dayOfText(to) + 31,
    })
      .map(({ day }) => dateText(day))
      .filter((date) => date >= from && date <= to);
    const whole = dates.every(
      (date) => states.get(`${exchange}|${symbol}|${date}`)?.state === "complete",
    );
    if (!whole || dates.length === 0) continue;
    await closeGap(lake, {
      format: 1,
      kind: "gap-closed",
      gap: digest,
      outcome: "healed",
      healed: dates,
      waived: [],
      unhealable: [],
      source: feed.source,
      closed: new Date(clock.nowMs()).toISOString(),
    });
  }
}

/** What could not be mended before, and now is, gets a record of its own. */
async function closeRun(
  options: HealOptions,
  gap: OpenedGap,
  verdicts: readonly { readonly unit: SickUnit; readonly verdict: Verdict }[],
): Promise<void> {
  const closing = closingOf(options, gap, verdicts);
  const closed = await closeGap(options.lake, closing);
  if (closed || closing.outcome === "unhealable") return;
  const name = await openRun(options, gap.run, true);
  await closeGap(options.lake, { ...closing, gap: name });
}

function closingOf(
  { feed, clock }: HealOptions,
  gap: OpenedGap,
  verdicts: readonly { readonly unit: SickUnit; readonly verdict: Verdict }[],
): GapClosing {
  const dated = (outcome: "waived" | "unhealable"): [string, string][] =>
    verdicts.flatMap(({ unit, verdict }) =>
      verdict.outcome === outcome ? [[dateText(unit.day), verdict.reason]] : [],
    );
  const healed = verdicts
    .filter(({ verdict }) => verdict.outcome === "healed")
    .map(({ unit }) => dateText(unit.day));
  const waived = dated("waived");
  const unhealable = dated("unhealable");
  const outcome = unhealable.length > 0 ? "unhealable" : waived.length > 0 ? "waived" : "healed";
  return {
    format: 1,
    kind: "gap-closed",
    gap: gap.name,
    outcome,
    healed,
    waived,
    unhealable,
    source: feed.source,
    closed: new Date(clock.nowMs()).toISOString(),
  };
}
