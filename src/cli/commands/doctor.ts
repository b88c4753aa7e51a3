import { access, constants, mkdtemp, rm, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import type { Clock } from "../../base/clock.ts";
import { EgxError, messageOf, systemCodeOf, toEgxError } from "../../base/errors.ts";
import { probeExclusiveCreate, readLakeKind } from "../../ledger/lake-kind.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress, logAddress } from "../config/addresses.ts";
import type { LakeAddress, LogAddress } from "../config/addresses.ts";
import type { DoctorConfig } from "../config/schemas.ts";
import type { Channel, Style } from "../output/console.ts";
import { count } from "../output/summary.ts";
import { openLake, openLog } from "../wiring.ts";

type State = "ok" | "warn" | "fail";

interface Check {
  readonly name: string;
  readonly state: State;
  readonly fact: string;
  /** What to do; null when there is nothing to mend. */
  readonly fix: string | null;
}

const freeBytesMin = 1024 ** 3;
const nodeMajorMin = 26;

/** `egx doctor`: looks at each configured part; changes nothing but a probe of its own. */
export const doctor: CommandRun<DoctorConfig> = async (config, context) => {
  checkConflicts(context.origins);
  const logAt = logAddress(config, context.origins);
  const lakeAt = lakeAddress(config, context.origins);
  const checks = [
    nodeCheck(process.versions.node),
    zoneCheck(),
    await clockCheck(context.clock),
    ...(await folderChecks("log", logAt)),
    await logCheck(logAt, config.topic, context),
    ...(await folderChecks("lake", lakeAt)),
    await lakeCheck(lakeAt, context),
  ];
  const failed = checks.some(({ state }) => state === "fail");
  if (config.json) await context.out.write(`${JSON.stringify({ ok: !failed, checks })}\n`);
  else await context.out.write(shown(checks, context.out));
  return failed ? 78 : 0;
};

function nodeCheck(version: string): Check {
  const major = Number(version.split(".")[0]);
  if (major >= nodeMajorMin) return ok("node", `Node ${version}`);
  return fail("node", `Node ${version} is too old`, `Use Node ${nodeMajorMin} or newer.`);
}

/** Egypt has had daylight saving again since 2023; older zone data does not know. */
function zoneCheck(): Check {
  const expected = [
    ["2022-07-01T12:00", "+02:00"],
    ["2023-07-01T12:00", "+03:00"],
    ["2025-11-24T12:00", "+02:00"],
    ["2026-07-01T12:00", "+03:00"],
  ] as const;
  for (const [time, offset] of expected) {
    const found = Temporal.PlainDateTime.from(time).toZonedDateTime("Africa/Cairo").offset;
    if (found === offset) continue;
    return fail(
      "time zone",
      `Cairo is at ${found} on ${time.slice(0, 10)}, not at ${offset}`,
      "Use a Node with its full, newer ICU data (no NODE_ICU_DATA of an older one).",
    );
  }
  return ok(
    "time zone",
    `Cairo's daylight saving is known (ICU ${process.versions["icu"] ?? "?"})`,
  );
}

/** A clock before the program's own files were written is wrong. */
async function clockCheck(clock: Clock): Promise<Check> {
  const nowMs = clock.nowMs();
  const shownNow = Temporal.Instant.fromEpochMilliseconds(nowMs).toString({
    smallestUnit: "second",
  });
  const { mtimeMs } = await stat(import.meta.filename);
  if (nowMs >= mtimeMs - 60_000) return ok("clock", shownNow);
  return fail("clock", `${shownNow} is before this program was installed`, "Set the host's clock.");
}

/** Rights and space, where the folder is or would be made. */
async function folderChecks(name: string, at: LogAddress | LakeAddress): Promise<readonly Check[]> {
  if (at.kind !== "folder") return [];
  const { address } = at;
  const part = `${name} folder`;
  try {
    const existing = await nearestFolder(resolve(address));
    await access(existing, constants.W_OK);
    // Rights alone do not tell of a file system that is mounted read-only.
    const probe = await mkdtemp(join(existing, ".egx-doctor-"));
    await rm(probe, { recursive: true });
    const { bavail, bsize } = await statfs(existing);
    const free = bavail * bsize;
    const mebibytes = count(Math.floor(free / 1024 ** 2));
    const made = existing === resolve(address) ? "" : " (not made yet)";
    const fact = `${address}${made}: writable, ${mebibytes} MiB free`;
    return [free < freeBytesMin ? warn(part, fact, "Free some space.") : ok(part, fact)];
  } catch (error) {
    const code = systemCodeOf(error) ?? messageOf(error);
    return [
      fail(part, `${address}: cannot be written (${code})`, `Check the rights of ${address}.`),
    ];
  }
}

async function nearestFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const found = await stat(at);
      if (found.isDirectory()) return at;
      throw new EgxError("E_CONFIG", `${at} is a file`);
    } catch (error) {
      if (systemCodeOf(error) !== "ENOENT" || at === dirname(at)) throw error;
    }
  }
}

async function logCheck(at: LogAddress, topic: string, context: CommandContext): Promise<Check> {
  try {
    if (at.kind === "folder" && !(await exists(at.address))) {
      return ok("log", `${at.address}: not made yet; egx up or egx topics create makes it`);
    }
    const log = await openLog(at, context, "read");
    try {
      const info = await log.describeTopic(topic);
      if (info !== null) return ok("log", `${log.url}: ${topic} has ${info.partitions} partitions`);
      return warn("log", `${log.url}: there is no topic ${topic}`, "egx topics create");
    } finally {
      await log.close();
    }
  } catch (error) {
    return failure("log", error);
  }
}

async function lakeCheck(at: LakeAddress, context: CommandContext): Promise<Check> {
  try {
    if (at.kind === "folder" && !(await exists(at.address))) {
      return ok("lake", `${at.address}: not made yet; egx up or egx consumer makes it`);
    }
    const lake = await openLake(at, context, "read");
    try {
      await probeExclusiveCreate(lake);
      const kind = await readLakeKind(lake);
      return ok("lake", `${lake.url}: a second create is refused; bars: ${kind ?? "none yet"}`);
    } finally {
      await lake.close();
    }
  } catch (error) {
    return failure("lake", error);
  }
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

function shown(checks: readonly Check[], out: Channel): string {
  const styles: Readonly<Record<State, Style>> = { ok: "green", warn: "yellow", fail: "red" };
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, state, fact, fix }) => {
      const line = `${out.paint(styles[state], state.padEnd(4))}  ${name.padEnd(width)}  ${fact}\n`;
      return fix === null ? line : `${line}${" ".repeat(width + 8)}fix: ${fix}\n`;
    })
    .join("");
}

function ok(name: string, fact: string): Check {
  return { name, state: "ok", fact, fix: null };
}

function warn(name: string, fact: string, fix: string): Check {
  return { name, state: "warn", fact, fix };
}

function fail(name: string, fact: string, fix: string): Check {
  return { name, state: "fail", fact, fix };
}

function failure(name: string, error: unknown): Check {
  const { code, message, hint } = toEgxError(error);
  return fail(name, `${code}: ${message}`, hint);
}
