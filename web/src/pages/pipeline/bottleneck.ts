import type {
  PartitionLag,
  PipelineAnswer,
  stageState,
  Why,
} from "../../../../src/serve/api/pipeline.ts";
import type { z } from "../../../../src/base/schema.ts";

export type StageState = z.output<typeof stageState>;
export type StageName = StageState["stage"];

/** What slows the pipeline down, to be said in one sentence. */
export type Bottleneck =
  /** A stage does not work. */
  | { readonly kind: "down"; readonly stage: StageName; readonly why: Why | null }
  /** Nobody knows how far the lake is behind. */
  | { readonly kind: "unknown"; readonly why: Why | null }
  /** The log gets more than is stored. */
  | {
      readonly kind: "consumer";
      readonly records: number;
      readonly seconds: number | null;
      readonly trend: PipelineAnswer["lag"]["trend"];
      /** The partition that is furthest behind. */
      readonly worst: PartitionLag | null;
    }
  /** A stage works, but not as it should. */
  | {
      readonly kind: "slow";
      readonly stage: StageName;
      readonly state: "behind" | "warn";
      readonly why: Why | null;
    }
  | { readonly kind: "idle" }
  | { readonly kind: "none" };

/** Records may wait for as long as a flush takes, in market seconds. */
const waitingMaxSeconds = 600;
/** Fewer records wait for their flush in any case; their number goes up and down with each. */
const waitingMinRecords = 500;

/** The one thing to look at first. */
export function bottleneckOf(answer: PipelineAnswer): Bottleneck {
  const { stages, lag } = answer;
  const down = stages.find(({ state }) => state === "down");
  if (down !== undefined) return { kind: "down", stage: down.stage, why: down.why };
  if (lag.records === null) return { kind: "unknown", why: lag.why };
  const { records, seconds, trend } = lag;
  const grows = trend === "growing" && records >= waitingMinRecords;
  const waits = grows || (lag.marketSeconds ?? Infinity) > waitingMaxSeconds;
  if (records > 0 && waits) {
    return { kind: "consumer", records, seconds, trend, worst: worstPartition(answer.partitions) };
  }
  for (const state of ["behind", "warn"] as const) {
    const slow = stages.find((stage) => stage.state === state);
    if (slow !== undefined) return { kind: "slow", stage: slow.stage, state, why: slow.why };
  }
  return stages.some(({ state }) => state === "closed") ? { kind: "idle" } : { kind: "none" };
}

/** The partition with the most records that are not stored; null when none has any. */
export function worstPartition(partitions: readonly PartitionLag[]): PartitionLag | null {
  let worst: PartitionLag | null = null;
  for (const partition of partitions) {
    if ((partition.lagRecords ?? 0) > (worst?.lagRecords ?? 0)) worst = partition;
  }
  return worst;
}

/** Partitions by their lag, those of which it is not known first. */
export function worstFirst(partitions: readonly PartitionLag[]): readonly PartitionLag[] {
  return partitions.toSorted(
    (left, right) =>
      (right.lagRecords ?? Infinity) - (left.lagRecords ?? Infinity) ||
      left.topic.localeCompare(right.topic, "en") ||
      left.partition - right.partition,
  );
}
