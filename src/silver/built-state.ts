import { sha256Hex, textOf, utf8 } from "../base/bytes.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import type { ChainId } from "../ledger/layout.ts";
import { builtKey } from "./silver-keys.ts";
import { defaultSourceRank, type Series, type SourceRank } from "./source-rank.ts";

/** Raised when the same ledger gives other rows: silver of another format is built anew. */
export const silverFormat = 2;

/** How far a chain is taken in. */
export interface ChainPosition {
  readonly topic: string;
  readonly log: string;
  readonly partition: number;
  /** The next offset to take in; the end of the last entry. */
  readonly end: number;
  /** SHA-256 of that entry. */
  readonly last: string;
}

export interface ObjectFacts {
  readonly sha256: string;
  readonly rows: number;
}

/** A series as one partition holds it. */
export interface PartitionSeries extends Series {
  /** Of its newest bar. */
  readonly currency: string;
  /** Cairo dates of its first and last bar, `2025-11-24`. */
  readonly first: string;
  readonly last: string;
}

/**
 * What silver was built from and what it consists of, in one small object that is written before
 * the others are replaced (with `pending`) and after (without). Whatever happens in between, each
 * object is one that `objects` or `pending` names, and the next build takes in the same entries
 * again, which changes nothing but what is missing.
 */
export interface BuiltState {
  readonly format: number;
  readonly rank: SourceRank;
  readonly streaming: readonly ChainPosition[];
  /** Digests of the batch loads that are taken in. */
  readonly loads: readonly string[];
  /** Every silver object, by its key. */
  readonly objects: Readonly<Record<string, ObjectFacts>>;
  /** The objects that a build is about to write, or was when it broke off. */
  readonly pending: Readonly<Record<string, ObjectFacts>>;
  /** What `sessions.parquet` was made of: SHA-256 of the years and the calendar; null before. */
  readonly sessions: string | null;
  /** What `symbols.parquet` was made of beside the bars: SHA-256 of the facts; null before. */
  readonly symbols: string | null;
  /** The series of every partition of `bar_revisions`, by the partition's name. */
  readonly series: Readonly<Record<string, readonly PartitionSeries[]>>;
}

/** The state before the first build. */
export const unbuiltState: BuiltState = {
  format: silverFormat,
  rank: defaultSourceRank,
  streaming: [],
  loads: [],
  objects: {},
  pending: {},
  sessions: null,
  symbols: null,
  series: {},
};

/** The state and the version it was read at; null when there is none, or none that can be read. */
export interface StoredState {
  readonly state: BuiltState | null;
  readonly version: string | null;
}

const checkField = ',"check":"';
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const objectFacts = z.object({ sha256: digest, rows: z.number().int().min(0) });
/** exchange, symbol, source, adjusted, currency, bars, first, last. */
export const seriesRow = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.number(),
  z.string(),
  z.string(),
]);
const stateSchema = z.object({
  check: digest,
  format: z.literal(silverFormat),
  rank: z.object({
    sources: z.array(z.array(z.string())),
    adjusted: z.array(z.enum(["none", "splits", "dividends"])),
  }),
  streaming: z.array(
    z.object({
      topic: z.string(),
      log: z.string(),
      partition: z.number().int().min(0),
      end: z.number().int().min(1),
      last: digest,
    }),
  ),
  loads: z.array(digest),
  objects: z.record(z.string(), objectFacts),
  pending: z.record(z.string(), objectFacts),
  sessions: digest.nullable(),
  symbols: digest.nullable().default(null),
  series: z.record(z.string(), z.array(seriesRow)),
});

/** Reads the state. One that cannot be read, or is of another format, counts as none. */
export async function readState(lake: Lake): Promise<StoredState> {
  const stored = await lake.get(builtKey);
  if (stored === null) return { state: null, version: null };
  return { state: parseState(stored.body), version: stored.version };
}

function parseState(body: Uint8Array): BuiltState | null {
  let text: string;
  let value: unknown;
  try {
    text = textOf(body);
    value = JSON.parse(text);
  } catch {
    // Cut short or not ours: silver is built anew from the ledger, which is the truth.
    return null;
  }
  const parsed = stateSchema.safeParse(value);
  if (!parsed.success || parsed.data.check !== checkOf(text)) return null;
  const series: Record<string, PartitionSeries[]> = {};
  for (const [name, rows] of Object.entries(parsed.data.series)) {
    series[name] = rows.map(
      ([exchange, symbol, source, adjusted, currency, bars, first, last]) => ({
        exchange,
        symbol,
        source,
        adjusted,
        currency,
        bars,
        first,
        last,
      }),
    );
  }
  return { ...parsed.data, series };
}

/** The state's bytes: the same state gives the same bytes. */
export function encodeState(state: BuiltState): Uint8Array {
  const series = Object.entries(sorted(state.series)).map(([name, rows]): [string, unknown] => [
    name,
    rows.map((row) => [
      row.exchange,
      row.symbol,
      row.source,
      row.adjusted,
      row.currency,
      row.bars,
      row.first,
      row.last,
    ]),
  ]);
  const value = {
    format: state.format,
    rank: state.rank,
    streaming: state.streaming,
    loads: state.loads,
    objects: sorted(state.objects),
    pending: sorted(state.pending),
    sessions: state.sessions,
    symbols: state.symbols,
    series: Object.fromEntries<unknown>(series),
  };
  const unsealed = JSON.stringify(value).slice(0, -1);
  return utf8(`${unsealed}${checkField}${sha256Hex(unsealed)}"}\n`);
}

/** SHA-256 of the text before the last field, so that one changed byte shows. */
function checkOf(text: string): string {
  return sha256Hex(text.slice(0, Math.max(0, text.lastIndexOf(checkField))));
}

/** Where a chain was taken in to, or null when it was not begun. */
export function positionOf(state: BuiltState, chain: ChainId): ChainPosition | null {
  const found = state.streaming.find(
    (position) =>
      position.topic === chain.topic &&
      position.log === chain.logId &&
      position.partition === chain.partition,
  );
  return found ?? null;
}

/**
 * What `egx_position` in the Parquet metadata holds: JSON of the ledger position. Loads only grow
 * in number, so there they are a count and the digest of their names.
 */
export function positionText({
  streaming,
  loads,
}: Pick<BuiltState, "streaming" | "loads">): string {
  const names = sha256Hex(loads.join("\n"));
  return JSON.stringify({ streaming, loads: { count: loads.length, names } });
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}
