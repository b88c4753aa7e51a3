import { join } from "node:path";
import { EgxError } from "../../base/errors.ts";
import { kafkaSecurity, type KafkaSecurity, type KafkaSettings } from "./kafka-security.ts";
import { spelling, type Origin } from "./read.ts";
import type { Config, SettingName } from "./settings.ts";

export const defaultDataFolder = "./data";
const defaultMinioEndpoint = "http://localhost:9000";

const kafkaScheme = "kafka://";
const kafkaPortDefault = 9092;

type Origins = ReadonlyMap<SettingName, Origin>;
type LogSettings = Pick<Config, "data" | "log" | "bootstrap"> & KafkaSettings;
type LakeSettings = Pick<Config, "data" | "lake" | "bucket" | "useAws" | "minioEndpoint">;

/** Where the log is: a folder, or the brokers of a cluster. */
export type LogAddress =
  | { readonly kind: "folder"; readonly address: string }
  | {
      readonly kind: "kafka";
      /** `host:port` of some brokers. */
      readonly brokers: readonly string[];
      readonly security: KafkaSecurity;
    };

/** Where the lake is: a folder, or `s3://bucket/prefix`. */
export type LakeAddress =
  | { readonly kind: "folder"; readonly address: string }
  | {
      readonly kind: "s3";
      readonly address: string;
      /** `http://localhost:9000`; null is AWS. */
      readonly endpoint: string | null;
    };

/** The embedded log of a data folder. */
export function logOfData(folder: string): LogAddress {
  return { kind: "folder", address: join(folder, "log") };
}

/** The embedded lake of a data folder. */
export function lakeOfData(folder: string): LakeAddress {
  return { kind: "folder", address: join(folder, "lake") };
}

/**
 * The log that flags, environment and defaults mean together.
 * @throws E_USAGE when two of equal rank say different things; E_CONFIG when a cluster's security
 *   settings do.
 */
export function logAddress(config: LogSettings, origins: Origins): LogAddress {
  const chosen = strongest(["log", "bootstrap", "data"], origins);
  if (chosen === "data" && config.data !== undefined) return logOfData(config.data);
  if (chosen === "bootstrap" && config.bootstrap !== undefined) {
    return kafkaAddress(config.bootstrap, config);
  }
  if (chosen !== "log" || config.log === undefined) return logOfData(defaultDataFolder);
  if (config.log.startsWith(kafkaScheme)) {
    return kafkaAddress(config.log.slice(kafkaScheme.length), config);
  }
  return { kind: "folder", address: folderOf(config.log, "log", "a folder or kafka://host:port") };
}

/** Brokers as Kafka's other clients take them: without a port, its own is meant. */
function kafkaAddress(list: string, settings: KafkaSettings): LogAddress {
  const brokers = list
    .replace(/\/$/, "")
    .split(",")
    .map((broker) => broker.trim())
    .filter((broker) => broker !== "")
    .map((broker) => (/:\d+$/.test(broker) ? broker : `${broker}:${kafkaPortDefault}`));
  const strange = brokers.find((broker) => !/^([\w.-]+|\[[\da-f:.]+\]):\d+$/i.test(broker));
  if (brokers.length > 0 && strange === undefined) {
    return { kind: "kafka", brokers, security: kafkaSecurity(settings) };
  }
  // What stands before an @ may be a password.
  const shown = strange?.replace(/^.*@/, "…@") ?? "nothing";
  throw new EgxError("E_USAGE", `${shown} is no broker's address`, {
    hint: "Give host:port, several of them separated by commas.",
  });
}

/**
 * The lake that flags, environment and defaults mean together.
 * @throws E_USAGE when two of equal rank say different things.
 */
export function lakeAddress(config: LakeSettings, origins: Origins): LakeAddress {
  const chosen = strongest(["lake", "bucket", "data"], origins);
  if (chosen === "data" && config.data !== undefined) return lakeOfData(config.data);
  if (chosen === "bucket" && config.bucket !== undefined) {
    const endpoint = endpointOf(config, defaultMinioEndpoint);
    return { kind: "s3", address: `s3://${config.bucket}`, endpoint };
  }
  if (chosen !== "lake" || config.lake === undefined) return lakeOfData(defaultDataFolder);
  if (config.lake.startsWith("s3://")) {
    return { kind: "s3", address: config.lake, endpoint: endpointOf(config, null) };
  }
  return { kind: "folder", address: folderOf(config.lake, "lake", "a folder or s3://bucket") };
}

/** MinIO's address as a URL; null when AWS is meant. */
function endpointOf(config: LakeSettings, otherwise: string | null): string | null {
  if (config.useAws) return null;
  const given = config.minioEndpoint ?? otherwise;
  return given === null || given.includes("://") ? given : `http://${given}`;
}

/**
 * Refuses `--data` beside `--log` or `--lake` (and what means the same as these) on one level:
 * nobody could tell which was meant.
 */
export function checkConflicts(origins: Origins): void {
  const pairs = [
    ["data", "log"],
    ["data", "bootstrap"],
    ["data", "lake"],
    ["data", "bucket"],
    ["log", "bootstrap"],
    ["lake", "bucket"],
  ] as const;
  for (const [left, right] of pairs) {
    const origin = origins.get(left);
    if (origin === undefined || origin === "default" || origin !== origins.get(right)) continue;
    const [one, other] = [spelling(left, origin), spelling(right, origin)];
    throw new EgxError("E_USAGE", `${one} and ${other} exclude each other`, {
      hint: `Give one of them: ${one} or ${other}.`,
    });
  }
}

function strongest<N extends SettingName>(names: readonly N[], origins: Origins): N | undefined {
  return (
    names.find((name) => origins.get(name) === "flag") ??
    names.find((name) => origins.get(name) === "environment")
  );
}

function folderOf(address: string, what: string, known: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address);
  if (scheme === null) return address;
  throw new EgxError("E_USAGE", `a ${what} cannot be at ${scheme[1]}://; it is ${known}`);
}
