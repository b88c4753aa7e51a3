/** The values that a label can have: all of them, or what they are where a table elsewhere has them. */
export type LabelValues = readonly string[] | string;

/** One metric of the table. */
export interface MetricFacts {
  readonly type: "counter" | "gauge" | "histogram";
  readonly unit: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  readonly meaning: string;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** What a label `code` can be. */
export const errorCode = "an error code of docs/errors.md";

/** Buckets for calls to services, in seconds. */
export const callSeconds: readonly number[] = [0.005, 0.02, 0.1, 0.3, 1, 3, 10, 30, 120];
