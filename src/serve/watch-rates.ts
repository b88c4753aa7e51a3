import type { Clock } from "../base/clock.ts";

/** Seconds that are kept. */
const secondsMax = 60;
/** Seconds over which a rate is that of now. */
const nowSeconds = 10;

/** How much of something went by in each of the last seconds. */
export class Rates {
  readonly #clock: Clock;
  readonly #counts: number[] = Array.from({ length: secondsMax + 1 }, () => 0);
  #second: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#second = this.#now();
  }

  add(amount: number): void {
    this.#turn();
    const at = this.#counts.length - 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + amount;
  }

  /** Per second over the last whole seconds. */
  get rate(): number {
    const recent = this.seconds.slice(-nowSeconds);
    return recent.reduce((sum, count) => sum + count, 0) / nowSeconds;
  }

  /** Of each whole second, oldest first. */
  get seconds(): readonly number[] {
    this.#turn();
    return this.#counts.slice(0, -1);
  }

  #now(): number {
    return Math.floor(this.#clock.monotonicMs() / 1000);
  }

  #turn(): void {
    const now = this.#now();
    const passed = Math.min(now - this.#second, secondsMax + 1);
    for (let n = 0; n < passed; n += 1) {
      this.#counts.shift();
      this.#counts.push(0);
    }
    this.#second = now;
  }
}
