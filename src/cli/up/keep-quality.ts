import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Lake } from "../../lake/lake.ts";
import { cairoDateOf } from "../../market/cairo-time.ts";
import { type Calendar, previousSession } from "../../market/calendar.ts";
import type { Interval } from "../../market/interval.ts";
import { certify, type CertifySummary } from "../../quality/certify.ts";
import { heal, type HealSummary } from "../../quality/heal.ts";
import type { EventSink } from "../../telemetry/events.ts";
import type { FeedPlan } from "../feed-plan.ts";
import { processName, scratchFolder } from "../wiring.ts";

/** What keeping the quality of a lake takes. */
export interface KeeperOptions {
  readonly lake: Lake;
  readonly plan: FeedPlan;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
}

/** Sessions back in which holes are healed by themselves. */
const healedSessions = 20;

/** Feeds that can be asked for their past at any time; files and simulations give what they have. */
const askedForPast: ReadonlySet<string> = new Set(["tradingview", "yahoo", "eodhd"]);

/** Whether a feed has a past beyond what it gives when it is followed. */
export function hasPast({ feed }: FeedPlan): boolean {
  return askedForPast.has(feed.source);
}

/** Brings the certificates up to date, of all intervals or of one. */
export async function certifyAll(
  { lake, calendar, clock, random, events }: KeeperOptions,
  signal: AbortSignal,
  interval?: Interval,
): Promise<CertifySummary> {
  const at = { lake, calendar, clock, random, events, signal, scratchFolder: scratchFolder() };
  return certify({ ...at, ...(interval === undefined ? {} : { intervals: [interval] }) });
}

/** Asks the feed for the holes of the newest sessions; what it does not give stays open. */
export async function healRecent(
  { lake, calendar, clock, random, events, plan }: KeeperOptions,
  signal: AbortSignal,
): Promise<HealSummary> {
  const { interval, symbols } = plan.request;
  let from = Temporal.PlainDate.from(cairoDateOf(clock.nowMs()));
  for (let back = 0; back < healedSessions; back += 1) from = previousSession(calendar, from).date;
  return heal({
    lake,
    calendar,
    clock,
    random,
    events,
    signal,
    scratchFolder: scratchFolder(),
    feed: plan.feed,
    kind: plan.kind,
    writer: processName(),
    asked: { interval, symbols, from },
  });
}
