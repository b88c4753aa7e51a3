import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import { limitTo } from "../../base/limit.ts";
import type { Random } from "../../base/random.ts";
import { runConsumer } from "../../consumer/consumer.ts";
import {
  defaultBudgetBytes,
  defaultFlushLimits,
  type ConsumerOptions,
  type ConsumerSummary,
} from "../../consumer/options.ts";
import { patiently } from "../../consumer/patience.ts";
import type { Lake } from "../../lake/lake.ts";
import type { Log } from "../../log/log.ts";
import type { Calendar } from "../../market/calendar.ts";
import type { ProducerMode, ProducerSummary } from "../../producer/options.ts";
import { runProducer } from "../../producer/producer.ts";
import { buildSilver, type SilverSummary } from "../../silver/build.ts";
import type { EventSink } from "../../telemetry/events.ts";
import type { FeedPlan } from "../feed-plan.ts";
import { pause } from "../pause.ts";
import { unlessInterrupted, untilAborted } from "../signals.ts";
import { deadLetterTopicOf, processName, scratchFolder } from "../wiring.ts";
import { type JobOptions, qualityJob, scheduledJobs } from "./jobs.ts";
import { certifyAll } from "./keep-quality.ts";
import { goOn } from "./go-on.ts";
import { loadPast } from "./load-past.ts";
import { runSchedule, runText, type ScheduleMemory } from "./schedule.ts";
import { briefMemory } from "./schedule-file.ts";
import type { PipelineStatus } from "./status.ts";

export interface PipelineOptions {
  readonly log: Log;
  readonly lake: Lake;
  readonly topic: string;
  readonly group: string;
  readonly plan: FeedPlan;
  /** The sessions that silver tells. */
  readonly calendar: Calendar;
  readonly mode: ProducerMode;
  /** End by itself once all that the feed gave is in silver. */
  readonly once: boolean;
  readonly publishIntervalMs: number;
  /** All jobs of the calendar are done; null leaves it at keeping the quality after each close. */
  readonly schedule: PipelineSchedule | null;
  readonly status: PipelineStatus;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly events: EventSink;
}

export interface PipelineSchedule extends Pick<JobOptions, "reviewUniverse"> {
  readonly memory: ScheduleMemory;
}

export interface PipelineSummary {
  readonly producer: ProducerSummary;
  readonly consumers: readonly ConsumerSummary[];
  /** Null when an interrupt left it for the next start. */
  readonly silver: SilverSummary | null;
}

/** A bar is in the lake after this time at the latest, and soon after in silver. */
export const flushIntervalMs = 20_000;
const silverEveryMs = 3_000;
/** Together they keep an orderly end within ten seconds. */
const producerStopMs = 3_000;
const consumerStopMs = 6_000;
/** After an interrupt, silver is brought up to date only when the last build was as quick. */
const quickBuildSeconds = 1;
/** A build that is still at it this long after an interrupt is left to the next start. */
const buildStopMs = 5_000;

/** Feed, log, lake and silver in one process, until the signal aborts or all is done. */
export async function runPipeline(options: PipelineOptions): Promise<PipelineSummary> {
  const followed = !(options.once && options.mode === "history");
  const { producer, consumer } = followed ? await follow(options) : await publishAll(options);
  const consumers = consumer === null ? [] : [consumer];
  if (options.once && !options.signal.aborted) {
    consumers.push(await consume(options, { once: true, signal: options.signal }));
  }
  return { producer, consumers, silver: await lastBuild(options) };
}

interface Flowed {
  readonly producer: ProducerSummary;
  readonly consumer: ConsumerSummary | null;
}

/** All that the feed has, into the log alone. */
async function publishAll(options: PipelineOptions): Promise<Flowed> {
  return { producer: await produce(options, options.signal), consumer: null };
}

/**
 * All stages at once. The first one that fails stops the others; an interrupt stops the producer
 * first, so that what it still sends is stored.
 */
async function follow(options: PipelineOptions): Promise<Flowed> {
  const failed = new AbortController();
  const drained = new AbortController();
  const running = AbortSignal.any([options.signal, failed.signal]);
  const stored = AbortSignal.any([drained.signal, failed.signal]);
  const guarded = async <T>(stage: Promise<T>): Promise<T> => {
    try {
      return await stage;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const producing = async (): Promise<ProducerSummary> => {
    await goOn(options);
    const summary = await produce(options, running);
    // A feed that has ended leaves the rest at work, unless all was to be done once.
    if (!options.once && !running.aborted) await untilAborted(running);
    drained.abort(new EgxError("E_ABORTED", "the feed has ended"));
    return summary;
  };
  // Two builds at once would do their work twice.
  const turns = limitTo(1);
  const building: Building = () => turns(() => buildInTheEnd(options, stored));
  const loading = guarded(loadPast(options, building, running));
  const stages = [
    guarded(producing()),
    guarded(consume(options, { once: false, signal: stored })),
    guarded(buildAsItComes(options, building, stored)),
    guarded(loading.then(() => keepSchedule(options, building, running))),
  ] as const;
  await Promise.allSettled(stages);
  failed.signal.throwIfAborted();
  const [producer, consumer] = await Promise.all(stages);
  return { producer, consumer };
}

async function produce(options: PipelineOptions, signal: AbortSignal): Promise<ProducerSummary> {
  const { plan, mode, log, topic, publishIntervalMs, clock, random, events } = options;
  return runProducer({
    feed: plan.feed,
    mode,
    request: plan.request,
    log,
    topic,
    publishIntervalMs,
    clock,
    random,
    signal,
    stopTimeoutMs: producerStopMs,
    events,
  });
}

async function consume(
  options: PipelineOptions,
  { once, signal }: { readonly once: boolean; readonly signal: AbortSignal },
): Promise<ConsumerSummary> {
  const { log, lake, topic, group, clock, random, events } = options;
  const consumer: ConsumerOptions = {
    log,
    lake,
    topic,
    deadLetterTopic: deadLetterTopicOf(topic),
    group,
    writer: processName(),
    prefix: "streaming/",
    compression: "none",
    flush: { ...defaultFlushLimits, intervalMs: flushIntervalMs },
    budgetBytes: defaultBudgetBytes,
    acceptedLosses: [],
    once,
    clock,
    random,
    signal,
    stopTimeoutMs: consumerStopMs,
    events,
  };
  return runConsumer(consumer);
}

type Building = () => Promise<SilverSummary | null>;

/** Builds silver whenever entries have come. */
async function buildAsItComes(
  options: PipelineOptions,
  building: Building,
  signal: AbortSignal,
): Promise<void> {
  let builtEntries = 0;
  while (await pause(options.clock, silverEveryMs, signal)) {
    const { entries } = options.status;
    if (entries !== builtEntries) await building();
    builtEntries = entries;
  }
}

/** Does what the calendar asks for, as sessions go by; a run that is done once asks for nothing. */
async function keepSchedule(
  options: PipelineOptions,
  building: Building,
  signal: AbortSignal,
): Promise<void> {
  const { schedule, status, events } = options;
  if (options.once) return;
  const jobOptions: JobOptions = {
    ...options,
    clock: marketClock(options),
    reviewUniverse: schedule?.reviewUniverse ?? null,
    build: async () => {
      await building();
    },
  };
  const jobs = schedule === null ? [qualityJob(jobOptions)] : scheduledJobs(jobOptions);
  const memory = schedule?.memory ?? briefMemory();
  const tell = (text: string): void => events({ kind: "notice", text });
  await runSchedule(
    {
      ...options,
      jobs,
      memory,
      onFailed: (text) => {
        status.troubled(text);
        tell(text);
      },
      ...(schedule === null
        ? {}
        : {
            onDone: (run, outcome) => tell(`${runText(run)} is done: ${outcome}`),
            onNext: (run) => tell(status.scheduled(run)),
          }),
    },
    signal,
  );
}

/** The build at the end: always after a run that is done, after an interrupt only a quick one. */
async function lastBuild(options: PipelineOptions): Promise<SilverSummary | null> {
  const lastSeconds = options.status.silverSeconds;
  if (options.signal.aborted && (lastSeconds ?? 0) > quickBuildSeconds) return null;
  const built = await build(options);
  if (!options.signal.aborted) await certifyLast(options);
  return built;
}

async function certifyLast(options: PipelineOptions): Promise<void> {
  try {
    await certifyAll({ ...options, clock: marketClock(options) }, options.signal);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

/** The clock by which sessions are over: a simulation has a time of its own. */
function marketClock({ clock, plan: { simulation } }: PipelineOptions): Clock {
  if (simulation === undefined) return clock;
  return {
    nowMs: () => simulation.marketMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

/** As {@link build}, however long an operator takes to mend a full disk or a right that is gone. */
async function buildInTheEnd(
  options: PipelineOptions,
  signal: AbortSignal,
): Promise<SilverSummary | null> {
  return unlessInterrupted(
    signal,
    () => patiently(options, signal, "silver build", () => build(options)),
    () => null,
  );
}

/** Brings silver up to date; null when an interrupt did not leave it the time. */
async function build(options: PipelineOptions): Promise<SilverSummary | null> {
  const { lake, calendar, clock, random, events, status } = options;
  const done = new AbortController();
  const late = new AbortController();
  const watching = abortLate(options, late, done.signal);
  try {
    const scratch = scratchFolder();
    const { signal } = late;
    const at = { lake, calendar, scratchFolder: scratch, clock, random, events, signal };
    const summary = await buildSilver(at);
    status.silverBuilt(summary);
    const { bars, revisions, seconds } = summary;
    events({ kind: "built", bars, revisions, seconds });
    return summary;
  } catch (error) {
    if (!late.signal.aborted) throw error;
    return null;
  } finally {
    done.abort();
    await watching;
  }
}

/** Aborts `late` when an interrupt has gone unanswered for too long, unless `done` comes first. */
async function abortLate(
  { signal, clock }: PipelineOptions,
  late: AbortController,
  done: AbortSignal,
): Promise<void> {
  await untilAborted(AbortSignal.any([signal, done]));
  if (await pause(clock, buildStopMs, done)) {
    late.abort(new EgxError("E_ABORTED", "the build is left to the next start"));
  }
}
