import { z } from "../../base/schema.ts";
import { instant, intervalCode, nextCursor, provenance } from "./common.ts";
import { stateWord } from "./status.ts";

/** How far the lake is behind one partition of the log. */
export const partitionLag = z
  .object({
    topic: z.string(),
    partition: z.int(),
    /** First offset still held, and one more than the last. */
    start: z.int(),
    end: z.int(),
    /** Where the chain ends; null when it is not known. */
    stored: z.int().nullable(),
    /** Null when it is not known; never negative. */
    lagRecords: z.int().nullable(),
    /** Age of the oldest record that is not stored; 0 when there is none. */
    lagSeconds: z.number().nullable(),
    lagMarketSeconds: z.number().nullable(),
    /** Seconds until the log may delete the oldest record that is not stored. */
    retentionLeftSeconds: z.number().nullable(),
  })
  .meta({ id: "PartitionLag" });
export type PartitionLag = z.output<typeof partitionLag>;

/** Why something stands as it does, as a name with its facts; codes are error codes. */
export const why = z
  .discriminatedUnion("reason", [
    z.object({ reason: z.literal("failing"), code: z.string() }),
    z.object({ reason: z.enum(["log-silent", "lake-silent"]), code: z.string() }),
    z.object({ reason: z.literal("partition-stopped"), partition: z.int(), code: z.string() }),
    z.object({ reason: z.literal("records-wait"), records: z.int(), seconds: z.number() }),
    z.object({ reason: z.literal("sessions-behind"), sessions: z.int() }),
    z.object({ reason: z.enum(["no-log", "not-known-yet", "not-built", "elsewhere"]) }),
  ])
  .meta({
    id: "Why",
    description: "Why it is so, to be said in any language: decide by `reason`.",
  });
export type Why = z.output<typeof why>;

export const stageState = z
  .object({
    stage: z.enum(["feed", "producer", "log", "consumer", "lake", "silver", "api"]),
    state: stateWord,
    /** One sentence: why it is in this state. */
    text: z.string(),
    /** The same in a form that can be said in other languages; null where nothing is amiss. */
    why: why.nullable(),
    /** Whether this process runs the stage; what others run is told from log and lake. */
    here: z.boolean(),
    /** Records (or bars) a second over the last 10 s; null when it is not known. */
    rateIn: z.number().nullable(),
    rateOut: z.number().nullable(),
    /** Rate out of each of the last 60 s, oldest first; empty when it is not known. */
    rates: z.array(z.number()),
    /** Since the start of this process. */
    errors: z.int().nullable(),
    /** When the stage last did something. */
    lastEventAt: instant.nullable(),
  })
  .meta({ id: "StageState" });
export type StageState = z.output<typeof stageState>;

/** What kinds of news there are. */
export const newsKind = z.enum([
  "retry",
  "recovered",
  "takeover",
  "flushed",
  "claim-refused",
  "partition-stopped",
  "assigned",
  "revoked",
  "learned",
  "published",
  "rejected",
  "symbol-failed",
  "gap",
  "notice",
]);

/** What happened, newest last. */
export const newsLine = z
  .object({
    /** Ascending; names the line. */
    id: z.int(),
    time: instant,
    level: z.enum(["info", "warn", "error"]),
    stage: z.enum(["feed", "producer", "log", "consumer", "lake", "silver", "api"]).nullable(),
    kind: newsKind,
    code: z.string().nullable(),
    text: z.string(),
  })
  .meta({ id: "NewsLine" });
export type NewsLine = z.output<typeof newsLine>;

export const pipelineAnswer = z
  .object({
    mode: provenance,
    serverTime: instant,
    state: stateWord,
    /** In the order of the flow. */
    stages: z.array(stageState),
    /** One sentence that names the slowest stage; null when nothing waits. */
    bottleneck: z.string().nullable(),
    partitions: z.array(partitionLag),
    /** Of all partitions; null with the reason when it is not known. */
    lag: z.object({
      records: z.int().nullable(),
      seconds: z.number().nullable(),
      marketSeconds: z.number().nullable(),
      /** Over the last minute. */
      trend: z.enum(["growing", "steady", "shrinking", "unknown"]),
      /** Records behind, once a second over the last 60 s, oldest first. */
      recent: z.array(z.int()),
      reason: z.string().nullable(),
      /** The same as `reason`, to be said in other languages. */
      why: why.nullable(),
    }),
    /** From the end of the newest bar until now, by interval. */
    freshness: z.array(
      z.object({
        stage: z.enum(["log", "lake"]),
        interval: intervalCode,
        seconds: z.number(),
        marketSeconds: z.number(),
      }),
    ),
    deadLettersOpen: z.int().nullable(),
    gapsOpen: z.int().nullable(),
    /** The last 200. */
    news: z.array(newsLine),
    /** Open event streams of this server. */
    clients: z.int(),
  })
  .meta({ id: "Pipeline" });
export type PipelineAnswer = z.output<typeof pipelineAnswer>;

export const deadLetterLine = z
  .object({
    /** `9f3c21ab/3:1042`: names it, also in the path. */
    id: z.string(),
    topic: z.string(),
    log: z.string(),
    partition: z.int(),
    offset: z.int(),
    published: instant,
    key: z.string().nullable(),
    code: z.string(),
    reason: z.string(),
    /** Null while it waits for somebody. */
    end: z
      .object({ outcome: z.enum(["replayed", "waived"]), note: z.string(), at: instant })
      .nullable(),
  })
  .meta({ id: "DeadLetterLine" });
export type DeadLetterLine = z.output<typeof deadLetterLine>;

export const deadLettersAnswer = z
  .object({
    open: z.int(),
    closed: z.int(),
    /** Of the open ones. */
    byCode: z.record(z.string(), z.int()),
    /** Newest first. */
    letters: z.array(deadLetterLine),
    next: nextCursor,
  })
  .meta({ id: "DeadLetters" });
export type DeadLettersAnswer = z.output<typeof deadLettersAnswer>;

export const deadLetterAnswer = deadLetterLine
  .extend({
    headers: z.record(z.string(), z.string()),
    /** As text, what is not UTF-8 shown as such; cut at 64 KiB. */
    value: z.string().nullable(),
    valueBytes: z.int().nullable(),
  })
  .meta({ id: "DeadLetter" });
export type DeadLetterAnswer = z.output<typeof deadLetterAnswer>;

/** What is to be replayed: one letter, or all open ones (of a code). */
export const replayRequest = z
  .strictObject({
    id: z
      .string()
      .regex(/^[0-9a-f]{8}\/\d{1,9}:\d{1,15}$/)
      .optional(),
    code: z.string().max(64).optional(),
    /** Tell what would be done, and do nothing. */
    dryRun: z.boolean().default(false),
  })
  .meta({ id: "ReplayRequest" });
export type ReplayRequest = z.input<typeof replayRequest>;

export const replayAnswer = z
  .object({
    dryRun: z.boolean(),
    replayed: z.int(),
    /** Replayed too often before: they are left alone. */
    tooOften: z.int(),
    closedMeanwhile: z.int(),
  })
  .meta({ id: "Replay" });
export type ReplayAnswer = z.output<typeof replayAnswer>;
