import { readFile } from "node:fs/promises";
import { sha256Hex } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import { forEachWithin, limitTo } from "../base/limit.ts";
import type { Lake } from "../lake/lake.ts";
import { type BuiltState, encodeState, type ObjectFacts, type StoredState } from "./built-state.ts";
import type { PreparedObject } from "./partition-merge.ts";
import { builtKey, parsePartitionKey } from "./silver-keys.ts";

/** Objects of some megabytes each that are held in memory to be put. */
const putsAtOnce = 4;

/** What a build is about to make true. */
export interface Publication {
  /** The state as it will be; its `objects` are those that stay as they are. */
  readonly next: BuiltState;
  /** The state that the build began from. */
  readonly before: BuiltState;
  readonly stored: StoredState;
  readonly objects: readonly PreparedObject[];
  /** Keys that silver will not hold any more. */
  readonly removed: readonly string[];
}

/**
 * Replaces silver's objects: first the state that names the new ones as pending, then the
 * revisions, the bars and the rest, then the state that names them as done. Each put is refused
 * when another build was there first.
 * @throws E_SILVER_BUSY then; the build begins again from what that one wrote.
 */
export async function publish(
  lake: Lake,
  publication: Publication,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { next, before, stored, objects, removed } = publication;
  const prepared = Object.fromEntries(objects.map((object) => [object.key, factsOf(object)]));
  let { version } = stored;
  if (objects.length > 0) {
    const present = await settled(lake, before);
    const pending = { ...before.pending, ...prepared };
    version = await putState(lake, { ...before, objects: present, pending }, version);
    await putAll(lake, objects.filter(isRevisions), signal);
    await putAll(
      lake,
      objects.filter((object) => !isRevisions(object)),
      signal,
    );
  }
  for (const key of removed) await lake.delete(key);
  await putState(
    lake,
    { ...next, objects: { ...next.objects, ...prepared }, pending: {} },
    version,
  );
}

async function putAll(
  lake: Lake,
  objects: readonly PreparedObject[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await forEachWithin(limitTo(putsAtOnce), objects, async (object) => {
    signal?.throwIfAborted();
    const answer = await lake.replace(object.key, await readFile(object.file), object.expected);
    if (answer === "changed") throw busy(object.key);
  });
}

/** Replaces the state; gives its new version. */
async function putState(lake: Lake, state: BuiltState, expected: string | null): Promise<string> {
  const body = encodeState(state);
  const answer = await lake.replace(builtKey, body, expected);
  const stored = answer === "replaced" ? await lake.get(builtKey) : null;
  // Another build may have replaced it again before it was looked at.
  if (stored === null || Buffer.compare(stored.body, body) !== 0) throw busy(builtKey);
  return stored.version;
}

/**
 * The objects as they are: those that a broken build left behind are looked at, so that the state
 * goes on naming what is there while the next one is under way.
 */
async function settled(lake: Lake, state: BuiltState): Promise<Record<string, ObjectFacts>> {
  const objects: Record<string, ObjectFacts> = { ...state.objects };
  for (const [key, pending] of Object.entries(state.pending)) {
    const stored = await lake.get(key);
    if (stored !== null && sha256Hex(stored.body) === pending.sha256) objects[key] = pending;
  }
  return objects;
}

function isRevisions(object: PreparedObject): boolean {
  return parsePartitionKey(object.key)?.table === "bar_revisions";
}

function factsOf(object: PreparedObject): ObjectFacts {
  return { sha256: object.sha256, rows: object.rows };
}

function busy(key: string): EgxError {
  return new EgxError("E_SILVER_BUSY", `${key} was replaced by another build meanwhile`, {
    details: { key },
  });
}
