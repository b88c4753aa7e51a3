import type { EgxError } from "../base/errors.ts";

/** Why a batch was flushed. */
export type FlushReason =
  | "records"
  | "bytes"
  | "objects"
  | "interval"
  | "budget"
  | "revoked"
  | "end"
  | "gone";

/** Bars of one interval that went by: each symbol's newest start, and all starts (epoch milliseconds). */
export interface BarSpan {
  readonly newest: ReadonlyMap<string, number>;
  readonly starts: ReadonlySet<number>;
}

/** Which bars went by, by the interval's code: `1m`. */
export type BarTally = ReadonlyMap<string, BarSpan>;

/** What can be done with a lake, as measurements name it. */
export type LakeOperation =
  | "put"
  | "create"
  | "replace"
  | "head"
  | "get"
  | "get-range"
  | "list"
  | "delete";

/** What a stage measures, too often for people to read; for metrics alone. */
export type Measurement =
  /** The feed was asked, has ended, or broke off and will be asked again. */
  | {
      readonly kind: "feed";
      readonly state: "asked" | "ended" | "broken";
      /** By how much it lags the market. */
      readonly delaySeconds: number;
    }
  /** The feed gave bars. */
  | {
      readonly kind: "read";
      /** The interval's code: `1m`. */
      readonly interval: string;
      readonly bars: number;
      /** Of these, how many can change no more. */
      readonly final: number;
      readonly delaySeconds: number;
      /** False when time alone made them final, and the feed itself said nothing. */
      readonly heard: boolean;
    }
  /** What all partitions of a consumer hold together has changed. */
  | { readonly kind: "held"; readonly bytes: number; readonly limitBytes: number }
  /** The consumer is a member of its group: partitions come when the group has some for it. */
  | { readonly kind: "joined" }
  /** A call to the lake has ended. */
  | {
      readonly kind: "lake-call";
      readonly operation: LakeOperation;
      /** `ok`, `exists`, `changed`, `absent`, or the code of the error. */
      readonly outcome: string;
      readonly seconds: number;
    }
  /** Silver was brought up to date. */
  | {
      readonly kind: "built";
      readonly bars: number;
      readonly revisions: number;
      readonly seconds: number;
    };

/** What a long-running stage tells about itself; for status, logs and metrics, never for logic. */
export type PipelineEvent = News | Measurement;

/** What people may want to read, too. */
export type News =
  /** A failure that may pass is tried again. */
  | {
      readonly kind: "retry";
      readonly operation: string;
      readonly error: EgxError;
      readonly attempt: number;
      readonly waitMs: number;
    }
  /** An operation that had been retried has succeeded. */
  | { readonly kind: "recovered"; readonly operation: string; readonly attempts: number }
  /** A partition's worker has found the end of its chain and reads on from there. */
  | {
      readonly kind: "takeover";
      readonly partition: number;
      readonly offset: number;
      readonly rewritten: number;
    }
  /** A batch is stored: entry, objects and dead letters. */
  | {
      readonly kind: "flushed";
      readonly partition: number;
      readonly reason: FlushReason;
      readonly start: number;
      readonly end: number;
      readonly records: number;
      readonly objects: number;
      /** Records and bytes of each object. */
      readonly objectSizes: readonly { readonly records: number; readonly bytes: number }[];
      readonly bars: BarTally;
      readonly bytes: number;
      readonly deadLetters: ReadonlyMap<string, number>;
      readonly seconds: number;
    }
  /** Somebody else holds the range that this worker wanted to claim. */
  | { readonly kind: "claim-refused"; readonly partition: number; readonly start: number }
  /** A partition is given up with an error; others go on. */
  | { readonly kind: "partition-stopped"; readonly partition: number; readonly error: EgxError }
  | { readonly kind: "assigned"; readonly partition: number; readonly generation: number }
  /** A partition is this process's no more: given back, or lost without notice. */
  | { readonly kind: "revoked"; readonly partition: number }
  /** A producer has read back what is in the topic already. */
  | {
      readonly kind: "learned";
      readonly records: number;
      /** Different bars among them. */
      readonly bars: number;
      readonly seconds: number;
    }
  /** The log has acknowledged a batch. */
  | {
      readonly kind: "published";
      readonly records: number;
      /** Bytes of keys and values. */
      readonly bytes: number;
      /** From the first attempt to the acknowledgement. */
      readonly seconds: number;
      readonly bars: BarTally;
    }
  /** A feed gave a row that is no valid bar. */
  | { readonly kind: "rejected"; readonly symbol: string | null; readonly error: EgxError }
  /** A feed could not give one symbol. */
  | { readonly kind: "symbol-failed"; readonly symbol: string; readonly error: EgxError }
  /** Bars of [fromMs, toMs) may be missing from a feed. */
  | {
      readonly kind: "gap";
      readonly symbol: string;
      /** The interval's code: `1m`. */
      readonly interval: string;
      readonly fromMs: number;
      readonly toMs: number;
    }
  /** A feed or a producer noticed something that people should know. */
  | { readonly kind: "notice"; readonly text: string };

const measured: ReadonlySet<string> = new Set<Measurement["kind"]>([
  "feed",
  "read",
  "held",
  "joined",
  "lake-call",
  "built",
]);

/** Whether an event is for metrics alone. */
export function isMeasurement(event: PipelineEvent): event is Measurement {
  return measured.has(event.kind);
}

export type EventSink = (event: PipelineEvent) => void;
