/**
 * Bytes that the workers of one process hold together: one budget for all partitions and
 * symbols, so that memory does not grow with their number.
 */
export class ByteBudget {
  readonly limitBytes: number;
  readonly #held = new Map<object, number>();
  #total = 0;
  #waiting: (() => void)[] = [];

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Sets what `holder` holds now; 0 forgets it. */
  set(holder: object, bytes: number): void {
    const before = this.#held.get(holder) ?? 0;
    if (bytes === before) return;
    this.#total += bytes - before;
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  get exceeded(): boolean {
    return this.#total >= this.limitBytes;
  }

  get heldBytes(): number {
    return this.#total;
  }

  /** Whether `holder` holds at least an even share, so that it is its turn to flush. */
  isLargeHolder(holder: object): boolean {
    return (this.#held.get(holder) ?? 0) * this.#held.size >= this.#total;
  }

  /** Resolves when anybody holds more or less than before, or the signal has aborted. */
  async nextChange(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#waiting.push(wake);
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
  }
}
