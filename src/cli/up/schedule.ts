import type { Clock } from "../../base/clock.ts";
import { toEgxError } from "../../base/errors.ts";
import { type Limit, limitTo } from "../../base/limit.ts";
import type { Random } from "../../base/random.ts";
import type { Calendar } from "../../market/calendar.ts";
import { type JobName, newestRun, nextRun, type ScheduledRun } from "../../market/schedule.ts";
import { pause } from "../pause.ts";

/** What is done at each turn of a job. */
export interface Job {
  readonly name: JobName;
  /** Whether a process that has never done it begins with the newest turn, not with the next. */
  readonly atStart: boolean;
  /** Tells in a few words what was done. It may be done again for the same turn. */
  readonly work: (run: ScheduledRun, signal: AbortSignal) => Promise<string>;
}

/** The instant of each job's newest turn that was done: it outlives the process. */
export interface ScheduleMemory {
  doneMs(job: JobName): number | null;
  done(job: JobName, atMs: number): Promise<void>;
}

export interface ScheduleOptions {
  readonly jobs: readonly Job[];
  readonly calendar: Calendar;
  readonly memory: ScheduleMemory;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each failure in one line, with what follows. */
  readonly onFailed: (text: string) => void;
  /** Told what has been done, and what is due next. */
  readonly onDone?: (run: ScheduledRun, outcome: string) => void;
  readonly onNext?: (run: ScheduledRun) => void;
}

/** A machine that slept is noticed this late at the most: its timers slept too. */
const lookEveryMs = 5 * 60_000;
const attemptsMax = 6;
const firstWaitMs = 60_000;
const waitMsMax = 30 * 60_000;

/**
 * Does each job when the calendar says so, until the signal aborts. Jobs take turns: none overlaps
 * another or itself. Turns that were missed are made up for once, by the newest. A turn that fails
 * is told and done again with growing waits, until it works, a newer one is due, or it has failed
 * six times. Never throws for a job's failure.
 */
export async function runSchedule(options: ScheduleOptions, signal: AbortSignal): Promise<void> {
  const turns = limitTo(1);
  await Promise.all(options.jobs.map((job) => new Keeper(options, job, turns).keep(signal)));
}

class Keeper {
  readonly #options: ScheduleOptions;
  readonly #job: Job;
  readonly #turns: Limit;

  constructor(options: ScheduleOptions, job: Job, turns: Limit) {
    this.#options = options;
    this.#job = job;
    this.#turns = turns;
  }

  async keep(signal: AbortSignal): Promise<void> {
    const { calendar, clock, memory, onNext } = this.#options;
    const { name, atStart } = this.#job;
    let doneMs = memory.doneMs(name) ?? (atStart ? -Infinity : clock.nowMs());
    while (!signal.aborted) {
      const newest = newestRun(calendar, name, clock.nowMs());
      if (newest !== null && newest.atMs > doneMs) {
        await this.#see(newest, signal);
        doneMs = newest.atMs;
        continue;
      }
      const next = nextRun(calendar, name, clock.nowMs());
      onNext?.(next);
      await this.#sleepUntil(next.atMs, signal);
    }
  }

  /** Does one turn, with its repetitions. */
  async #see(run: ScheduledRun, signal: AbortSignal): Promise<void> {
    const { memory, random, onFailed, onDone } = this.#options;
    const aborted = (): boolean => signal.aborted;
    for (let attempt = 1; !aborted(); attempt += 1) {
      try {
        const outcome = await this.#turns(async () => {
          signal.throwIfAborted();
          return this.#job.work(run, signal);
        });
        await memory.done(run.job, run.atMs);
        onDone?.(run, outcome);
        return;
      } catch (error) {
        if (aborted()) return;
        const { code, message } = toEgxError(error);
        const ceilingMs = Math.min(firstWaitMs * 2 ** (attempt - 1), waitMsMax);
        const waitMs = Math.round(ceilingMs * (0.5 + random.next() / 2));
        const last = attempt === attemptsMax;
        const then = last ? "given up until the next" : `again in ${Math.round(waitMs / 1000)} s`;
        onFailed(`${runText(run)} failed: ${code}, ${message}; ${then}`);
        if (last || (await this.#superseded(run, waitMs, signal))) return;
      }
    }
  }

  /** Waits; tells whether a newer turn has come due meanwhile. */
  async #superseded(run: ScheduledRun, waitMs: number, signal: AbortSignal): Promise<boolean> {
    const { calendar, clock } = this.#options;
    await pause(clock, waitMs, signal);
    const newest = newestRun(calendar, run.job, clock.nowMs());
    return newest !== null && newest.atMs > run.atMs;
  }

  async #sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted && clock.nowMs() < atMs) {
      await pause(clock, Math.min(lookEveryMs, atMs - clock.nowMs()), signal);
    }
  }
}

/** A turn for people, `daily of 2025-11-24`. */
export function runText({ job, date }: ScheduledRun): string {
  return `${job} of ${date.toString()}`;
}
