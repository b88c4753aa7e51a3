import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Lake } from "../lake/lake.ts";
import type { Compression } from "../lake/compression.ts";
import type { Log } from "../log/log.ts";
import type { EventSink } from "../telemetry/events.ts";

/** When a partition's batch is written; each bound is enough by itself. */
export interface FlushLimits {
  readonly records: number;
  /** Bytes of lines before compression. */
  readonly bytes: number;
  readonly objects: number;
  /** Age of the batch's first record since it was read. */
  readonly intervalMs: number;
}

export const defaultFlushLimits: FlushLimits = {
  records: 100_000,
  bytes: 64 * 1024 * 1024,
  objects: 2_000,
  intervalMs: 300_000,
};

/**
 * Bytes of lines that all partitions of a process may hold together. Three times that is taken
 * beside the 200 MiB of an idle process, so a backlog of any size stays well below 512 MiB.
 */
export const defaultBudgetBytes = 64 * 1024 * 1024;

/** A range of offsets, both ends inclusive, that an operator gives up as lost. */
export interface AcceptedLoss {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

export interface ConsumerOptions {
  readonly log: Log;
  readonly lake: Lake;
  readonly topic: string;
  /** Gets a copy of each dead letter, at least once; must exist. */
  readonly deadLetterTopic: string;
  readonly group: string;
  /** Names this process in the entries that it writes; for people alone. */
  readonly writer: string;
  /** Begins the key of every streaming object; ends with a slash. */
  readonly prefix: string;
  readonly compression: Compression;
  readonly flush: FlushLimits;
  readonly budgetBytes: number;
  readonly acceptedLosses: readonly AcceptedLoss[];
  /** Stop when everything is stored that the log held at the start. */
  readonly once: boolean;
  /** A member that is silent for longer loses its partitions. */
  readonly sessionTimeoutMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts to stop: what is held is flushed within `stopTimeoutMs`, the rest is left to the next start. */
  readonly signal: AbortSignal;
  readonly stopTimeoutMs: number;
  readonly events: EventSink;
}

export interface ConsumerSummary {
  /** Records stored in streaming objects by this process. */
  readonly stored: number;
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly absent: number;
  readonly objects: number;
  readonly entries: number;
  /** Bytes of lines before compression. */
  readonly bytes: number;
  readonly seconds: number;
}
