import type { Clock } from "../../base/clock.ts";

/** How an operation went, as far as the rate is concerned. */
export type Pressure = "fine" | "slow" | "refused";

export interface AdaptiveLimitOptions {
  readonly clock: Clock;
  /** Never more at once. */
  readonly max: number;
  /** At once in the beginning. Default 8, or `max` when that is less. */
  readonly start?: number;
  /** After a cut, failures within this time make no second one. Default 1,000. */
  readonly calmMs?: number;
}

/**
 * Runs functions, at most `current` of them at once, in the order they came. Each one that ends
 * well raises that number (quickly until the first cut, then by one a round); slowness cuts it by
 * a quarter, a refusal by half, once in `calmMs`: one burst of refusals is one event.
 */
export class AdaptiveLimit {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #calmMs: number;
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #running = 0;
  #wasCut = false;
  #cutAtMs = -Infinity;

  constructor({ clock, max, start = 8, calmMs = 1_000 }: AdaptiveLimitOptions) {
    this.#clock = clock;
    this.#max = max;
    this.#calmMs = calmMs;
    this.#limit = Math.min(start, max);
  }

  /** How many may run at once now. */
  get current(): number {
    return Math.floor(this.#limit);
  }

  /**
   * Runs `operation` as soon as there is room.
   * @param pressureOf judges how it went: how long it took, and its failure if it had one.
   */
  async run<T>(
    operation: () => Promise<T>,
    pressureOf: (elapsedMs: number, error: unknown) => Pressure,
  ): Promise<T> {
    if (this.#running >= this.current) await this.#turn();
    else this.#running += 1;
    const startedMs = this.#clock.monotonicMs();
    const elapsed = (): number => this.#clock.monotonicMs() - startedMs;
    try {
      const result = await operation();
      this.#learn(pressureOf(elapsed(), null));
      return result;
    } catch (error) {
      this.#learn(pressureOf(elapsed(), error));
      throw error;
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  /** Waits until a place has been given to the caller. */
  async #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
  }

  #admit(): void {
    while (this.#running < this.current) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }

  #learn(pressure: Pressure): void {
    if (pressure === "fine") {
      // Room that nobody needs says nothing about what the store can bear.
      if (this.#running < this.current) return;
      this.#limit = Math.min(this.#max, this.#limit + (this.#wasCut ? 1 / this.#limit : 1));
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#cutAtMs < this.#calmMs) return;
    this.#limit = Math.max(1, this.#limit * (pressure === "refused" ? 0.5 : 0.75));
    this.#wasCut = true;
    this.#cutAtMs = nowMs;
  }
}
