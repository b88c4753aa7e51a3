import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Feed, FeedRequest } from "../feeds/feed.ts";
import type { LakeKind } from "../ledger/lake-kind.ts";
import { isTradingDay, nextSession, previousSession, type Calendar } from "../market/calendar.ts";
import { cairoDateOf } from "../market/cairo-time.ts";
import { parseInterval, type Interval } from "../market/interval.ts";
import type { ProducerMode } from "../producer/options.ts";
import type { EventSink } from "../telemetry/events.ts";
import { readCalendar } from "./calendar-source.ts";
import type { Config } from "./config/settings.ts";
import {
  openEodhdFeed,
  openRecordedFeed,
  openSimulatorFeed,
  openTradingviewFeed,
  openYahooFeed,
  type SimulatorAsked,
} from "./wiring.ts";

export type FeedConfig = Pick<
  Config,
  | "feed"
  | "file"
  | "symbols"
  | "interval"
  | "from"
  | "to"
  | "speed"
  | "seed"
  | "calendar"
  | "tradingviewUrl"
  | "tradingviewToken"
> &
  Partial<
    Pick<
      Config,
      "barsMax" | "data" | "adjusted" | "yahooUrl" | "eodhdUrl" | "eodhdToken" | "historySessions"
    >
  >;

/** What is asked of which feed. */
export interface FeedPlan {
  readonly feed: Feed;
  readonly request: FeedRequest;
  /** Whether its bars are the exchange's or made up. */
  readonly kind: LakeKind;
  /** What of a simulation's past is loaded while it is followed, in this order. */
  readonly past?: readonly FeedRequest[];
  /** The market time of a simulation that is followed; others go with the clock. */
  readonly simulation?: Simulation;
}

/** A simulation that is followed has a time of its own; instants are epoch milliseconds. */
export interface Simulation {
  /** The market time that it has come to, or begins at. */
  marketMs(): number;
  /** What lies before this market time is played as fast as possible, when it is followed next. */
  goOnFrom(marketMs: number): void;
}

export type FeedName = NonNullable<Config["feed"]>;

/** Market seconds a second when a simulation is followed and no speed was asked for. */
export const simulatorSpeed = 10;
/** A simulation that has a past is in the midst of a session when it is first seen. */
const begunMinutes = 60;
/** Sessions of its past of which there are bars shorter than a day. */
const shortSessions = 2;
/** Of a simulation that nobody gives another one. */
export const seedDefault = "1";
/** Bars of each symbol that are read from the live feed when nobody says which. */
export const newestBarsDefault = 10;
/** Who names no feed waits this long for the live one. */
const reachMsMax = 5000;

/**
 * The feed that was asked for by name, or by giving a file; null when none was.
 * @throws E_USAGE when name and file do not go together.
 */
export function namedFeed({ feed, file }: Pick<Config, "feed" | "file">): FeedName | null {
  if (file === undefined) {
    if (feed !== "recorded") return feed ?? null;
    throw new EgxError("E_USAGE", "--feed recorded needs a file", {
      hint: "Give it with --file bars.csv (or bars.csv.gz).",
    });
  }
  if (feed === undefined || feed === "recorded") return "recorded";
  throw new EgxError("E_USAGE", `--file is for --feed recorded, not for ${feed}`);
}

/** How a feed is gone through. */
export interface Pass {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the feed is followed as bars form, or read once from start to end. */
  readonly live: boolean;
  /** A simulation that is followed ends with its first session. */
  readonly once: boolean;
  /** The newest bars that are read once from the live feed, when neither dates nor a number are given. */
  readonly newestBars?: number;
  /** Told of requests that are tried again. */
  readonly events?: EventSink;
}

/** Makes the feed and its request, for one pass of the past or for following it. */
export async function planFeed(name: FeedName, config: FeedConfig, pass: Pass): Promise<FeedPlan> {
  checkDates(config);
  if (name === "yahoo" || name === "eodhd") return planService(name, config, pass);
  if (config.adjusted !== undefined) {
    throw new EgxError("E_USAGE", "--adjusted is for --feed yahoo and eodhd: others give one kind");
  }
  if (name === "tradingview") return planTradingview(config, pass);
  return name === "recorded" ? planRecorded(config, pass) : planSimulator(config, pass);
}

async function planService(
  name: "yahoo" | "eodhd",
  config: FeedConfig,
  pass: Pass,
): Promise<FeedPlan> {
  checkUnpaced(config);
  const { clock, random, events } = pass;
  const { adjusted, data, yahooUrl, eodhdUrl, eodhdToken: token } = config;
  const asked = { adjusted, clock, random, events };
  const feed =
    name === "yahoo"
      ? await openYahooFeed({ ...asked, url: yahooUrl, data })
      : await openEodhdFeed({ ...asked, url: eodhdUrl, token });
  return { feed, kind: "real", request: newestRequest(config, pass) };
}

async function planRecorded(config: FeedConfig, { clock }: Pass): Promise<FeedPlan> {
  const { feed, interval } = await openRecordedFeed({
    path: config.file ?? "",
    interval: config.interval,
    speed: config.speed ?? Infinity,
    clock,
    calendar: await readCalendar(config.calendar),
  });
  return { feed, kind: "real", request: requestOf(config, interval) };
}

async function planSimulator(config: FeedConfig, pass: Pass): Promise<FeedPlan> {
  const { clock, live, once } = pass;
  const { from, to, barsMax } = config;
  const calendar = await readCalendar(config.calendar);
  const today = Temporal.PlainDate.from(cairoDateOf(clock.nowMs()));
  if (live && !once) return followSimulator(config, clock, { calendar, today });
  const sessions = once ? 1 : undefined;
  const asked = { clock, calendar, startDate: from, startMinute: 0, sessions };
  const { feed, interval } = await openSimulator(config, pass, asked);
  const request = requestOf(config, interval);
  // All of the made-up past would be years of it; who names no dates wants one session.
  if (live || from !== undefined || to !== undefined || barsMax !== undefined) {
    return { feed, kind: "simulated", request };
  }
  const { date } = previousSession(calendar, today);
  return { feed, kind: "simulated", request: { ...request, from: date, to: date } };
}

/** A simulation that goes on for ever, and its past. */
async function followSimulator(
  config: FeedConfig,
  clock: Clock,
  { calendar, today }: { readonly calendar: Calendar; readonly today: Temporal.PlainDate },
): Promise<FeedPlan> {
  const { from = today, historySessions = 0 } = config;
  const startMinute = historySessions > 0 ? begunMinutes : 0;
  const asked = { clock, calendar, startDate: from, startMinute, sessions: undefined };
  const { feed, interval } = await openSimulator(config, { live: true }, asked);
  const request = requestOf(config, interval);
  const first = isTradingDay(calendar, from) ? from : nextSession(calendar, from).date;
  const past = historySessions > 0 ? pastOf(request, { calendar, first, historySessions }) : [];
  return { feed, kind: "simulated", request, past, simulation: feed };
}

function openSimulator(
  { seed = seedDefault, interval, speed }: FeedConfig,
  { live }: Pick<Pass, "live">,
  asked: Pick<SimulatorAsked, "clock" | "calendar" | "startDate" | "startMinute" | "sessions">,
): ReturnType<typeof openSimulatorFeed> {
  return openSimulatorFeed({
    ...asked,
    seed,
    interval,
    speed: speed ?? (live ? simulatorSpeed : Infinity),
  });
}

interface Past {
  readonly calendar: Calendar;
  /** The session that is followed first. */
  readonly first: Temporal.PlainDate;
  readonly historySessions: number;
}

/**
 * The past of a simulation up to where it is followed: the bars that are followed of some sessions
 * and of what has gone by of the first one, then daily bars.
 */
function pastOf(
  { symbols, interval }: FeedRequest,
  { calendar, first, historySessions }: Past,
): readonly FeedRequest[] {
  const back = (sessions: number): Temporal.PlainDate => {
    let date = first;
    for (let left = sessions; left > 0; left -= 1) date = previousSession(calendar, date).date;
    return date;
  };
  const short = { symbols, interval, from: back(Math.min(historySessions, shortSessions)) };
  const daily = { symbols, interval: parseInterval("1d"), from: back(historySessions) };
  return [...(interval.intraday ? [{ ...short, to: first }] : []), { ...daily, to: back(1) }];
}

async function planTradingview(config: FeedConfig, pass: Pass): Promise<FeedPlan> {
  checkUnpaced(config);
  const feed = await openTradingview(config, pass);
  return { feed, kind: "real", request: newestRequest(config, pass) };
}

/**
 * The live feed, when it answers within some seconds; else why it does not.
 * @throws E_FEED_TOKEN and what else waiting does not mend.
 */
export async function reachTradingview(
  config: FeedConfig,
  pass: Pass,
  signal: AbortSignal,
): Promise<FeedPlan | EgxError> {
  checkDates(config);
  const feed = await openTradingview(config, pass);
  try {
    await feed.connect(AbortSignal.any([signal, AbortSignal.timeout(reachMsMax)]));
    return { feed, kind: "real", request: newestRequest(config, pass) };
  } catch (error) {
    await feed.close();
    signal.throwIfAborted();
    if (!(error instanceof EgxError)) {
      return new EgxError("E_FEED_TIMEOUT", `no answer within ${reachMsMax / 1000} s`);
    }
    return error;
  }
}

function openTradingview(
  { tradingviewUrl: url, tradingviewToken: token, data }: FeedConfig,
  { clock, random }: Pass,
): ReturnType<typeof openTradingviewFeed> {
  return openTradingviewFeed({ url, token, clock, random, data });
}

function newestRequest(config: FeedConfig, { live, newestBars }: Pass): FeedRequest {
  const request = requestOf(config, config.interval ?? parseInterval(live ? "1m" : "1d"));
  const { from, to, barsMax } = request;
  const named = from !== undefined || to !== undefined || barsMax !== undefined;
  return live || named || newestBars === undefined ? request : { ...request, barsMax: newestBars };
}

function requestOf(config: FeedConfig, interval: Interval): FeedRequest {
  const { symbols, from, to, barsMax } = config;
  return {
    symbols,
    interval,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(barsMax === undefined ? {} : { barsMax }),
  };
}

/** How the producer goes through a plan's feed. */
export function producerMode(live: boolean, pollMs: number | undefined): ProducerMode {
  if (live) return "live";
  return pollMs === undefined ? "history" : { pollIntervalMs: pollMs };
}

function checkUnpaced({ speed, seed }: FeedConfig): void {
  if (speed === undefined && seed === undefined) return;
  throw new EgxError("E_USAGE", "--speed and --seed are for replays and simulations");
}

function checkDates({ from, to }: FeedConfig): void {
  if (from === undefined || to === undefined) return;
  if (Temporal.PlainDate.compare(from, to) <= 0) return;
  throw new EgxError("E_USAGE", `--from ${from.toString()} lies after --to ${to.toString()}`);
}
