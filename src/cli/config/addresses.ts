import { join } from "node:path";
import { EgxError } from "../../base/errors.ts";
import { spelling, type Origin } from "./read.ts";
import type { Config, SettingName } from "./settings.ts";

export const defaultDataFolder = "./data";

type Origins = ReadonlyMap<SettingName, Origin>;
type LogSettings = Pick<Config, "data" | "log" | "bootstrap">;
type LakeSettings = Pick<Config, "data" | "lake" | "bucket" | "useAws" | "minioEndpoint">;

/** Where the log is: a folder, or `kafka://host:port,…`. */
export interface LogAddress {
  readonly kind: "folder" | "kafka";
  readonly address: string;
}

/** Where the lake is: a folder, or `s3://bucket/prefix`. */
export interface LakeAddress {
  readonly kind: "folder" | "s3";
  readonly address: string;
}

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
 * @throws E_USAGE when two of equal rank say different things.
 */
export function logAddress(config: LogSettings, origins: Origins): LogAddress {
  const chosen = strongest(["log", "bootstrap", "data"], origins);
  if (chosen === "data" && config.data !== undefined) return logOfData(config.data);
  if (chosen === "bootstrap" && config.bootstrap !== undefined) {
    return { kind: "kafka", address: `kafka://${config.bootstrap}` };
  }
  if (chosen !== "log" || config.log === undefined) return logOfData(defaultDataFolder);
  if (config.log.startsWith("kafka://")) return { kind: "kafka", address: config.log };
  return { kind: "folder", address: folderOf(config.log, "log", "a folder or kafka://host:port") };
}

/**
 * The lake that flags, environment and defaults mean together.
 * @throws E_USAGE when two of equal rank say different things.
 */
export function lakeAddress(config: LakeSettings, origins: Origins): LakeAddress {
  const chosen = strongest(["lake", "bucket", "data"], origins);
  if (chosen === "data" && config.data !== undefined) return lakeOfData(config.data);
  if (chosen === "bucket" && config.bucket !== undefined) {
    return { kind: "s3", address: `s3://${config.bucket}` };
  }
  if (chosen !== "lake" || config.lake === undefined) return lakeOfData(defaultDataFolder);
  if (config.lake.startsWith("s3://")) return { kind: "s3", address: config.lake };
  return { kind: "folder", address: folderOf(config.lake, "lake", "a folder or s3://bucket") };
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
