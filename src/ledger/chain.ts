import { EgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import { parseEntry, type StoredEntry } from "./entry.ts";
import {
  chainPrefix,
  entryKey,
  padOffset,
  parseEntryKey,
  streamingLedgerPrefix,
  type ChainId,
} from "./layout.ts";

export interface ChainEnd {
  /** The next offset that has no entry; 0 for a chain not begun. */
  readonly end: number;
  readonly last: StoredEntry | null;
}

/**
 * Finds the end of a chain: bisecting LIST, then GET of the next entry until there is none, so
 * that a listing that lags behind does no harm.
 * @param likelyEnd an offset near which the chain may end, such as the log's end; only a hint.
 */
export async function findChainEnd(
  lake: Lake,
  chain: ChainId,
  likelyEnd: number,
): Promise<ChainEnd> {
  let last: StoredEntry | null = null;
  let bound = Math.max(likelyEnd, 1);
  // An entry at or behind the bound moves the bound; what lies before the last found is settled.
  for (;;) {
    const start = await firstStartFrom(lake, chain, bound);
    if (start === null) break;
    last = await requireEntry(lake, chain, start);
    bound = Math.max(bound * 2, last.entry.end);
  }
  let known = last?.entry.end ?? 0;
  while (known < bound) {
    const middle = known + Math.floor((bound - known) / 2);
    const start = await firstStartFrom(lake, chain, middle);
    if (start === null) {
      bound = middle;
    } else {
      last = await requireEntry(lake, chain, start);
      known = last.entry.end;
      bound = Math.max(bound, known);
    }
  }
  for (;;) {
    const next = await readEntry(lake, chain, last?.entry.end ?? 0);
    if (next === null) return { end: last?.entry.end ?? 0, last };
    last = next;
  }
}

/** The entry that begins at `start`, or null when there is none. */
export async function readEntry(
  lake: Lake,
  chain: ChainId,
  start: number,
): Promise<StoredEntry | null> {
  const stored = await lake.get(entryKey(chain, start));
  return stored === null ? null : parseEntry(stored.body, chain, start);
}

/**
 * The entries of a chain from `start` on, in order, each held against the one before.
 * @param previous the SHA-256 of the entry that ends at `start`; null at 0.
 * @throws E_LEDGER_DAMAGED where the chain is broken.
 */
export async function* readChain(
  lake: Lake,
  chain: ChainId,
  start = 0,
  previous: string | null = null,
): AsyncGenerator<StoredEntry> {
  let position = start;
  let link = previous;
  for (;;) {
    const stored = await readEntry(lake, chain, position);
    if (stored === null) return;
    if (stored.entry.prev !== link) {
      throw new EgxError(
        "E_LEDGER_DAMAGED",
        `entry ${position} of ${chain.topic}/${chain.partition} does not follow the one before it`,
        { details: { key: entryKey(chain, position) } },
      );
    }
    yield stored;
    position = stored.entry.end;
    link = stored.sha256;
  }
}

/** All chains of the lake, in key order, found without reading through them. */
export async function* listChains(lake: Lake): AsyncGenerator<ChainId> {
  let after: string | undefined;
  for (;;) {
    const key = await firstKey(lake, streamingLedgerPrefix, after);
    if (key === null) return;
    const parsed = parseEntryKey(key);
    if (parsed === null) {
      after = key;
      continue;
    }
    yield parsed.chain;
    after = `${chainPrefix(parsed.chain)}~`;
  }
}

async function requireEntry(lake: Lake, chain: ChainId, start: number): Promise<StoredEntry> {
  const stored = await readEntry(lake, chain, start);
  if (stored !== null) return stored;
  throw new EgxError(
    "E_LEDGER_DAMAGED",
    `entry ${start} of ${chain.topic} was listed and is gone`,
    {
      details: { key: entryKey(chain, start) },
    },
  );
}

/** The start of the chain's first entry that begins at or behind `offset`. */
async function firstStartFrom(lake: Lake, chain: ChainId, offset: number): Promise<number | null> {
  const prefix = chainPrefix(chain);
  const after = offset === 0 ? prefix : `${prefix}${padOffset(offset - 1)}.json`;
  const key = await firstKey(lake, prefix, after);
  return key === null ? null : (parseEntryKey(key)?.start ?? null);
}

async function firstKey(
  lake: Lake,
  prefix: string,
  after: string | undefined,
): Promise<string | null> {
  for await (const { key } of lake.list(prefix, after === undefined ? {} : { after })) return key;
  return null;
}
