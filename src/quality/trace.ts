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
import { batchRowsOf } from "../parquet/batch-object.ts";
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
  const prover = new Prover(lake, folder.path, asked.symbol);
  try {
    const revisions: TracedRevision[] = [];
    for (const row of rows) revisions.push(await tracedRevision(row, prover));
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

async function tracedRevision(row: RevisionRow, prover: Prover): Promise<TracedRevision> {
  const [interval, date, datetime, open, high, low, close, volume, final, ...rest] = row;
  const [source, adjusted, ingested, logId, partition, offset, object, counts, startMs] = rest;
  const proof =
    logId === null || partition === null || offset === null
      ? await prover.ofLoad(object, startMs)
      : await prover.ofRecord(object, { logId, partition, offset });
  const prices = { open, high, low, close, volume };
  const facts = { interval, date, datetime, ...prices, final, source, adjusted, ingested };
  return { ...facts, counts, proof };
}

/** What the ledger and the lake say of an object that holds revisions. */
interface ProvenObject extends Pick<Proof, "entry" | "digest"> {
  /** The lines of a streaming object. */
  readonly lines: readonly string[];
  /** The load whose object it is, and the rows of the symbol's bars in it by their start. */
  readonly load: string | null;
  readonly rows: ReadonlyMap<number, number>;
}

const unnamed: ProvenObject = {
  entry: null,
  digest: "named by no entry",
  lines: [],
  load: null,
  rows: new Map(),
};

/** Looks a symbol's records up where the ledger says that they are; each object is read once. */
class Prover {
  readonly #lake: Lake;
  readonly #folder: string;
  readonly #symbol: string;
  readonly #objects = new Map<string, ProvenObject>();
  /** The loads' objects, by their keys. */
  #loaded: ReadonlyMap<string, { readonly load: string; readonly sha256: string }> | null = null;
  #database: Database | null = null;

  constructor(lake: Lake, folder: string, symbol: string) {
    this.#lake = lake;
    this.#folder = folder;
    this.#symbol = symbol;
  }

  close(): void {
    this.#database?.close();
  }

  async ofRecord(
    object: string,
    origin: { readonly logId: string; readonly partition: number; readonly offset: number },
  ): Promise<Proof> {
    const found = this.#objects.get(object) ?? (await this.#streaming(object));
    this.#objects.set(object, found);
    const { entry, digest, load, lines } = found;
    const at = lines.findIndex((text) => isRecord(text, origin));
    const offset = `${origin.logId}/${origin.partition}:${origin.offset}`;
    const line = at === -1 ? null : at + 1;
    return { object, line, entry, offset, load, digest, text: lines[at] ?? null };
  }

  async ofLoad(object: string, startMs: number): Promise<Proof> {
    const found = this.#objects.get(object) ?? (await this.#batch(object));
    this.#objects.set(object, found);
    const { entry, digest, load, rows } = found;
    return {
      object,
      line: rows.get(startMs) ?? null,
      entry,
      offset: null,
      load,
      digest,
      text: null,
    };
  }

  async #streaming(object: string): Promise<ProvenObject> {
    const place = parseStreamingKey(object);
    const stored = place === null ? null : await readEntry(this.#lake, place.chain, place.first);
    const named = stored?.entry.objects.find(({ key }) => key === object);
    if (place === null || named === undefined) return unnamed;
    const entry = entryKey(place.chain, place.first);
    try {
      const lines = await readLines(this.#lake, named);
      if (lines === null) return { ...unnamed, entry, digest: "missing" };
      return { ...unnamed, entry, lines: textOf(lines).split("\n"), digest: "as written" };
    } catch (error) {
      if (!hasCode(error, "E_LAKE_OBJECT_DAMAGED")) throw error;
      return { ...unnamed, entry, digest: "damaged" };
    }
  }

  async #batch(object: string): Promise<ProvenObject> {
    this.#loaded ??= await loadedObjects(this.#lake);
    const named = this.#loaded.get(object);
    if (named === undefined) return unnamed;
    const { load, sha256 } = named;
    const found = { ...unnamed, load, entry: loadEntryKey(load) };
    const file = path.join(this.#folder, path.basename(object));
    const snapshot = await snapshotObject(this.#lake, object, file);
    if (snapshot === null) return { ...found, digest: "missing" };
    if ((await fileDigest(snapshot.path)) !== sha256) return { ...found, digest: "damaged" };
    this.#database ??= await Database.open({
      memoryBytes: 256 * 1024 * 1024,
      threads: 1,
      temporaryFolder: path.join(this.#folder, "spill"),
    });
    const rows = await batchRowsOf(this.#database, snapshot.path, this.#symbol);
    return { ...found, rows, digest: "as written" };
  }
}

async function loadedObjects(
  lake: Lake,
): Promise<ReadonlyMap<string, { readonly load: string; readonly sha256: string }>> {
  const loaded = new Map<string, { readonly load: string; readonly sha256: string }>();
  for await (const { load, entry } of readLoads(lake)) {
    for (const { key, sha256 } of entry.objects) loaded.set(key, { load, sha256 });
  }
  return loaded;
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
