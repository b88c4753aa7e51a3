import { z } from "../../base/schema.ts";
import { defaultFlushLimits } from "../../consumer/options.ts";
import { captureSettings } from "./capture-settings.ts";
import { deadLetterSettings } from "./dead-letter-settings.ts";
import { kafkaSettings } from "./kafka-settings.ts";
import { loadSettings } from "./load-settings.ts";
import { marketSettings } from "./market-settings.ts";
import { qualitySettings } from "./quality-settings.ts";
import { monitorSettings } from "./monitor-settings.ts";
import { scheduleSettings } from "./schedule-settings.ts";
import { serveSettings } from "./serve-settings.ts";
import { serviceSettings } from "./service-settings.ts";
import { silverSettings } from "./silver-settings.ts";
import { factsOfSchema, optional, setting, type SettingFacts } from "./setting.ts";
import { tradingviewSettings } from "./tradingview-settings.ts";
import { uploadSettings } from "./upload-settings.ts";
import * as value from "./values.ts";

const addresses = {
  data: setting(optional(value.text), {
    flags: ["--data"],
    argument: "folder",
    env: "EGX_DATA",
    fallback: null,
    fallbackNote: "./data",
    meaning:
      "Folder of the embedded log and lake: FOLDER/log and FOLDER/lake. Not beside --log or --lake.",
  }),
  log: setting(optional(value.text), {
    flags: ["--log"],
    argument: "address",
    env: "EGX_LOG",
    fallback: null,
    fallbackNote: "./data/log",
    meaning: "The log: a folder, or kafka://host:port,….",
  }),
  bootstrap: setting(optional(value.text), {
    flags: ["--bootstrap-servers", "--bootstrap"],
    argument: "servers",
    env: "KAFKA_BOOTSTRAP_SERVERS",
    fallback: null,
    meaning: "Kafka brokers, host:port,…; the same as --log kafka://….",
  }),
  lake: setting(optional(value.text), {
    flags: ["--lake"],
    argument: "address",
    env: "EGX_LAKE",
    fallback: null,
    fallbackNote: "./data/lake",
    meaning: "The lake: a folder, or s3://bucket/prefix.",
  }),
  bucket: setting(optional(value.text), {
    flags: ["--bucket"],
    argument: "name",
    env: "EGX_BUCKET",
    fallback: null,
    meaning: "The lake is this bucket at MinIO, or at AWS with --use-aws.",
  }),
  useAws: setting(value.toggle, {
    flags: ["--use-aws"],
    argument: null,
    env: "EGX_USE_AWS",
    fallback: "false",
    meaning: "The bucket is at AWS S3.",
  }),
  minioEndpoint: setting(optional(value.text), {
    flags: ["--minio-endpoint"],
    argument: "url",
    env: "MINIO_ENDPOINT",
    fallback: null,
    fallbackNote: "http://localhost:9000",
    meaning: "Where MinIO listens.",
  }),
  topic: setting(value.topic, {
    flags: ["--topic"],
    argument: "name",
    env: "EGX_TOPIC",
    fallback: "egx_market_data",
    meaning: "The topic of bars; its dead letters go to NAME.dlq.",
  }),
};

const feed = {
  feed: setting(optional(value.choice("tradingview", "yahoo", "eodhd", "simulator", "recorded")), {
    flags: ["--feed"],
    argument: "name",
    env: "EGX_FEED",
    fallback: null,
    fallbackNote: "recorded with --file; else tradingview, and up falls back to simulator",
    meaning: "Where bars come from: tradingview, yahoo, eodhd, simulator or recorded.",
  }),
  file: setting(optional(value.text), {
    flags: ["--file"],
    argument: "path",
    env: null,
    fallback: null,
    meaning: "The recorded CSV file (also .gz).",
  }),
  symbols: setting(value.symbols, {
    flags: ["--symbols"],
    argument: "list",
    env: "EGX_SYMBOLS",
    fallback: "all",
    meaning: "Tickers, COMI,ETEL; egx30, egx70 or egx100; or all that the feed knows.",
  }),
  exchange: setting(value.choice("EGX"), {
    flags: ["--exchange"],
    argument: "name",
    env: "EGX_EXCHANGE",
    fallback: "EGX",
    meaning: "The exchange of the symbols.",
  }),
  interval: setting(optional(value.interval), {
    flags: ["--interval"],
    argument: "length",
    env: "EGX_INTERVAL",
    fallback: null,
    fallbackNote: "the file's own; simulator: 1m; else Daily, followed: 1m",
    meaning: "Length of a bar: 1m 5m 15m 30m 1h 1d 1w 1mo, or by name, Daily.",
  }),
  from: setting(optional(value.date), {
    flags: ["--from", "--start-date"],
    argument: "date",
    env: null,
    fallback: null,
    unit: "date in Cairo",
    meaning: "First trading date.",
  }),
  to: setting(optional(value.date), {
    flags: ["--to", "--end-date"],
    argument: "date",
    env: null,
    fallback: null,
    unit: "date in Cairo",
    meaning: "Last trading date.",
  }),
  barsMax: setting(optional(value.wholeNumber(1, 100_000)), {
    flags: ["--n-bars"],
    argument: "count",
    env: "EGX_N_BARS",
    fallback: null,
    fallbackNote: "all that the feed has; tradingview without dates: 10",
    unit: "bars",
    meaning: "Only the newest bars of each symbol.",
  }),
  speed: setting(optional(value.positiveNumber), {
    flags: ["--speed"],
    argument: "factor",
    env: "EGX_SPEED",
    fallback: null,
    fallbackNote: "as fast as possible; a simulation that is followed: 10",
    unit: "market seconds a second",
    meaning: "Replay in market time, this many times as fast.",
  }),
  seed: setting(optional(value.text), {
    flags: ["--seed"],
    argument: "text",
    env: "EGX_SEED",
    fallback: null,
    fallbackNote: "1",
    meaning: "The same seed gives the same simulated bars.",
  }),
  pollMs: setting(optional(value.seconds(1)), {
    flags: ["--poll-interval"],
    argument: "seconds",
    env: "EGX_POLL_INTERVAL",
    fallback: null,
    fallbackNote: "once",
    unit: "seconds",
    meaning: "Ask the feed again after this time, until stopped.",
  }),
  live: setting(value.toggle, {
    flags: ["--live"],
    argument: null,
    env: "EGX_LIVE",
    fallback: "false",
    meaning: "Follow the feed as bars form, until stopped.",
  }),
  publishIntervalMs: setting(value.seconds(0), {
    flags: ["--publish-interval"],
    argument: "seconds",
    env: "EGX_PUBLISH_INTERVAL",
    fallback: "1",
    unit: "seconds",
    meaning: "A forming bar is published at most this often; a final one at once.",
  }),
  once: setting(value.toggle, {
    flags: ["--once"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Do what is there now, then exit.",
  }),
};

const storage = {
  prefix: setting(value.keyPrefix, {
    flags: ["--prefix"],
    argument: "prefix",
    env: "EGX_PREFIX",
    fallback: "streaming/",
    meaning: "Begins the key of every streaming object.",
  }),
  consumerGroup: setting(value.text, {
    flags: ["--consumer-group"],
    argument: "name",
    env: "EGX_CONSUMER_GROUP",
    fallback: "egx-s3-writer",
    meaning: "Consumers of one group share the partitions.",
  }),
  flushRecords: setting(value.wholeNumber(1, 10_000_000), {
    flags: ["--flush-records"],
    argument: "count",
    env: "EGX_FLUSH_RECORDS",
    fallback: String(defaultFlushLimits.records),
    unit: "records",
    meaning: "Write a partition's batch when it holds this many records.",
  }),
  flushBytes: setting(value.wholeNumber(1, 1_073_741_824), {
    flags: ["--flush-bytes"],
    argument: "bytes",
    env: "EGX_FLUSH_BYTES",
    fallback: String(defaultFlushLimits.bytes),
    unit: "bytes",
    meaning: "Write it when it holds this many bytes of lines.",
  }),
  flushObjects: setting(value.wholeNumber(1, 100_000), {
    flags: ["--flush-objects"],
    argument: "count",
    env: "EGX_FLUSH_OBJECTS",
    fallback: String(defaultFlushLimits.objects),
    unit: "objects",
    meaning: "Write it when it makes this many objects.",
  }),
  flushIntervalMs: setting(value.seconds(0.001), {
    flags: ["--flush-interval"],
    argument: "seconds",
    env: "EGX_FLUSH_INTERVAL",
    fallback: String(defaultFlushLimits.intervalMs / 1_000),
    unit: "seconds",
    meaning: "Write it when its first record was read this long ago.",
  }),
  compress: setting(value.choice("none", "gzip", "zstd"), {
    flags: ["--compress"],
    argument: "method",
    env: "EGX_COMPRESS",
    fallback: "none",
    meaning: "Compression of streaming objects: none, gzip or zstd.",
  }),
  acceptLoss: setting(value.losses, {
    flags: ["--accept-loss"],
    argument: "range",
    env: null,
    fallback: "",
    fallbackNote: "none",
    repeatable: true,
    meaning: "Give up offsets that are gone, TOPIC/PARTITION:FIRST-LAST; written into the chain.",
  }),
};

const looking = {
  rebuild: setting(value.toggle, {
    flags: ["--rebuild"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Build everything again from the ledger.",
  }),
  asOf: setting(optional(value.instant), {
    flags: ["--as-of"],
    argument: "time",
    env: null,
    fallback: null,
    fallbackNote: "now",
    unit: "time with offset, or a date (its end in Cairo)",
    meaning: "Bars as they were known at this time.",
  }),
  format: setting(optional(value.choice("table", "csv", "json", "parquet")), {
    flags: ["--format"],
    argument: "name",
    env: null,
    fallback: null,
    fallbackNote: "table; json with --json",
    meaning: "How rows are written: table, csv, json or parquet.",
  }),
  output: setting(optional(value.text), {
    flags: ["--output"],
    argument: "path",
    env: null,
    fallback: null,
    fallbackNote: "standard output",
    meaning: "Write the rows to this file.",
  }),
  fast: setting(value.toggle, {
    flags: ["--fast"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Look at the objects' presence and size alone, not at their bytes.",
  }),
  partitions: setting(value.wholeNumber(1, 10_000), {
    flags: ["--partitions"],
    argument: "count",
    env: null,
    fallback: "6",
    unit: "partitions",
    meaning: "Partitions of the topic.",
  }),
  retentionMs: setting(value.seconds(1), {
    flags: ["--retention"],
    argument: "seconds",
    env: null,
    fallback: "604800",
    unit: "seconds",
    meaning: "Records older than this may be deleted.",
  }),
};

const everywhere = {
  json: setting(value.toggle, {
    flags: ["--json"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Results and errors as JSON, for machines.",
  }),
  logLevel: setting(value.choice("silent", "error", "warn", "info", "debug"), {
    flags: ["--log-level"],
    argument: "level",
    env: "EGX_LOG_LEVEL",
    fallback: "info",
    meaning: "What is told on stderr: silent, error, warn, info or debug.",
  }),
};

/** Every setting of every command: the one schema of the command line and the environment. */
export const configSchema = z.object({
  ...addresses,
  ...kafkaSettings,
  ...feed,
  ...storage,
  ...looking,
  ...captureSettings,
  ...deadLetterSettings,
  ...loadSettings,
  ...marketSettings,
  ...monitorSettings,
  ...qualitySettings,
  ...scheduleSettings,
  ...serveSettings,
  ...serviceSettings,
  ...silverSettings,
  ...tradingviewSettings,
  ...uploadSettings,
  ...everywhere,
});

export type Config = z.output<typeof configSchema>;
export type SettingName = keyof Config;

/** The names in the order of help and docs. */
export const settingNames: readonly SettingName[] = configSchema.keyof().options;

/** The facts of a setting. */
export function factsOf(name: SettingName): SettingFacts {
  const facts = factsOfSchema(configSchema.shape[name]);
  if (facts === undefined) throw new TypeError(`setting ${name} has no facts`);
  return facts;
}
