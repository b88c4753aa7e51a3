import type { Clock } from "../base/clock.ts";
import { barKey, type Bar } from "../market/bar.ts";

export interface FormingBarsOptions {
  readonly publishIntervalMs: number;
  readonly clock: Clock;
  readonly publish: (bar: Bar) => void;
}

/**
 * Holds back provisional bars, so that each identity is published at most once in
 * `publishIntervalMs`: the first state at once, then the newest when the time has come. What is
 * held is one bar an identity.
 */
export class FormingBars {
  readonly #options: FormingBarsOptions;
  /** When each was published last (monotonic clock), longest ago first; older ones are dropped. */
  readonly #lastMs = new Map<string, number>();
  readonly #pending = new Map<string, Bar>();
  #timer: AbortController | null = null;
  #timerDueMs = Infinity;
  #waking: Promise<void> = Promise.resolve();

  constructor(options: FormingBarsOptions) {
    this.#options = options;
  }

  /** Publishes a provisional bar now or when its time has come; true when it replaced one. */
  offer(bar: Bar): boolean {
    const key = identityKey(bar);
    const nowMs = this.#options.clock.monotonicMs();
    this.#dropOld(nowMs);
    const lastMs = this.#lastMs.get(key);
    if (lastMs === undefined) {
      this.#publish(key, bar, nowMs);
      return false;
    }
    const replaced = this.#pending.has(key);
    this.#pending.set(key, bar);
    this.#wakeAt(lastMs + this.#options.publishIntervalMs, nowMs);
    return replaced;
  }

  /** Forgets the state that is held of a bar, since a newer one makes it void; true if it was. */
  withdraw(bar: Bar): boolean {
    return this.#pending.size > 0 && this.#pending.delete(identityKey(bar));
  }

  /** Publishes all that is held and stops the timer. */
  async end(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [key, bar] of this.#pending) this.#publish(key, bar, nowMs);
    this.#pending.clear();
    this.#timer?.abort();
    await this.#waking;
  }

  #publish(key: string, bar: Bar, nowMs: number): void {
    this.#lastMs.delete(key);
    this.#lastMs.set(key, nowMs);
    this.#options.publish(bar);
  }

  #dropOld(nowMs: number): void {
    for (const [key, lastMs] of this.#lastMs) {
      if (lastMs + this.#options.publishIntervalMs > nowMs) return;
      // One that is held is due: its turn is the timer's.
      if (this.#pending.has(key)) return;
      this.#lastMs.delete(key);
    }
  }

  #wakeAt(dueMs: number, nowMs: number): void {
    if (dueMs >= this.#timerDueMs) return;
    this.#timer?.abort();
    const timer = new AbortController();
    this.#timer = timer;
    this.#timerDueMs = dueMs;
    this.#waking = this.#wake(Math.max(0, dueMs - nowMs), timer.signal);
  }

  async #wake(waitMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(waitMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    this.#timerDueMs = Infinity;
    const nowMs = this.#options.clock.monotonicMs();
    let nextMs = Infinity;
    for (const [key, bar] of this.#pending) {
      const dueMs = (this.#lastMs.get(key) ?? 0) + this.#options.publishIntervalMs;
      if (dueMs > nowMs) {
        nextMs = Math.min(nextMs, dueMs);
        continue;
      }
      this.#pending.delete(key);
      this.#publish(key, bar, nowMs);
    }
    if (nextMs < Infinity) this.#wakeAt(nextMs, nowMs);
  }
}

function identityKey(bar: Bar): string {
  return `${barKey(bar)}|${bar.source}`;
}
