import path from "node:path";
import { textOf } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { EgxError, hasCode } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { snapshotObject } from "../lake/object-file.ts";
import { readEntry } from "../ledger/chain.ts";
import { entryKey, loadEntryKey, parseStreamingKey } from "../ledger/layout.ts";
import { readLoads } from "../ledger/loads.ts";
import { readLines } from "../ledger/objects.ts";
import type { Interval } from "../market/interval.ts";
import { parseStoredLine } from "../market/stored-line.ts";
import { batchBars } from "../parquet/batch-object.ts";
import { Database } from "../parquet/duckdb.ts";
import { fileDigest, makeScratchFolder } from "../parquet/scratch-folder.ts";
import { openQuery, type Query } from "../silver/query.ts";
import { rowsOf } from "./silver-market.ts";

export interface TraceOptions {
  readonly lake: Lake;
  readonly scratchFolder: string;
  readonly clock: Clock;
}

/** Which bar is traced. */
export interface TraceAsked {
  readonly symbol: string;
  /** A Cairo date means all bars of it; an instant (epoch milliseconds) means one. */
  readonly at: { readonly date: string } | { readonly startMs: number };
  /** All intervals that have such a bar, when it is not given. */
  readonly interval?: Interval;
}

/** Where a revision lies, and whether what lies there is what was written. */
export interface Proof {
  readonly object: string;
  /** The line of a streaming object, the row of a load's object; from 1, null when not found. */
  readonly line: number | null;
  /** The ledger's entry that names the object; null when none does. */
  readonly entry: string | null;
  /** `9f3c21ab/3:12345`; null for a bar of a load. */
  readonly offset: string | null;
  /** The name of a load; null for a record of a log. */
  readonly load: string | null;
  /** Whether the object is the one that the entry names, by its digest. */
  readonly digest: "as written" | "damaged" | "missing" | "named by no entry";
  /** The line as it is stored; null for a bar of a load. */
  readonly text: string | null;
}

/** One stored record of a bar. */
export interface TracedRevision {
  readonly interval: string;
  readonly date: string;
  readonly datetime: string;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  readonly volume: number | null;
  readonly final: boolean;
  readonly source: string;
  readonly adjusted: string;
  readonly ingested: string;
  /** Whether it is the one that `bars` has. */
  readonly counts: boolean;
  readonly proof: Proof;
}

const price = z.number().nullable();
const revisionRow = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  price,
  price,
  price,
  z.number(),
  price,
  z.boolean(),
  z.string(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.number().nullable(),
  z.number().nullable(),
  z.string(),
  z.boolean(),
  z.number(),
]);
type RevisionRow = z.output<typeof revisionRow>;

/** Names one stored record, with its offset; a bar of a load has none, and is in an object once. */
const identity = '"interval", exchange, symbol, source, adjusted, datetime, object';
const offsetOrNone = "coalesce(log_offset, -1) AS offset_or_none";

/**
 * All revisions of a bar in the order in which they were received, each with its way back to the
 * record that it came from, held against the ledger.
 * @throws E_TRACE_NOTHING when silver has no such bar.
 */
export async function trace(
  options: TraceOptions,
  asked: TraceAsked,
): Promise<readonly TracedRevision[]> {
  const { lake, scratchFolder, clock } = options;
  await using query = await openQuery({ lake, scratchFolder, clock });
  const rows = await readRevisions(query, asked);
  if (rows.length === 0) throw await nothingThere(query, asked);
  await using folder = await makeScratchFolder(scratchFolder, "build");
  const prover = new Prover(lake, folder.path);
  try {
    const revisions: TracedRevision[] = [];
    for (const row of rows) revisions.push(await tracedRevision(row, asked.symbol, prover));
    return revisions;
  } finally {
    prover.close();
  }
}

function readRevisions(query: Query, asked: TraceAsked): Promise<readonly RevisionRow[]> {
  const { at, interval, symbol } = asked;
  const conditions = [`symbol = '${symbol}'`];
  if (interval !== undefined) conditions.push(`"interval" = '${interval.name}'`);
  conditions.push(
    "date" in at ? `date = '${at.date}'` : `datetime = make_timestamptz(${at.startMs} * 1000)`,
  );
  const where = conditions.join(" AND ");
  return rowsOf(
    query,
    `SELECT r."interval", r.date, r.datetime, r.open, r.high, r.low, r.close, r.volume, r.final, ` +
      "r.source, r.adjusted, r.ingestion_timestamp, r.log_id, r.log_partition, r.log_offset, " +
      "r.object, b.symbol IS NOT NULL, epoch_ms(r.datetime) " +
      `FROM (SELECT *, ${offsetOrNone} FROM bar_revisions WHERE ${where}) r ` +
      `LEFT JOIN (SELECT ${identity}, ${offsetOrNone} FROM bars WHERE ${where}) b ` +
      `USING (${identity}, offset_or_none) ` +
      'ORDER BY r.datetime, r."interval", r.ingestion_timestamp, r.log_offset NULLS LAST, r.object',
    revisionRow,
  );
}

async function tracedRevision(
  row: RevisionRow,
  symbol: string,
  prover: Prover,
): Promise<TracedRevision> {
  const [interval, date, datetime, open, high, low, close, volume, final, ...rest] = row;
  const [source, adjusted, ingested, logId, partition, offset, object, counts, startMs] = rest;
  const proof =
    logId === null || partition === null || offset === null
      ? await prover.ofLoad(object, { symbol, startMs })
      : await prover.ofRecord(object, { logId, partition, offset });
  const prices = { open, high, low, close, volume };
  const facts = { interval, date, datetime, ...prices, final, source, adjusted, ingested };
  return { ...facts, counts, proof };
}

/** Looks records up where the ledger says that they are; each object is read once in a row. */
class Prover {
  readonly #lake: Lake;
  readonly #folder: string;
  #database: Database | null = null;

  constructor(lake: Lake, folder: string) {
    this.#lake = lake;
    this.#folder = folder;
  }

  close(): void {
    this.#database?.close();
  }

  async ofRecord(
    object: string,
    origin: { readonly logId: string; readonly partition: number; readonly offset: number },
  ): Promise<Proof> {
    const offset = `${origin.logId}/${origin.partition}:${origin.offset}`;
    const unproven = { object, line: null, entry: null, offset, load: null, text: null };
    const place = parseStreamingKey(object);
    const stored = place === null ? null : await readEntry(this.#lake, place.chain, place.first);
    const named = stored?.entry.objects.find(({ key }) => key === object);
    if (place === null || named === undefined) return { ...unproven, digest: "named by no entry" };
    const entry = entryKey(place.chain, place.first);
    try {
      const lines = await readLines(this.#lake, named);
      if (lines === null) return { ...unproven, entry, digest: "missing" };
      const texts = textOf(lines).split("\n");
      const at = texts.findIndex((text) => isRecord(text, origin));
      const line = at === -1 ? null : at + 1;
      return { ...unproven, entry, line, text: texts[at] ?? null, digest: "as written" };
    } catch (error) {
      if (!hasCode(error, "E_LAKE_OBJECT_DAMAGED")) throw error;
      return { ...unproven, entry, digest: "damaged" };
    }
  }

  async ofLoad(
    object: string,
    bar: { readonly symbol: string; readonly startMs: number },
  ): Promise<Proof> {
    const unproven = { object, line: null, entry: null, offset: null, load: null, text: null };
    for await (const { load, entry } of readLoads(this.#lake)) {
      const named = entry.objects.find(({ key }) => key === object);
      if (named === undefined) continue;
      const found = { ...unproven, load, entry: loadEntryKey(load) };
      const file = path.join(this.#folder, path.basename(object));
      const snapshot = await snapshotObject(this.#lake, object, file);
      if (snapshot === null) return { ...found, digest: "missing" };
      if ((await fileDigest(snapshot.path)) !== named.sha256) {
        return { ...found, digest: "damaged" };
      }
      return { ...found, line: await this.#rowOf(snapshot.path, bar), digest: "as written" };
    }
    return { ...unproven, digest: "named by no entry" };
  }

  /** The row of a bar in a load's object, from 1. */
  async #rowOf(
    file: string,
    bar: { readonly symbol: string; readonly startMs: number },
  ): Promise<number | null> {
    this.#database ??= await Database.open({
      memoryBytes: 256 * 1024 * 1024,
      threads: 1,
      temporaryFolder: path.join(this.#folder, "spill"),
    });
    let rows = 0;
    for await (const bars of batchBars(this.#database, file)) {
      const at = bars.findIndex(
        ({ symbol, startMs }) => symbol === bar.symbol && startMs === bar.startMs,
      );
      if (at !== -1) return rows + at + 1;
      rows += bars.length;
    }
    return null;
  }
}

function isRecord(
  text: string,
  origin: { readonly logId: string; readonly partition: number; readonly offset: number },
): boolean {
  // Only the line that could be it is read as a whole.
  if (!text.endsWith(`"log_offset":${origin.offset}}`)) return false;
  const stored = parseStoredLine(text);
  return (
    stored.ok &&
    stored.origin.logId === origin.logId &&
    stored.origin.partition === origin.partition &&
    stored.origin.offset === origin.offset
  );
}

/** Says what there is instead. */
async function nothingThere(query: Query, asked: TraceAsked): Promise<EgxError> {
  const { symbol, interval } = asked;
  const ofInterval = interval === undefined ? "" : ` AND "interval" = '${interval.name}'`;
  const known = await rowsOf(
    query,
    'SELECT "interval", min(date), max(date) FROM bars ' +
      `WHERE symbol = '${symbol}'${ofInterval} GROUP BY ALL ORDER BY ALL`,
    z.tuple([z.string(), z.string(), z.string()]),
  );
  const spans = known.map(([name, first, last]) => `${name} bars from ${first} to ${last}`);
  return new EgxError("E_TRACE_NOTHING", `silver has no such bar of ${symbol}`, {
    hint:
      spans.length === 0
        ? `Silver has no bars of ${symbol} at all; see egx symbols.`
        : `It has ${spans.join(", ")}.`,
  });
}
