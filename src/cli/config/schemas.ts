import type { z } from "../../base/schema.ts";
import { configSchema } from "./settings.ts";

const everywhere = { json: true, logLevel: true } as const;
const logOnly = {
  data: true,
  log: true,
  bootstrap: true,
  kafkaProtocol: true,
  kafkaMechanism: true,
  kafkaUsername: true,
  kafkaPassword: true,
  kafkaCaPath: true,
  kafkaCertificatePath: true,
  kafkaKeyPath: true,
  kafkaKeyPassword: true,
} as const;
const lakeOnly = {
  data: true,
  lake: true,
  bucket: true,
  useAws: true,
  minioEndpoint: true,
} as const;
const feed = {
  feed: true,
  file: true,
  symbols: true,
  interval: true,
  from: true,
  to: true,
  calendar: true,
  adjusted: true,
  tradingviewUrl: true,
  tradingviewToken: true,
  yahooUrl: true,
  eodhdUrl: true,
  eodhdToken: true,
} as const;
const imported = {
  source: true,
  map: true,
  symbols: true,
  interval: true,
  from: true,
  to: true,
  dateOrder: true,
  adjusted: true,
  currency: true,
} as const;
const dashboard = { port: true, host: true, serveToken: true, open: true } as const;
const letters = { codes: true, since: true, until: true, dryRun: true } as const;

/** The settings of each command. */
export const schemas = {
  up: configSchema.pick({
    ...feed,
    speed: true,
    seed: true,
    historySessions: true,
    publishIntervalMs: true,
    ...dashboard,
    metricsPort: true,
    metricsHost: true,
    data: true,
    schedule: true,
    tradingviewScannerUrl: true,
    once: true,
    ...everywhere,
  }),
  producer: configSchema.pick({
    ...feed,
    exchange: true,
    barsMax: true,
    speed: true,
    seed: true,
    pollMs: true,
    live: true,
    once: true,
    publishIntervalMs: true,
    metricsPort: true,
    metricsHost: true,
    topic: true,
    ...logOnly,
    ...everywhere,
  }),
  consumer: configSchema.pick({
    topic: true,
    consumerGroup: true,
    prefix: true,
    flushRecords: true,
    flushBytes: true,
    flushObjects: true,
    flushIntervalMs: true,
    compress: true,
    acceptLoss: true,
    once: true,
    metricsPort: true,
    metricsHost: true,
    calendar: true,
    ...logOnly,
    ...lakeOnly,
    ...everywhere,
  }),
  backfill: configSchema.pick({
    ...feed,
    seed: true,
    resume: true,
    ...lakeOnly,
    ...everywhere,
  }),
  import: configSchema.pick({ ...imported, ...lakeOnly, ...everywhere }),
  importKaggle: configSchema.pick({
    ...imported,
    kaggleUrl: true,
    kaggleToken: true,
    kaggleUsername: true,
    kaggleKey: true,
    ...lakeOnly,
    ...everywhere,
  }),
  importCompanies: configSchema.pick({ ...lakeOnly, ...everywhere }),
  capture: configSchema.pick({
    symbols: true,
    interval: true,
    captureMs: true,
    output: true,
    tradingviewUrl: true,
    tradingviewToken: true,
    ...everywhere,
  }),
  silver: configSchema.pick({
    rebuild: true,
    sourceRank: true,
    adjustedRank: true,
    engine: true,
    sparkSubmit: true,
    calendar: true,
    ...lakeOnly,
    ...everywhere,
  }),
  query: configSchema.pick({ asOf: true, format: true, output: true, ...lakeOnly, ...everywhere }),
  quality: configSchema.pick({
    ...feed,
    seed: true,
    heal: true,
    calendar: true,
    ...lakeOnly,
    ...everywhere,
  }),
  trace: configSchema.pick({ interval: true, ...lakeOnly, ...everywhere }),
  verify: configSchema.pick({ fast: true, ...lakeOnly, ...everywhere }),
  verifyUpload: configSchema.pick({ role: true, ...lakeOnly, ...everywhere }),
  status: configSchema.pick({
    topic: true,
    watch: true,
    calendar: true,
    ...logOnly,
    ...lakeOnly,
    ...everywhere,
  }),
  serve: configSchema.pick({
    ...dashboard,
    topic: true,
    calendar: true,
    ...logOnly,
    ...lakeOnly,
    ...everywhere,
  }),
  lag: configSchema.pick({ topic: true, consumerGroup: true, ...logOnly, ...everywhere }),
  dlq: configSchema.pick({ topic: true, ...lakeOnly, ...everywhere }),
  replay: configSchema.pick({
    ...letters,
    attemptsMax: true,
    topic: true,
    ...logOnly,
    ...lakeOnly,
    ...everywhere,
  }),
  waive: configSchema.pick({
    ...letters,
    reason: true,
    all: true,
    topic: true,
    ...lakeOnly,
    ...everywhere,
  }),
  topicsCreate: configSchema.pick({
    partitions: true,
    retentionMs: true,
    ...logOnly,
    ...everywhere,
  }),
  topics: configSchema.pick({ ...logOnly, ...everywhere }),
  calendar: configSchema.pick({
    isOpen: true,
    phase: true,
    next: true,
    runs: true,
    from: true,
    to: true,
    calendar: true,
    ...everywhere,
  }),
  symbols: configSchema.pick({
    index: true,
    memberDate: true,
    refresh: true,
    changes: true,
    tradingviewScannerUrl: true,
    data: true,
    ...everywhere,
  }),
  doctor: configSchema.pick({ topic: true, ...logOnly, ...lakeOnly, ...everywhere }),
};

type ConfigOf<Name extends keyof typeof schemas> = z.output<(typeof schemas)[Name]>;
export type UpConfig = ConfigOf<"up">;
export type ProducerConfig = ConfigOf<"producer">;
export type ConsumerConfig = ConfigOf<"consumer">;
export type BackfillConfig = ConfigOf<"backfill">;
export type ImportConfig = ConfigOf<"import">;
export type ImportKaggleConfig = ConfigOf<"importKaggle">;
export type ImportCompaniesConfig = ConfigOf<"importCompanies">;
export type CaptureConfig = ConfigOf<"capture">;
export type SilverConfig = ConfigOf<"silver">;
export type QueryConfig = ConfigOf<"query">;
export type QualityConfig = ConfigOf<"quality">;
export type TraceConfig = ConfigOf<"trace">;
export type VerifyConfig = ConfigOf<"verify">;
export type VerifyUploadConfig = ConfigOf<"verifyUpload">;
export type ServeConfig = ConfigOf<"serve">;
export type StatusConfig = ConfigOf<"status">;
export type LagConfig = ConfigOf<"lag">;
export type DeadLetterConfig = ConfigOf<"dlq">;
export type ReplayConfig = ConfigOf<"replay">;
export type WaiveConfig = ConfigOf<"waive">;
export type TopicsCreateConfig = ConfigOf<"topicsCreate">;
export type TopicsConfig = ConfigOf<"topics">;
export type CalendarConfig = ConfigOf<"calendar">;
export type SymbolsConfig = ConfigOf<"symbols">;
export type DoctorConfig = ConfigOf<"doctor">;
