import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import { EgxError, hasCode, messageOf, systemCodeOf } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { retry } from "../base/retry.ts";
import type { Lake } from "../lake/lake.ts";
import { type Calendar, egxCalendar } from "../market/calendar.ts";
import type { EventSink } from "../telemetry/events.ts";
import { type BuiltState, readState, type StoredState, unbuiltState } from "./built-state.ts";
import { Database, DatabaseError } from "../parquet/duckdb.ts";
import { FreshRows } from "./fresh-rows.ts";
import { type Intake, takeIn } from "./intake.ts";
import { type BuildPlan, planBuild } from "./plan.ts";
import { publish } from "./publish.ts";
import { makeScratchFolder } from "../parquet/scratch-folder.ts";
import {
  builtKey,
  parsePartitionKey,
  sessionsKey,
  silverPrefix,
  symbolsKey,
} from "./silver-keys.ts";
import { defaultSourceRank, type SourceRank } from "./source-rank.ts";
import { versionOf } from "./partition-merge.ts";

export interface SilverOptions {
  readonly lake: Lake;
  /** A folder on this machine for what a build works on; made when there is none. */
  readonly scratchFolder: string;
  /**
   * Which source `bars` prefers, from now on: silver remembers it. Default: what the build before
   * had, at first {@link defaultSourceRank}.
   */
  readonly rank?: Partial<SourceRank>;
  /** The sessions of `sessions.parquet`. Default: the exchange's, as far as it is known. */
  readonly calendar?: Calendar;
  /** Make silver anew from the ledger; what it holds is not read. Default false. */
  readonly rebuild?: boolean;
  /**
   * Take in nothing: only what follows from the rows that silver holds already, such as symbols and
   * sessions, is brought up to them. For what another engine has built. Default false.
   */
  readonly factsOnly?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly events?: EventSink;
  /** Memory of the engine; what does not fit goes to the scratch folder. Default 512 MiB. */
  readonly memoryBytes?: number;
  /** Default 2. */
  readonly threads?: number;
  /** How often a build begins again when another one was there first. Default 10. */
  readonly attemptsMax?: number;
}

export interface SilverSummary {
  /** Ledger entries that were taken in. */
  readonly entries: number;
  /** Rows that they gave. */
  readonly rows: number;
  /** Rows of `bars` and of `bar_revisions` as they are now. */
  readonly bars: number;
  readonly revisions: number;
  /** Objects that were written. */
  readonly objects: number;
  /** Why silver was made anew: it was asked for, an object was damaged, or its format was another. */
  readonly rebuilt: RebuildReason | null;
  /** Silver objects that were found damaged, and are whole again. */
  readonly damaged: readonly string[];
  readonly seconds: number;
}

export type RebuildReason = "asked" | "damaged" | "format";

const defaultMemoryBytes = 512 * 1024 * 1024;
const defaultThreads = 2;
const defaultAttemptsMax = 10;

/**
 * Brings silver up to the ledger: takes in the entries behind the last build's position and
 * replaces the objects that they touch. Any number of builds may run at once, and one may break
 * off at any moment: whoever reads sees each object in an old or a new state, and the next build
 * comes to the same rows.
 * @throws E_LAKE_OBJECT_DAMAGED or E_LAKE_OBJECT_MISSING, which name a streaming object that is
 *   not what its entry says; E_LEDGER_DAMAGED; E_SILVER_SPACE; E_ABORTED.
 */
export async function buildSilver(options: SilverOptions): Promise<SilverSummary> {
  const { clock, random, signal, events } = options;
  const startMs = clock.monotonicMs();
  const damaged: string[] = [];
  try {
    const built = await retry(() => buildOnce(options, damaged), {
      clock,
      random,
      ...(signal === undefined ? {} : { signal }),
      attemptsMax: options.attemptsMax ?? defaultAttemptsMax,
      // What an operator has to mend is told at once.
      isFinal: ({ exitCode }) => exitCode === 78,
      onRetry: ({ error, attempt, waitMs }) =>
        events?.({ kind: "retry", operation: "silver build", error, attempt, waitMs }),
    });
    return { ...built, damaged, seconds: (clock.monotonicMs() - startMs) / 1000 };
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new EgxError("E_ABORTED", "the build was stopped", { cause: error });
  }
}

type Built = Omit<SilverSummary, "damaged" | "seconds">;

/** @param damaged gets the keys of silver objects that have to be made anew. */
async function buildOnce(options: SilverOptions, damaged: string[]): Promise<Built> {
  const { lake } = options;
  // Read before the state: what another build writes after this is then not overwritten.
  const versions = {
    symbols: await versionOf(lake, symbolsKey),
    sessions: await versionOf(lake, sessionsKey),
  };
  const stored = await readState(lake);
  const attempt = { options, stored, versions };
  const reason = rebuildReason(options, stored, damaged);
  try {
    return await attemptBuild({ ...attempt, reason });
  } catch (error) {
    const key = damagedSilverKey(error);
    if (key === null || reason !== null) throw error;
    if ((await versionOf(lake, builtKey)) !== stored.version) {
      throw new EgxError("E_SILVER_BUSY", `${key} was replaced by another build meanwhile`, {
        cause: error,
      });
    }
    damaged.push(key);
    return attemptBuild({ ...attempt, reason: "damaged" });
  }
}

interface Attempt {
  readonly options: SilverOptions;
  readonly stored: StoredState;
  readonly versions: { readonly symbols: string | null; readonly sessions: string | null };
  readonly reason: RebuildReason | null;
}

async function attemptBuild(attempt: Attempt): Promise<Built> {
  const { options, stored, reason } = attempt;
  const { signal } = options;
  await using folder = await makeScratchFolder(options.scratchFolder, "build");
  const database = await Database.open({
    memoryBytes: options.memoryBytes ?? defaultMemoryBytes,
    threads: options.threads ?? defaultThreads,
    temporaryFolder: path.join(folder.path, "spill"),
  });
  const interrupt = (): void => database.interrupt();
  signal?.addEventListener("abort", interrupt);
  try {
    const before = stored.state ?? unbuiltState;
    const fresh = await FreshRows.create(database);
    const state = reason === null ? before : unbuiltState;
    const place = { lake: options.lake, database, folder: folder.path };
    const intake =
      options.factsOnly === true && reason === null
        ? { entries: 0, streaming: state.streaming, loads: state.loads }
        : await takeIn({ ...place, state, fresh, signal });
    return await finish({ ...attempt, before, database, fresh, intake, folder: folder.path });
  } catch (error) {
    throw buildError(error);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    database.close();
  }
}

async function finish(
  build: Attempt & {
    readonly before: BuiltState;
    readonly database: Database;
    readonly fresh: FreshRows;
    readonly intake: Intake;
    readonly folder: string;
  },
): Promise<Built> {
  const { options, before, stored, fresh, intake, reason } = build;
  const { lake, signal } = options;
  const plan: BuildPlan = await planBuild({
    lake,
    database: build.database,
    folder: build.folder,
    anew: reason !== null,
    before,
    streaming: intake.streaming,
    loads: intake.loads,
    partitions: fresh.partitions,
    rank: { ...defaultSourceRank, ...stored.state?.rank, ...options.rank },
    calendar: options.calendar ?? egxCalendar(),
    versions: build.versions,
    ...(signal === undefined ? {} : { signal }),
  });
  const changes =
    plan.objects.length > 0 ||
    plan.removed.length > 0 ||
    intake.entries > 0 ||
    !isDeepStrictEqual(plan.next.rank, before.rank);
  if (changes || stored.state === null) await publish(lake, { ...plan, before, stored }, signal);
  const prepared = plan.objects.map((object): [string, number] => [object.key, object.rows]);
  const kept = Object.entries(plan.next.objects).map(([key, facts]): [string, number] => [
    key,
    facts.rows,
  ]);
  const rows = new Map([...kept, ...prepared]);
  return {
    entries: intake.entries,
    rows: fresh.count,
    bars: sumRows(rows, "bars"),
    revisions: sumRows(rows, "bar_revisions"),
    objects: plan.objects.length,
    rebuilt: reason,
  };
}

function rebuildReason(
  options: SilverOptions,
  stored: StoredState,
  damaged: readonly string[],
): RebuildReason | null {
  if (damaged.length > 0) return "damaged";
  if (options.rebuild === true) return "asked";
  return stored.version !== null && stored.state === null ? "format" : null;
}

function damagedSilverKey(error: unknown): string | null {
  if (!hasCode(error, "E_LAKE_OBJECT_DAMAGED")) return null;
  const { key } = error.details;
  return typeof key === "string" && key.startsWith(silverPrefix) ? key : null;
}

function sumRows(rows: ReadonlyMap<string, number>, table: "bars" | "bar_revisions"): number {
  let sum = 0;
  for (const [key, count] of rows) if (parsePartitionKey(key)?.table === table) sum += count;
  return sum;
}

function buildError(error: unknown): unknown {
  const noSpace = systemCodeOf(error) === "ENOSPC" || systemCodeOf(error) === "EDQUOT";
  const exhausted = error instanceof DatabaseError && spaceErrors.has(error.type);
  if (!noSpace && !exhausted) return error;
  return new EgxError("E_SILVER_SPACE", `silver cannot be built: ${messageOf(error)}`, {
    cause: error,
  });
}

/** What DuckDB calls a full disk and a memory limit that is too low. */
const spaceErrors: ReadonlySet<string> = new Set(["io", "out of memory"]);
