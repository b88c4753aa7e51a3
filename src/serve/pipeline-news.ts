import type { Clock } from "../base/clock.ts";
import {
  isMeasurement,
  type EventSink,
  type News,
  type PipelineEvent,
} from "../telemetry/events.ts";
import type { NewsLine, StageState } from "./api/pipeline.ts";
import { isoOf } from "./data/iso.ts";

export type StageName = StageState["stage"];

const linesMax = 200;
const quiet: ReadonlySet<News["kind"]> = new Set([
  "assigned",
  "revoked",
  "published",
  "rejected",
  "symbol-failed",
]);
const levels: Readonly<Partial<Record<News["kind"], NewsLine["level"]>>> = {
  retry: "warn",
  "claim-refused": "warn",
  gap: "warn",
  "partition-stopped": "error",
};

/** Which stage an operation that is tried again belongs to. */
const stageOfOperation: Readonly<Record<string, StageName>> = {
  "read the feed": "feed",
  publish: "producer",
  "read back the topic": "producer",
  "read the log": "consumer",
  commit: "consumer",
  "go on": "consumer",
  "ask the log for its offsets": "log",
  "silver build": "silver",
  certify: "silver",
};

const stageOfKind: Readonly<Partial<Record<PipelineEvent["kind"], StageName>>> = {
  feed: "feed",
  read: "feed",
  gap: "feed",
  "symbol-failed": "feed",
  rejected: "feed",
  learned: "producer",
  published: "producer",
  takeover: "consumer",
  flushed: "consumer",
  "claim-refused": "consumer",
  "partition-stopped": "consumer",
  built: "silver",
};

/** The stage that an event tells of; null when it is of no single one. */
export function stageOf(event: PipelineEvent): StageName | null {
  if (event.kind === "retry" || event.kind === "recovered") {
    return stageOfOperation[event.operation] ?? "lake";
  }
  return stageOfKind[event.kind] ?? null;
}

/** The last news of a pipeline, for people. */
export class PipelineNews {
  readonly #clock: Clock;
  readonly #told: (event: PipelineEvent) => string;
  readonly #lines: NewsLine[] = [];
  #id = 0;

  /** @param told an event in one line for people. */
  constructor(clock: Clock, told: (event: PipelineEvent) => string) {
    this.#clock = clock;
    this.#told = told;
  }

  get lines(): readonly NewsLine[] {
    return this.#lines;
  }

  readonly sink: EventSink = (event) => {
    if (isMeasurement(event) || quiet.has(event.kind)) return;
    // Of a long outage only now and then.
    if (event.kind === "retry" && event.attempt > 3 && event.attempt % 10 !== 0) return;
    this.#id += 1;
    this.#lines.push({
      id: this.#id,
      time: isoOf(this.#clock.nowMs()),
      level: levels[event.kind] ?? "info",
      stage: stageOf(event),
      kind: event.kind,
      code: "error" in event ? event.error.code : null,
      text: this.#told(event),
    });
    if (this.#lines.length > linesMax) this.#lines.shift();
  };
}
