import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Lake } from "../../lake/lake.ts";
import { backfill } from "../../loads/backfill.ts";
import type { Calendar } from "../../market/calendar.ts";
import type { EventSink } from "../../telemetry/events.ts";
import type { FeedPlan } from "../feed-plan.ts";
import { count } from "../output/summary.ts";
import { processName, scratchFolder } from "../wiring.ts";
import type { PipelineStatus } from "./status.ts";

export interface PastOptions {
  readonly lake: Lake;
  readonly plan: FeedPlan;
  readonly calendar: Calendar;
  readonly status: PipelineStatus;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
}

/** A year of daily bars is some 60,000: no load of a past is worth more. */
const memoryBytes = 256 * 1024 * 1024;

/**
 * Loads the past that belongs to a simulation which is followed, and calls `build` after each load
 * that brought something. What an earlier start has loaded is left out; what one that died had not
 * stored is loaded now.
 * @throws as {@link backfill} does.
 */
export async function loadPast(
  options: PastOptions,
  build: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const { lake, plan, calendar, status, clock, random, events } = options;
  const { feed, kind, past = [] } = plan;
  const startMs = clock.monotonicMs();
  const loaded: string[] = [];
  for (const request of past) {
    const { name } = request.interval;
    status.loading(`loading ${name} bars`);
    const { added, stopped } = await backfill({
      feed,
      request,
      kind,
      resume: true,
      calendar,
      lake,
      writer: processName(),
      scratchFolder: scratchFolder(),
      memoryBytes,
      clock,
      random,
      signal,
      // A symbol that is not simulated is told of by who follows it.
      events: (event) => {
        if (event.kind === "retry") events(event);
      },
    });
    if (stopped) return;
    if (added === 0) continue;
    await build();
    loaded.push(`${count(added)} ${name} bars`);
  }
  if (loaded.length === 0) {
    status.loading(null);
    return;
  }
  const seconds = Math.round((clock.monotonicMs() - startMs) / 1_000);
  const text = `${loaded.join(" and ")}, loaded in ${count(seconds)} s`;
  status.loading(text);
  events({ kind: "notice", text: `simulated past: ${text}` });
}
