import { textOf, utf8 } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { loadingKey } from "./layout.ts";
import { objectsOf, type LoadEntry } from "./load-entry.ts";

const noteSchema = z.strictObject({ objects: z.array(z.string()) });

/**
 * Names the objects of a load before they are written, beside those of earlier tries. So what a
 * load leaves behind that never came to its entry is known, and is removed when it does.
 * @throws E_LAKE_CONFLICT when another process notes the same load at the same time.
 */
export async function noteLoading(
  lake: Lake,
  load: string,
  keys: readonly string[],
): Promise<void> {
  const key = loadingKey(load);
  const stored = await lake.get(key);
  const known = stored === null ? [] : parseNote(stored.body, key);
  const objects = [...new Set([...known, ...keys])].toSorted();
  const body = utf8(`${JSON.stringify({ objects })}\n`);
  const answer = await lake.replace(key, body, stored?.version ?? null);
  if (answer === "replaced") return;
  throw new EgxError("E_LAKE_CONFLICT", `another process works on load ${load}`);
}

/**
 * The objects that tries of a load wrote, or were about to write; none without a note.
 * @throws E_LEDGER_DAMAGED
 */
export async function readLoading(lake: Lake, load: string): Promise<readonly string[]> {
  const key = loadingKey(load);
  const stored = await lake.get(key);
  return stored === null ? [] : parseNote(stored.body, key);
}

/** Removes what tries of a load wrote and its entry does not name, then the note. */
export async function endLoading(lake: Lake, load: string, entry: LoadEntry): Promise<void> {
  const key = loadingKey(load);
  if ((await lake.head(key)) === null) return;
  const named = new Set(objectsOf(entry).map((object) => object.key));
  for (const object of await readLoading(lake, load)) {
    if (!named.has(object)) await lake.delete(object);
  }
  await lake.delete(key);
}

function parseNote(body: Uint8Array, key: string): readonly string[] {
  try {
    return noteSchema.parse(JSON.parse(textOf(body))).objects;
  } catch (error) {
    throw new EgxError("E_LEDGER_DAMAGED", `${key} is malformed`, { cause: error });
  }
}
