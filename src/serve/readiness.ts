import type { Clock } from "../base/clock.ts";
import type { EventSink } from "../telemetry/events.ts";

/** The stages that a process runs. */
export type RunningStage = "producer" | "consumer";

interface Trouble {
  readonly text: string;
  readonly untilMs: number;
}

/** A failure that is not heard of again is taken to be over after its wait and this time. */
const troubleMs = 60_000;

/**
 * Whether a process does its work, told from the events of its stages: that the producer has read
 * back the log, that the consumer has found the end of its partitions' chains, and that nothing is
 * being tried again.
 */
export class Readiness {
  readonly #clock: Clock;
  readonly #stages: ReadonlySet<RunningStage>;
  readonly #assigned = new Set<number>();
  readonly #takenOver = new Set<number>();
  readonly #stopped = new Map<number, string>();
  readonly #troubles = new Map<string, Trouble>();
  #learned = false;
  #joined = false;

  constructor(clock: Clock, stages: readonly RunningStage[]) {
    this.#clock = clock;
    this.#stages = new Set(stages);
  }

  readonly sink: EventSink = (event) => {
    switch (event.kind) {
      case "learned":
        this.#learned = true;
        return;
      case "joined":
        this.#joined = true;
        return;
      case "assigned":
        this.#assigned.add(event.partition);
        return;
      case "revoked":
        for (const held of [this.#assigned, this.#takenOver]) held.delete(event.partition);
        return;
      case "takeover":
        this.#takenOver.add(event.partition);
        return;
      case "partition-stopped":
        this.#stopped.set(event.partition, `${event.error.message} (${event.error.code})`);
        return;
      case "retry": {
        const { operation, error, waitMs } = event;
        const untilMs = this.#clock.monotonicMs() + waitMs + troubleMs;
        const text = `${operation}: ${error.message} (${error.code}); it is tried again`;
        this.#troubles.set(operation, { text, untilMs });
        return;
      }
      case "recovered":
        this.#troubles.delete(event.operation);
        return;
      case "read":
        this.#troubles.delete("read the feed");
        return;
      case "published":
        this.#troubles.delete("publish");
        return;
      case "flushed":
        this.#troubles.delete("read the log");
        this.#troubles.delete("commit");
        return;
      default:
    }
  };

  /** Why the process is not ready, each reason a sentence; none when it is. */
  reasons(): readonly string[] {
    const reasons: string[] = [];
    if (this.#stages.has("producer") && !this.#learned) {
      reasons.push("the producer has not read back the log yet");
    }
    if (this.#stages.has("consumer")) reasons.push(...this.#consumerReasons());
    for (const [operation, { text, untilMs }] of this.#troubles) {
      if (untilMs < this.#clock.monotonicMs()) this.#troubles.delete(operation);
      else reasons.push(text);
    }
    return reasons;
  }

  #consumerReasons(): readonly string[] {
    const reasons = Array.from(this.#stopped, ([partition, text]) => {
      return `partition ${partition} has stopped: ${text}`;
    });
    // A member beyond the number of partitions has none, and is there for when another one ends.
    if (!this.#joined) reasons.push("the consumer has not joined its group yet");
    const open = [...this.#assigned].filter((partition) => {
      return !this.#takenOver.has(partition) && !this.#stopped.has(partition);
    });
    if (open.length > 0) {
      reasons.push(`the consumer is still taking over partitions ${open.join(", ")}`);
    }
    return reasons;
  }
}
