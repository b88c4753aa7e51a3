import { stat } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Clock } from "../base/clock.ts";
import { EgxError, systemCodeOf } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Feed } from "../feeds/feed.ts";
import type { Lake } from "../lake/lake.ts";
import type { Log, TopicSpec } from "../log/log.ts";
import { parseInterval, type Interval } from "../market/interval.ts";
import type { LakeAddress, LogAddress } from "./config/addresses.ts";

/** What adapters need of the process. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
}

/** Whether what is not there yet is made: who only looks leaves no folders behind. */
export type OpenMode = "create" | "read";

const dayMs = 86_400_000;
export const defaultTopic = "egx_market_data";

/** The topic of bars and the one of its dead letters, as they are made when they are missing. */
export function defaultTopics(topic: string): readonly [TopicSpec, TopicSpec] {
  const both = { retentionBytes: null };
  return [
    { name: topic, partitions: 6, retentionMs: 7 * dayMs, ...both },
    { name: deadLetterTopicOf(topic), partitions: 1, retentionMs: 30 * dayMs, ...both },
  ];
}

/** Where copies of a topic's dead letters go. */
export function deadLetterTopicOf(topic: string): string {
  return `${topic}.dlq`;
}

/** Where builds and queries keep what they work on, for as long as they run. */
export function scratchFolder(): string {
  return tmpdir();
}

/** The name of this process in what it writes, for people. */
export function processName(): string {
  return `${hostname()}/${process.pid}`;
}

/**
 * Opens the log at `address`. Adapters are loaded when they are needed.
 * @throws E_LOG_FOLDER in "read" mode when there is none.
 */
export async function openLog(address: LogAddress, host: Host, mode: OpenMode): Promise<Log> {
  if (address.kind === "kafka") throw notYet("kafka:// logs");
  if (mode === "read" && !(await exists(join(address.address, "log.sqlite")))) {
    throw new EgxError("E_LOG_FOLDER", `there is no log in ${address.address}`, {
      hint: "Check --data or --log; egx up, egx producer or egx topics create makes one.",
    });
  }
  const { openSqliteLog } = await import("../log/sqlite-log.ts");
  return openSqliteLog({ folder: address.address, clock: host.clock, random: host.random });
}

/** Makes a topic and the one of its dead letters where they are missing. */
export async function ensureTopics(log: Log, topic: string): Promise<void> {
  for (const spec of defaultTopics(topic)) await log.createTopic(spec);
}

/**
 * Opens the lake at `address`.
 * @throws E_LAKE_MISSING in "read" mode when there is none.
 */
export async function openLake(address: LakeAddress, host: Host, mode: OpenMode): Promise<Lake> {
  if (address.kind === "s3") throw notYet("s3:// lakes");
  if (mode === "read" && !(await exists(address.address))) {
    throw new EgxError("E_LAKE_MISSING", `there is no lake in ${address.address}`, {
      hint: "Check --data or --lake; egx up or egx consumer makes one.",
    });
  }
  const { openFolderLake } = await import("../lake/folder-lake.ts");
  return openFolderLake({
    folder: address.address,
    create: mode === "create",
    clock: host.clock,
  });
}

/** The one place that says which engines this release cannot open. */
function notYet(what: string): EgxError {
  return new EgxError("E_CONFIG", `${what} are not in this release yet`, {
    hint: "Use the embedded parts: --data FOLDER, or a folder for --log and --lake.",
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}

export interface RecordedAsked {
  readonly path: string;
  /** Inferred from the file when it is not given. */
  readonly interval: Interval | undefined;
  /** Market seconds a second; Infinity is as fast as possible. */
  readonly speed: number;
  readonly clock: Clock;
}

/** A feed and the interval of its bars. */
export interface OpenedFeed {
  readonly feed: Feed;
  readonly interval: Interval;
}

/**
 * Opens a recorded file.
 * @throws E_FILE_MISSING, E_FILE_FORMAT.
 */
export async function openRecordedFeed(asked: RecordedAsked): Promise<OpenedFeed> {
  const { path, interval, speed, clock } = asked;
  const { recordedFeed } = await import("../feeds/recorded.ts");
  const feed = recordedFeed({
    path,
    speed,
    clock,
    ...(interval === undefined ? {} : { interval }),
  });
  return { feed, interval: await feed.interval() };
}

export interface SimulatorAsked {
  readonly seed: string;
  /** One minute when it is not given. */
  readonly interval: Interval | undefined;
  readonly speed: number;
  readonly startDate: Temporal.PlainDate | undefined;
  readonly sessions: number | undefined;
  readonly clock: Clock;
}

/** Opens the simulated exchange. */
export async function openSimulatorFeed(asked: SimulatorAsked): Promise<OpenedFeed> {
  const { seed, interval, speed, startDate, sessions, clock } = asked;
  const { simulatorFeed } = await import("../feeds/simulator.ts");
  const feed = simulatorFeed({
    seed,
    speed,
    clock,
    ...(startDate === undefined ? {} : { startDate }),
    ...(sessions === undefined ? {} : { sessions }),
  });
  return { feed, interval: interval ?? parseInterval("1m") };
}
