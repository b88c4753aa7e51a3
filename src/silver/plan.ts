import path from "node:path";
import type { Lake } from "../lake/lake.ts";
import { readCompanies } from "../ledger/companies.ts";
import type { Calendar } from "../market/calendar.ts";
import { type BuiltState, type ChainPosition, positionText, silverFormat } from "./built-state.ts";
import type { Database } from "../parquet/duckdb.ts";
import { sessionsDigest, symbolsDigest, writeSessions, writeSymbols, yearsOf } from "./facts.ts";
import type { ParquetMetadata } from "./partition-sql.ts";
import {
  keptRevisions,
  mergeRevisions,
  type MergeContext,
  prepareBars,
  type PreparedObject,
  versionOf,
} from "./partition-merge.ts";
import { fileDigest } from "../parquet/scratch-folder.ts";
import {
  type Choices,
  choiceChanged,
  chooseSeries,
  type SeriesByPartition,
} from "./series-choice.ts";
import {
  badLinesKey,
  parsePartitionKey,
  partitionKey,
  sessionsKey,
  silverPrefix,
  symbolsKey,
} from "./silver-keys.ts";
import type { SourceRank } from "./source-rank.ts";

export interface PlanRequest {
  readonly lake: Lake;
  /** Holds the new rows. */
  readonly database: Database;
  /** A scratch folder for the files that are written and read. */
  readonly folder: string;
  /** Whether all rows are new ones, and what silver holds counts for nothing. */
  readonly anew: boolean;
  readonly before: BuiltState;
  /** The position once the new rows are in. */
  readonly streaming: readonly ChainPosition[];
  readonly loads: readonly string[];
  /** Names of the partitions that have new rows. */
  readonly partitions: ReadonlySet<string>;
  readonly rank: SourceRank;
  readonly calendar: Calendar;
  /** Versions that were read before the state was. */
  readonly versions: { readonly symbols: string | null; readonly sessions: string | null };
  readonly signal?: AbortSignal;
}

export interface BuildPlan {
  readonly next: BuiltState;
  readonly objects: readonly PreparedObject[];
  readonly removed: readonly string[];
}

/**
 * Prepares in the scratch folder every object that the new rows change; nothing in the lake is
 * written. Partitions that a broken build was about to write are worked out again.
 * @throws E_LAKE_OBJECT_DAMAGED, which names a silver object that has to be read and is not what
 *   a build wrote.
 */
export async function planBuild(request: PlanRequest): Promise<BuildPlan> {
  const metadata: ParquetMetadata = {
    position: positionText(request),
    format: silverFormat,
  };
  const context: MergeContext = { ...request, state: request.before, metadata };
  const partitions = await preparePartitions(request, context);
  const facts = await prepareFacts(request, context, partitions);
  const objects = [...partitions.objects, ...facts.objects];
  const removed = request.anew ? await leftovers(request.lake, objects) : [];
  return {
    objects,
    removed,
    next: {
      format: silverFormat,
      rank: request.rank,
      streaming: request.streaming,
      loads: request.loads,
      objects: request.anew ? {} : request.before.objects,
      pending: {},
      sessions: facts.sessions,
      symbols: facts.symbols,
      series: Object.fromEntries(partitions.series),
    },
  };
}

interface Partitions {
  readonly objects: readonly PreparedObject[];
  readonly series: SeriesByPartition;
  readonly choices: Choices;
}

async function preparePartitions(request: PlanRequest, context: MergeContext): Promise<Partitions> {
  const { lake, before, signal } = request;
  const series = new Map(request.anew ? [] : Object.entries(before.series));
  const objects: PreparedObject[] = [];
  const barsVersions = new Map<string, string | null>();
  const files = new Map<string, string>();
  for (const name of touchedPartitions(request)) {
    signal?.throwIfAborted();
    barsVersions.set(name, await versionOf(lake, partitionKey("bars", name)));
    const merged = await mergeRevisions(context, name);
    files.set(name, merged.file);
    series.set(name, merged.series);
    if (merged.prepared !== null) objects.push(merged.prepared);
  }
  const after = chooseSeries(series, request.rank);
  const choices = {
    before: chooseSeries(new Map(Object.entries(before.series)), before.rank),
    after,
  };
  for (const [name, rows] of series) {
    signal?.throwIfAborted();
    const touched = files.get(name);
    if (touched === undefined && !choiceChanged(name, rows, choices)) continue;
    const expected = barsVersions.get(name) ?? (await versionOf(lake, partitionKey("bars", name)));
    const file = touched ?? (await keptRevisions(context, name)).file;
    const bars = await prepareBars(context, name, { file, expected, choices: after });
    if (bars !== null) objects.push(bars);
  }
  return { objects, series, choices: after };
}

function touchedPartitions(request: PlanRequest): readonly string[] {
  const names = new Set(request.partitions);
  if (!request.anew) {
    for (const key of Object.keys(request.before.pending)) {
      const parsed = parsePartitionKey(key);
      if (parsed !== null) names.add(parsed.name);
    }
  }
  return [...names].toSorted();
}

interface PreparedFacts extends Pick<BuiltState, "sessions" | "symbols"> {
  readonly objects: readonly PreparedObject[];
}

async function prepareFacts(
  request: PlanRequest,
  context: MergeContext,
  partitions: Partitions,
): Promise<PreparedFacts> {
  const { database, before, versions, calendar } = request;
  const { metadata, folder } = context;
  const unfinished = Object.keys(before.pending);
  const objects: PreparedObject[] = [];
  const add = async (
    key: string,
    expected: string | null,
    write: (target: { file: string; metadata: ParquetMetadata }) => Promise<number>,
  ): Promise<void> => {
    const file = path.join(folder, path.basename(key));
    const rows = await write({ file, metadata });
    objects.push({ key, file, rows, sha256: await fileDigest(file), expected });
  };
  const companies = await readCompanies(request.lake);
  const symbols = symbolsDigest(companies);
  const always =
    request.anew || before.objects[symbolsKey] === undefined || before.symbols !== symbols;
  if (always || partitions.objects.length > 0 || unfinished.includes(symbolsKey)) {
    await add(symbolsKey, versions.symbols, (target) =>
      writeSymbols(database, { ...partitions, companies }, target),
    );
  }
  const years = yearsOf(partitions.series);
  const sessions = years === null ? null : sessionsDigest(years, calendar);
  const stale = request.anew || before.sessions !== sessions || unfinished.includes(sessionsKey);
  if (years !== null && stale) {
    await add(sessionsKey, versions.sessions, (target) =>
      writeSessions(database, { years, calendar }, target),
    );
  }
  return { objects, sessions, symbols };
}

const wholeTables: ReadonlySet<string> = new Set([symbolsKey, sessionsKey, badLinesKey]);

/** Objects of silver's that a build from the ledger alone does not give. */
async function leftovers(
  lake: Lake,
  objects: readonly PreparedObject[],
): Promise<readonly string[]> {
  const made = new Set(objects.map((object) => object.key));
  const removed: string[] = [];
  for await (const { key } of lake.list(silverPrefix)) {
    const ours = parsePartitionKey(key) !== null || wholeTables.has(key);
    if (ours && !made.has(key)) removed.push(key);
  }
  return removed;
}
