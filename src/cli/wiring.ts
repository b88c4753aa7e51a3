import { readFile, stat } from "node:fs/promises";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Clock } from "../base/clock.ts";
import { EgxError, hasCode, messageOf, systemCodeOf } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { RetryAttempt } from "../base/retry.ts";
import type { Feed } from "../feeds/feed.ts";
import type { KaggleAccount } from "../feeds/kaggle/credentials.ts";
import type { Kaggle } from "../feeds/kaggle/kaggle.ts";
import type { SimulatorFeed } from "../feeds/simulator.ts";
import type { TradingviewFeed } from "../feeds/tradingview/tradingview.ts";
import type { Lake } from "../lake/lake.ts";
import type { Log, TopicSpec } from "../log/log.ts";
import type { Adjustment } from "../market/bar.ts";
import type { Calendar } from "../market/calendar.ts";
import { parseInterval, type Interval } from "../market/interval.ts";
import { tickersOf } from "../market/known-universe.ts";
import type { EventSink } from "../telemetry/events.ts";
import { defaultDataFolder, type LakeAddress, type LogAddress } from "./config/addresses.ts";
import { readSecurity } from "./config/kafka-security.ts";
import type { Environment } from "./config/read.ts";
import { readUniverse } from "./universe-file.ts";

/** What adapters need of the process. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
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
  if (address.kind === "kafka") return openKafka(address, host);
  if (mode === "read" && !(await exists(join(address.address, "log.sqlite")))) {
    throw new EgxError("E_LOG_FOLDER", `there is no log in ${address.address}`, {
      hint: "Check --data or --log; egx up, egx producer or egx topics create makes one.",
    });
  }
  const { openSqliteLog } = await import("../log/sqlite-log.ts");
  return openSqliteLog({ folder: address.address, clock: host.clock, random: host.random });
}

async function openKafka(
  { brokers, security }: Extract<LogAddress, { kind: "kafka" }>,
  { clock, random }: Host,
): Promise<Log> {
  const { openKafkaLog } = await import("../log/kafka/kafka-log.ts");
  return openKafkaLog({ brokers, clock, random, ...(await readSecurity(security)) });
}

/**
 * Makes a topic and the one of its dead letters where they are missing. Who only reads a cluster
 * ("read") makes no topic but the default one: another name may be a slip of the keyboard.
 * @throws E_LOG_TOPIC_UNKNOWN when the topic is not there and is not made.
 */
export async function ensureTopics(log: Log, topic: string, mode: OpenMode): Promise<void> {
  for (const spec of defaultTopics(topic)) {
    if ((await log.describeTopic(spec.name)) !== null) continue;
    if (mode === "read" && spec.name === topic && topic !== defaultTopic) {
      throw new EgxError("E_LOG_TOPIC_UNKNOWN", `there is no topic ${topic} at ${log.url}`, {
        hint: `Check --topic, or create it: egx topics create ${topic}`,
      });
    }
    await createTopic(log, spec);
  }
}

async function createTopic(log: Log, spec: TopicSpec): Promise<void> {
  try {
    await log.createTopic(spec);
  } catch (error) {
    if (!hasCode(error, "E_LOG_FORBIDDEN")) throw error;
    const { name } = spec;
    throw new EgxError(
      "E_LOG_TOPIC_UNKNOWN",
      `there is no topic ${name} at ${log.url}, and these credentials may not create it`,
      { cause: error, hint: `Let an administrator run egx topics create, or allow Create on it.` },
    );
  }
}

/**
 * Opens the lake at `address`.
 * @throws E_LAKE_MISSING in "read" mode when there is none, or when it may not be made.
 */
export async function openLake(address: LakeAddress, host: Host, mode: OpenMode): Promise<Lake> {
  if (address.kind === "s3") return openS3(address, host, mode);
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

async function openS3(
  { address, endpoint }: Extract<LakeAddress, { kind: "s3" }>,
  { clock, environment }: Host,
  mode: OpenMode,
): Promise<Lake> {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(address) ?? [];
  const region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  const ca = environment["AWS_CA_BUNDLE"];
  const { openS3Lake } = await import("../lake/s3/s3-lake.ts");
  return openS3Lake({
    bucket,
    prefix,
    credentials: isUnguardedMinio(endpoint, environment) ? minioDefaults : "default-chain",
    createBucket: mode === "create",
    clock,
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === undefined || region === "" ? {} : { region }),
    ...(ca === undefined || ca === "" ? {} : { ca: await readCertificates(ca) }),
  });
}

/** @throws E_FILE_MISSING */
async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new EgxError("E_FILE_MISSING", `AWS_CA_BUNDLE: ${messageOf(error)}`, { cause: error });
  }
}

/** What MinIO takes when it was set up without a user. */
const minioDefaults = { accessKeyId: "minioadmin", secretAccessKey: "minioadmin" };

/** The keys that {@link openLake} takes where the environment names none; null for its chain. */
export function lakeKeys(
  address: LakeAddress,
  environment: Environment,
): { readonly accessKeyId: string; readonly secretAccessKey: string } | null {
  if (address.kind !== "s3") return null;
  return isUnguardedMinio(address.endpoint, environment) ? minioDefaults : null;
}

/** Whether MinIO's own defaults are meant: on this machine, and nobody has named any credentials. */
function isUnguardedMinio(endpoint: string | null, environment: Environment): boolean {
  const host = endpoint === null ? undefined : URL.parse(endpoint)?.hostname;
  const loopback = host !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);
  const naming = /^AWS_(ACCESS_KEY_ID|PROFILE|WEB_IDENTITY_|CONTAINER_CREDENTIALS_|ROLE_ARN)/;
  const named = Object.entries(environment).some(
    ([name, value]) => naming.test(name) && value !== undefined && value !== "",
  );
  return loopback && !named;
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
  readonly calendar: Calendar;
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
  const { path, interval, speed, clock, calendar } = asked;
  const { recordedFeed } = await import("../feeds/recorded.ts");
  const feed = recordedFeed({
    path,
    speed,
    clock,
    calendar,
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
  /** The minute of its first session at which following it begins. */
  readonly startMinute: number;
  readonly sessions: number | undefined;
  readonly clock: Clock;
  readonly calendar: Calendar;
}

/** Opens the simulated exchange, indices and all. */
export async function openSimulatorFeed(
  asked: SimulatorAsked,
): Promise<OpenedFeed & { readonly feed: SimulatorFeed }> {
  const { seed, interval, speed, startDate, startMinute, sessions, clock, calendar } = asked;
  const { simulatorFeed } = await import("../feeds/simulator.ts");
  const feed = simulatorFeed({
    seed,
    speed,
    clock,
    calendar,
    startMinute,
    indices: true,
    ...(startDate === undefined ? {} : { startDate }),
    ...(sessions === undefined ? {} : { sessions }),
  });
  return { feed, interval: interval ?? parseInterval("1m") };
}

export interface TradingviewAsked {
  /** TradingView's own when it is not given. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** The folder with the symbols that "all" stands for. */
  readonly data?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes each line of a recording of what goes over the sockets. */
  readonly capture?: (line: string) => void;
}

/** Opens the live feed; it connects when it is asked for something. */
export async function openTradingviewFeed(asked: TradingviewAsked): Promise<TradingviewFeed> {
  const { url, token, clock, random, capture: write } = asked;
  const { tradingviewFeed } = await import("../feeds/tradingview/tradingview.ts");
  const { captureTap } = await import("../feeds/tradingview/capture.ts");
  return tradingviewFeed({
    ...(write === undefined ? {} : { tap: captureTap({ write, clock, token: token ?? null }) }),
    clock,
    random,
    universe: async () => tickersOf(await readUniverse(asked.data ?? defaultDataFolder)),
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
  });
}

export interface ServiceAsked {
  /** The service's own when it is not given. */
  readonly url: string | undefined;
  /** As the service gives them when it is not given. */
  readonly adjusted: Adjustment | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of requests that are tried again. */
  readonly events: EventSink | undefined;
}

/** Opens Yahoo's charts. `data` is the folder with the symbols that "all" stands for. */
export async function openYahooFeed(
  asked: ServiceAsked & { readonly data: string | undefined },
): Promise<Feed> {
  const { url, adjusted, clock, random, data = defaultDataFolder } = asked;
  const { yahooFeed } = await import("../feeds/yahoo/yahoo.ts");
  return yahooFeed({
    clock,
    random,
    universe: async () => tickersOf(await readUniverse(data)),
    onRetry: tellRetries("Yahoo", asked.events),
    ...(url === undefined ? {} : { url }),
    ...(adjusted === undefined ? {} : { adjusted }),
  });
}

/**
 * Opens EODHD.
 * @throws E_CONFIG without a token.
 */
export async function openEodhdFeed(
  asked: ServiceAsked & { readonly token: string | undefined },
): Promise<Feed> {
  const { url, adjusted, clock, random, token } = asked;
  if (token === undefined) {
    throw new EgxError("E_CONFIG", "--feed eodhd needs the token of an account there", {
      hint: "Put it into the environment as EODHD_API_TOKEN; see docs/feeds/eodhd.md.",
    });
  }
  const { eodhdFeed } = await import("../feeds/eodhd/eodhd.ts");
  return eodhdFeed({
    token,
    clock,
    random,
    onRetry: tellRetries("EODHD", asked.events),
    ...(url === undefined ? {} : { url }),
    ...(adjusted === undefined ? {} : { adjusted }),
  });
}

export interface KaggleAsked {
  /** Kaggle's own when it is not given. */
  readonly url: string | undefined;
  readonly account: Omit<KaggleAccount, "home">;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
  /** Told how many bytes of a download have come; `total` is null while it is not known. */
  readonly onProgress: (bytes: number, total: number | null) => void;
}

/**
 * Opens Kaggle, as whom the environment or the user's own folder says.
 * @throws E_CONFIG for credentials that are not whole.
 */
export async function openKaggle(asked: KaggleAsked): Promise<Kaggle> {
  const { url, account, clock, random, events, onProgress } = asked;
  const { readKaggleCredentials } = await import("../feeds/kaggle/credentials.ts");
  const { Kaggle } = await import("../feeds/kaggle/kaggle.ts");
  return new Kaggle({
    credentials: await readKaggleCredentials({ ...account, home: homedir() }),
    clock,
    random,
    onProgress,
    onRetry: tellRetries("Kaggle", events),
    ...(url === undefined ? {} : { url }),
  });
}

function tellRetries(
  operation: string,
  events: EventSink | undefined,
): (attempt: RetryAttempt) => void {
  return (attempt) => events?.({ kind: "retry", operation, ...attempt });
}
