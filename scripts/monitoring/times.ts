/**
 * Durations of rules. `scale` shrinks them all alike, so that tests see in seconds what otherwise
 * takes minutes; what is shipped has scale 1.
 */
export class Times {
  readonly #scale: number;

  constructor(scale: number) {
    this.#scale = scale;
  }

  /**
   * As PromQL writes a range: `5m`. It is not shrunk below `secondsMin`, where a range has to span
   * something that does not shrink.
   */
  range(seconds: number, secondsMin = 0): string {
    const ms = Math.round(Math.max(seconds * this.#scale, secondsMin) * 1000);
    for (const [unit, length] of [
      ["d", 86_400_000],
      ["h", 3_600_000],
      ["m", 60_000],
      ["s", 1_000],
    ] as const) {
      if (ms % length === 0) return `${ms / length}${unit}`;
    }
    return `${ms}ms`;
  }

  /** A threshold in seconds. */
  seconds(seconds: number): string {
    return String(seconds * this.#scale);
  }
}
