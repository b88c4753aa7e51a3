import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Lake } from "../../lake/lake.ts";
import { cairoDateOf } from "../../market/cairo-time.ts";
import { type Calendar, previousSession, sessionOf } from "../../market/calendar.ts";
import { certify } from "../../quality/certify.ts";
import { heal } from "../../quality/heal.ts";
import type { EventSink } from "../../telemetry/events.ts";
import type { FeedPlan } from "../feed-plan.ts";
import { processName, scratchFolder } from "../wiring.ts";

export interface KeeperOptions {
  readonly lake: Lake;
  readonly plan: FeedPlan;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
}

/** Sessions are looked at this long after their end, once the feed's delay is over. */
const settleMs = 20 * 60_000;
/** Sessions back in which holes are healed by themselves. */
const healedSessions = 20;

/**
 * Certifies what silver holds whenever a session has ended, and heals it where the feed has a
 * past of its own; a file that is played back and a simulation have none beyond what they give.
 */
export class QualityKeeper {
  readonly #options: KeeperOptions;
  #certified: string | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Does its work when a session has ended since the last time; silver is up to date. */
  async look(signal: AbortSignal): Promise<void> {
    const newest = this.#newestSession();
    if (newest === this.#certified || signal.aborted) return;
    await this.certify(signal);
    if (this.#options.plan.feed.source === "tradingview") await this.#heal(signal);
    this.#certified = newest;
  }

  /** Brings the certificates up to date. An abort leaves them as they were. */
  async certify(signal: AbortSignal): Promise<void> {
    const { lake, calendar, clock, random, events } = this.#options;
    const at = { lake, calendar, clock, random, events, signal };
    try {
      await certify({ ...at, scratchFolder: scratchFolder() });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** A hole that cannot be healed now stays open: it is asked for again after the next session. */
  async #heal(signal: AbortSignal): Promise<void> {
    const { lake, calendar, clock, random, events, plan } = this.#options;
    const { interval, symbols } = plan.request;
    let from = this.#today();
    for (let back = 0; back < healedSessions; back += 1)
      from = previousSession(calendar, from).date;
    try {
      await heal({
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
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EgxError)) throw error;
      events({ kind: "notice", text: `holes stay open: ${error.code}, ${error.message}` });
    }
  }

  /** The date of the newest session that has ended. */
  #newestSession(): string {
    const { calendar, clock } = this.#options;
    const today = this.#today();
    const session = sessionOf(calendar, today);
    const ended = session !== null && session.closeMs + settleMs <= clock.nowMs();
    return (ended ? session : previousSession(calendar, today)).date.toString();
  }

  #today(): Temporal.PlainDate {
    return Temporal.PlainDate.from(cairoDateOf(this.#options.clock.nowMs()));
  }
}
