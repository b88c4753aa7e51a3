import type { Lake } from "../lake/lake.ts";
import { batchLedgerPrefix, loadEntryKey, parseLoadEntryKey } from "./layout.ts";
import { parseLoadEntry, type LoadEntry } from "./load-entry.ts";

/** A load as the ledger has it. */
export interface StoredLoad {
  /** The digest that names it. */
  readonly load: string;
  readonly entry: LoadEntry;
}

/** The names of all loads, in their order. */
export async function* listLoads(lake: Lake): AsyncGenerator<string> {
  for await (const { key } of lake.list(batchLedgerPrefix)) {
    const load = parseLoadEntryKey(key);
    if (load !== null) yield load;
  }
}

/**
 * A load's entry, or null when there is none.
 * @throws E_LEDGER_DAMAGED, E_LEDGER_FORMAT
 */
export async function readLoad(lake: Lake, load: string): Promise<LoadEntry | null> {
  const stored = await lake.get(loadEntryKey(load));
  return stored === null ? null : parseLoadEntry(stored.body, load);
}

/** All loads, in the order of their names. */
export async function* readLoads(lake: Lake): AsyncGenerator<StoredLoad> {
  for await (const load of listLoads(lake)) {
    const entry = await readLoad(lake, load);
    if (entry !== null) yield { load, entry };
  }
}
