import { textOf, utf8 } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import type { StoredEntry } from "./entry.ts";
import { finishedKey, type ChainId } from "./layout.ts";

/** All objects of the chain up to the entry that ends at `end` have been in place. */
export interface Finished {
  readonly end: number;
  /** SHA-256 of that entry. */
  readonly entry: string;
}

const finishedSchema = z.strictObject({
  end: z.number().int().min(1),
  entry: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Notes, at an orderly stop, that the chain's last entry is complete. A note that is out of date
 * or absent only means that less can be said.
 */
export async function noteFinished(lake: Lake, chain: ChainId, last: StoredEntry): Promise<void> {
  const note: Finished = { end: last.entry.end, entry: last.sha256 };
  await lake.put(finishedKey(chain), utf8(`${JSON.stringify(note)}\n`));
}

/** @throws E_LEDGER_DAMAGED */
export async function readFinished(lake: Lake, chain: ChainId): Promise<Finished | null> {
  const key = finishedKey(chain);
  const stored = await lake.get(key);
  if (stored === null) return null;
  try {
    const text = textOf(stored.body);
    const note = finishedSchema.parse(JSON.parse(text));
    if (text === `${JSON.stringify(note)}\n`) return note;
  } catch (error) {
    throw new EgxError("E_LEDGER_DAMAGED", `${key} is malformed`, { cause: error });
  }
  throw new EgxError("E_LEDGER_DAMAGED", `${key} is malformed`);
}
