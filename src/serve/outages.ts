import type { EgxError } from "../base/errors.ts";
import type { EventSink } from "../telemetry/events.ts";

/**
 * Tells of what is looked at again and again as of anything else that is retried: the first
 * failures, how many there were, and that it is well again.
 */
export class Outages {
  readonly #events: EventSink;
  readonly #waitMs: number;
  readonly #attempts = new Map<string, number>();

  /** @param waitMs how long it is until the next look, about. */
  constructor(events: EventSink, waitMs: number) {
    this.#events = events;
    this.#waitMs = waitMs;
  }

  /** Takes in how a look went: why it failed, or null. */
  looked(operation: string, error: EgxError | null): void {
    const attempts = this.#attempts.get(operation) ?? 0;
    if (error !== null) {
      const attempt = attempts + 1;
      this.#attempts.set(operation, attempt);
      this.#events({ kind: "retry", operation, error, attempt, waitMs: this.#waitMs });
    } else if (attempts > 0) {
      this.#attempts.delete(operation);
      this.#events({ kind: "recovered", operation, attempts });
    }
  }
}
