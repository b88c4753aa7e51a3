import { sha256Hex, textOf, utf8 } from "../../../src/base/bytes.ts";
import { decompressByKey } from "../../../src/lake/compression.ts";
import type { Lake } from "../../../src/lake/lake.ts";
import { parseDeadDoneKey, parseDeadLetters } from "../../../src/ledger/dead-letters.ts";
import { parseDeadKey } from "../../../src/ledger/layout.ts";
import { parseStoredLine } from "../../../src/market/stored-line.ts";
import type { Acknowledged } from "./generator.ts";

/** What a lake holds, against what the log acknowledged. */
export interface LakeCheck {
  /** Acknowledged records that are nowhere. */
  readonly lost: readonly string[];
  /** Places that are stored more than once. */
  readonly doubled: readonly string[];
  /** Anything else that is not as it was sent, or not in order. */
  readonly problems: readonly string[];
}

interface Found {
  readonly digest: string | null;
  readonly kind: Acknowledged["becomes"];
}

/**
 * Reads every object and every dead letter of the lake, and nothing else: the ledger is not asked.
 * @param stillThere whether an acknowledged record has to be stored, or was given up by its name.
 */
export async function checkLake(
  lake: Lake,
  acknowledged: Iterable<Acknowledged>,
  stillThere: (record: Acknowledged) => boolean = () => true,
): Promise<LakeCheck> {
  const found = new Map<string, Found>();
  const doubled: string[] = [];
  const problems: string[] = [];
  const note = (place: string, what: Found): void => {
    if (found.has(place)) doubled.push(place);
    found.set(place, what);
  };
  await readStreaming(lake, note, problems);
  await readDeadLetters(lake, note);
  const lost: string[] = [];
  const lastOfSymbol = new Map<string, Acknowledged>();
  for (const record of acknowledged) {
    const stored = found.get(record.place);
    if (stored === undefined) {
      if (stillThere(record)) lost.push(record.place);
      continue;
    }
    if (stored.kind !== record.becomes) problems.push(`${record.place} is a ${stored.kind}`);
    else if (stored.digest !== record.digest) problems.push(`${record.place} was changed`);
    // Acknowledged in the order in which they were sent: so must the log's order be.
    const before = lastOfSymbol.get(record.symbol);
    if (before?.logId === record.logId && before.offset >= record.offset) {
      problems.push(`${record.place} of ${record.symbol} is out of order`);
    }
    lastOfSymbol.set(record.symbol, record);
  }
  return { lost, doubled, problems };
}

type Note = (place: string, found: Found) => void;

/** Lines in key order: within a symbol and day of a partition, offsets ascend from object to object. */
async function readStreaming(lake: Lake, note: Note, problems: string[]): Promise<void> {
  const lastOffsets = new Map<string, number>();
  for await (const { key } of lake.list("streaming/")) {
    const stored = await lake.get(key);
    if (stored === null) continue;
    const folder = key.slice(0, key.lastIndexOf("/"));
    for (const text of textOf(await decompressByKey(key, stored.body))
      .trimEnd()
      .split("\n")) {
      const line = parseStoredLine(text);
      if (!line.ok) {
        problems.push(`${key} holds a line that is none: ${line.reason}`);
        continue;
      }
      const { logId, partition, offset } = line.origin;
      note(`${logId}/${partition}/${offset}`, { digest: sha256Hex(utf8(line.line)), kind: "line" });
      const series = `${folder} ${logId} ${partition}`;
      if ((lastOffsets.get(series) ?? -1) >= offset) problems.push(`${key} is out of order`);
      lastOffsets.set(series, offset);
    }
  }
}

async function readDeadLetters(lake: Lake, note: Note): Promise<void> {
  for await (const { key } of lake.list("_dead/")) {
    const chain = parseDeadKey(key)?.chain;
    const stored = await lake.get(key);
    if (chain === undefined || parseDeadDoneKey(key) !== null || stored === null) continue;
    for (const { offset, value } of parseDeadLetters(stored.body)) {
      const digest = value === null ? null : sha256Hex(value);
      note(`${chain.logId}/${chain.partition}/${offset}`, { digest, kind: "dead letter" });
    }
  }
}
