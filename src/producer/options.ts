import type { Clock } from "../base/clock.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import type { EgxError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Feed, FeedRequest } from "../feeds/feed.ts";
import type { Log } from "../log/log.ts";
import type { EventSink } from "../telemetry/events.ts";
import type { PublishLimits } from "./batch-publisher.ts";
import type { PublishedBarsLimits } from "./published-bars.ts";

/** Once through the past; as bars form; or through the past again and again. */
export type ProducerMode = "history" | "live" | { readonly pollIntervalMs: number };

export interface ProducerOptions {
  readonly feed: Feed;
  readonly mode: ProducerMode;
  readonly request: FeedRequest;
  readonly log: Log;
  /** Must exist. */
  readonly topic: string;
  /** A provisional bar is published at most once in this time, its newest state. */
  readonly publishIntervalMs: number;
  /** Bounds of a batch; default 1,000 records, 1 MiB, 10 ms. */
  readonly limits?: PublishLimits;
  /** Records of the topic's end that are read back at the start. Default 2,000,000. */
  readonly readBackRecordsMax?: number;
  readonly memory?: PublishedBarsLimits;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts to stop: what was read is sent within `stopTimeoutMs`. */
  readonly signal: AbortSignal;
  /** Default 10,000. */
  readonly stopTimeoutMs?: number;
  readonly events: EventSink;
}

export interface ProducerSummary {
  /** Bars that the feed gave: published + unchanged + superseded + unsent. */
  readonly read: number;
  /** Bars that are in the log, acknowledged. */
  readonly published: number;
  /** Bars that the log held already, just so. */
  readonly unchanged: number;
  /** Provisional states that a newer or the final one made void before they were due. */
  readonly superseded: number;
  /** Bars and messages that a stop left behind; the next start reads them again. */
  readonly unsent: number;
  /** Rows that are no valid bars, by code, at each reading. */
  readonly rejected: ReadonlyMap<ErrorCode, number>;
  /** Of these, how many messages were published: each once. */
  readonly rejectedPublished: number;
  /** Symbols that the feed could not give at the last attempt. */
  readonly failedSymbols: ReadonlyMap<string, EgxError>;
  /** Stretches of time in which bars may be missing. */
  readonly gaps: number;
  readonly recordsPerSecond: number;
  readonly seconds: number;
}
