import type { Clock } from "../../../src/base/clock.ts";
import { EgxError } from "../../../src/base/errors.ts";
import type { ErrorCode } from "../../../src/base/error-codes.ts";
import { randomInt, type Random } from "../../../src/base/random.ts";

/**
 * A small world in which processes talk to a log and a lake that live in memory. Every call is a
 * step that the world performs when the seed says so, well or badly: it may fail before its effect
 * or after it, be performed twice, or land long after its caller has died. Time passes only when
 * the world turns it. One seed, one history.
 */
export interface Faults {
  /** Chances per step, summing to less than 1. */
  readonly crashBefore: number;
  readonly crashAfter: number;
  readonly failBefore: number;
  readonly lostAnswer: number;
  readonly delayed: number;
  readonly duplicate: number;
  readonly pause: number;
}

export const noFaults: Faults = {
  crashBefore: 0,
  crashAfter: 0,
  failBefore: 0,
  lostAnswer: 0,
  delayed: 0,
  duplicate: 0,
  pause: 0,
};

interface Step {
  readonly process: SimProcess;
  readonly name: string;
  /** What a passing failure of this step looks like. */
  readonly failure: ErrorCode;
  readonly effect: () => void;
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

interface Timer {
  readonly process: SimProcess;
  readonly dueMs: number;
  readonly fire: () => void;
}

export class World {
  readonly random: Random;
  faults: Faults = noFaults;
  nowMs = 1_750_000_000_000;
  stepsDone = 0;
  /** What happened, for a person who replays a seed. */
  readonly history: string[] = [];
  readonly #steps: Step[] = [];
  /** Effects without a caller, still on their way. */
  readonly #late: { readonly name: string; readonly effect: () => void; dueStep: number }[] = [];
  #timers: Timer[] = [];
  /** Called when a process dies. */
  onDeath: (process: SimProcess) => void = () => undefined;

  constructor(random: Random) {
    this.random = random;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  note(text: string): void {
    this.history.push(`${this.stepsDone} ${text}`);
  }

  addStep(step: Step): void {
    this.#steps.push(step);
  }

  addTimer(timer: Timer): () => void {
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((known) => known !== timer);
    };
  }

  /** Performs up to `steps` steps; fewer when nothing is left to happen. */
  async runFor(steps: number): Promise<void> {
    await settled();
    for (let step = 0; step < steps; step += 1) {
      if (!(await this.#advance())) return;
    }
  }

  /** Performs steps until `done`; false when that takes too many or nothing is left to happen. */
  async runUntil(done: () => boolean, stepsMax: number): Promise<boolean> {
    await settled();
    for (let step = 0; step < stepsMax && !done(); step += 1) {
      if (!(await this.#advance())) return done();
    }
    return done();
  }

  async #advance(): Promise<boolean> {
    this.stepsDone += 1;
    this.#landLate();
    // Now and then time passes although there is work: answers take their time.
    const timeFirst = this.chance(0.05);
    if (!((timeFirst && this.#turnTime()) || this.#performOne() || this.#turnTime())) return false;
    await settled();
    return true;
  }

  /** Lands every effect that is still on its way. */
  landAll(): void {
    for (const { name, effect } of this.#late.splice(0)) this.#land(name, effect);
  }

  #landLate(): void {
    const due = this.#late.filter((late) => late.dueStep <= this.stepsDone);
    for (const late of due) {
      this.#late.splice(this.#late.indexOf(late), 1);
      this.#land(late.name, late.effect);
    }
  }

  #land(name: string, effect: () => void): void {
    this.note(`late ${name}`);
    try {
      effect();
    } catch {
      // Nobody waits for it any more.
    }
  }

  #sendLate(step: Step): void {
    const dueStep = this.stepsDone + 1 + randomInt(this.random, 60);
    this.#late.push({ name: `${step.process.name} ${step.name}`, effect: step.effect, dueStep });
  }

  #performOne(): boolean {
    const runnable = this.#steps.filter(({ process }) => process.isRunning(this.stepsDone));
    const step = runnable[randomInt(this.random, runnable.length)];
    if (step === undefined) return false;
    this.#steps.splice(this.#steps.indexOf(step), 1);
    this.#perform(step);
    return true;
  }

  #perform(step: Step): void {
    const { process, name } = step;
    const { faults } = this;
    let draw = this.random.next();
    const falls = (probability: number): boolean => {
      draw -= probability;
      return draw < 0;
    };
    const failure = (): EgxError => new EgxError(step.failure, `simulated failure of ${name}`);
    if (falls(faults.crashBefore)) {
      this.note(`${process.name} dies before ${name}`);
      if (this.chance(0.5)) this.#sendLate(step);
      process.die();
    } else if (falls(faults.crashAfter)) {
      this.note(`${process.name} dies after ${name}`);
      this.#quietly(step);
      process.die();
    } else if (falls(faults.failBefore)) {
      this.note(`${process.name} ${name} fails`);
      step.fail(failure());
    } else if (falls(faults.lostAnswer)) {
      this.note(`${process.name} ${name}, its answer lost`);
      this.#quietly(step);
      step.fail(failure());
    } else if (falls(faults.delayed)) {
      this.note(`${process.name} ${name} fails and will land late`);
      this.#sendLate(step);
      step.fail(failure());
    } else if (falls(faults.duplicate)) {
      this.note(`${process.name} ${name}, to be repeated`);
      this.#sendLate(step);
      this.#normally(step);
    } else {
      if (falls(faults.pause)) process.pause(this.stepsDone + 20 + randomInt(this.random, 150));
      this.note(`${process.name} ${name}`);
      this.#normally(step);
    }
  }

  #normally(step: Step): void {
    try {
      step.effect();
    } catch (error) {
      step.fail(error);
      return;
    }
    step.settle();
  }

  #quietly(step: Step): void {
    try {
      step.effect();
    } catch {
      // The answer is lost, whatever it was.
    }
  }

  #turnTime(): boolean {
    this.#timers = this.#timers.filter(({ process }) => !process.dead);
    const ready = this.#timers.filter(({ process }) => process.isRunning(this.stepsDone));
    let next = ready[0];
    for (const timer of ready) if (next !== undefined && timer.dueMs < next.dueMs) next = timer;
    if (next === undefined) return this.#wakeAll();
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    next.fire();
    return true;
  }

  /** Ends all pauses, when nothing else can happen. */
  #wakeAll(): boolean {
    const waiting = [...this.#steps, ...this.#timers].map(({ process }) => process);
    const paused = waiting.filter((process) => !process.dead && !process.isRunning(this.stepsDone));
    for (const process of paused) process.pause(0);
    return paused.length > 0;
  }
}

/** Someone who makes calls, and can die or fall asleep in the middle of them. */
export class SimProcess {
  readonly world: World;
  readonly name: string;
  /** How far this machine's clock is off, milliseconds. */
  readonly skewMs: number;
  dead = false;
  #pausedUntil = 0;

  constructor(world: World, name: string, skewMs = 0) {
    this.world = world;
    this.name = name;
    this.skewMs = skewMs;
  }

  isRunning(stepsDone: number): boolean {
    return !this.dead && stepsDone >= this.#pausedUntil;
  }

  pause(untilStep: number): void {
    this.#pausedUntil = untilStep;
  }

  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.world.onDeath(this);
  }

  /** A call to the outside: performed when the world decides, if ever. */
  call<T>(name: string, failure: ErrorCode, effect: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.dead) return promise;
    let results: T[] = [];
    this.world.addStep({
      process: this,
      name,
      failure,
      effect: () => {
        results = [effect()];
      },
      settle: () => {
        for (const result of results) if (!this.dead) resolve(result);
      },
      fail: (error) => {
        if (!this.dead) reject(error);
      },
    });
    return promise;
  }

  get clock(): Clock {
    return {
      nowMs: () => this.world.nowMs + this.skewMs,
      monotonicMs: () => this.world.nowMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.dead) return promise;
    if (signal?.aborted === true) {
      reject(new EgxError("E_ABORTED", "aborted"));
      return promise;
    }
    const cancel = this.world.addTimer({
      process: this,
      dueMs: this.world.nowMs + ms,
      fire: () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      },
    });
    const onAbort = (): void => {
      cancel();
      if (!this.dead) reject(new EgxError("E_ABORTED", "aborted"));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise;
  }
}

/** Lets everything that is ready to go on go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
