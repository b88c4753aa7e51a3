import { textOf } from "../base/bytes.ts";
import { EgxError, hasCode } from "../base/errors.ts";
import { forEachWithin, limitTo } from "../base/limit.ts";
import type { Lake } from "../lake/lake.ts";
import { readChain } from "../ledger/chain.ts";
import type { EntryObject, StoredEntry } from "../ledger/entry.ts";
import type { ChainId } from "../ledger/layout.ts";
import { readLines } from "../ledger/objects.ts";
import { parseStoredLine, type StoredBar } from "../market/stored-line.ts";
import type { ChainPosition } from "./built-state.ts";

/** A stored bar and the key of the object that holds it. */
export interface ObjectBar {
  readonly bar: StoredBar;
  readonly object: string;
}

/** A ledger entry whose objects are all there. */
export interface WholeEntry {
  readonly bars: readonly ObjectBar[];
  /** The chain's position once the entry is taken in. */
  readonly position: ChainPosition;
}

/**
 * The entries of a chain behind `from`, in order, with their bars. The last one is left out while
 * one of its objects is missing or not whole: its writer, or whoever takes over, will finish it.
 * @throws E_LAKE_OBJECT_MISSING and E_LAKE_OBJECT_DAMAGED, which name the object of an earlier
 *   entry; E_LEDGER_DAMAGED when the chain does not go on from `from`.
 */
export async function* wholeEntries(
  lake: Lake,
  chain: ChainId,
  from: ChainPosition | null,
): AsyncGenerator<WholeEntry> {
  let waiting: StoredEntry | null = null;
  for await (const next of readChain(lake, chain, from?.end ?? 0, from?.last ?? null)) {
    if (waiting !== null) {
      yield wholeEntry(chain, waiting, await readEntryBars(lake, waiting, next.entry.lost ?? []));
    }
    waiting = next;
  }
  if (waiting === null) return;
  const bars = await readLastEntry(lake, waiting);
  if (bars !== null) yield wholeEntry(chain, waiting, bars);
}

function wholeEntry(chain: ChainId, stored: StoredEntry, bars: readonly ObjectBar[]): WholeEntry {
  return {
    bars,
    position: {
      topic: chain.topic,
      log: chain.logId,
      partition: chain.partition,
      end: stored.entry.end,
      last: stored.sha256,
    },
  };
}

async function readLastEntry(
  lake: Lake,
  stored: StoredEntry,
): Promise<readonly ObjectBar[] | null> {
  try {
    return await readEntryBars(lake, stored, []);
  } catch (error) {
    if (hasCode(error, "E_LAKE_OBJECT_MISSING", "E_LAKE_OBJECT_DAMAGED")) return null;
    throw error;
  }
}

/** @param lost objects that the next entry gives up. */
async function readEntryBars(
  lake: Lake,
  { entry }: StoredEntry,
  lost: readonly string[],
): Promise<readonly ObjectBar[]> {
  const wanted = entry.objects.filter((object) => !lost.includes(object.key));
  const bars: ObjectBar[][] = wanted.map(() => []);
  await forEachWithin(limitTo(lake.concurrency), wanted.entries(), async ([index, object]) => {
    bars[index] = await readObjectBars(lake, object);
  });
  return bars.flat();
}

async function readObjectBars(lake: Lake, object: EntryObject): Promise<ObjectBar[]> {
  const lines = await readLines(lake, object);
  if (lines === null) {
    throw new EgxError(
      "E_LAKE_OBJECT_MISSING",
      `${object.key} is named by the ledger and missing`,
      {
        details: { key: object.key },
      },
    );
  }
  const texts = textOf(lines).split("\n");
  if (texts.at(-1) === "") texts.pop();
  if (texts.length !== object.records) {
    throw notOurs(object, `holds ${texts.length} lines, and its entry says ${object.records}`);
  }
  return texts.map((text) => {
    const bar = parseStoredLine(text);
    if (!bar.ok) throw notOurs(object, `holds a line that is no bar (${bar.code}: ${bar.reason})`);
    return { bar, object: object.key };
  });
}

function notOurs(object: EntryObject, text: string): EgxError {
  return new EgxError("E_LAKE_OBJECT_DAMAGED", `${object.key} ${text}`, {
    details: { key: object.key },
  });
}
