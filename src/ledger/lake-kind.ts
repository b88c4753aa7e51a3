import { utf8 } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import { lakeKindKey, probeKey } from "./layout.ts";

/** Whether a lake holds the exchange's bars or simulated ones; never both. */
export type LakeKind = "real" | "simulated";

const kinds: readonly LakeKind[] = ["real", "simulated"];
const probeBody = utf8("egx-pipeline\n");

/** The bytes of `_ledger/lake.json`. */
export function encodeLakeKind(kind: LakeKind): Uint8Array {
  return utf8(`{"kind":"${kind}"}\n`);
}

/** The kind that the lake was created with; null before anything was written. */
export async function readLakeKind(lake: Lake): Promise<LakeKind | null> {
  const stored = await lake.get(lakeKindKey);
  if (stored === null) return null;
  const kind = kinds.find((known) => Buffer.compare(stored.body, encodeLakeKind(known)) === 0);
  if (kind !== undefined) return kind;
  throw new EgxError("E_LEDGER_DAMAGED", `${lakeKindKey} is not of a known form`, {
    details: { key: lakeKindKey },
  });
}

/**
 * Makes a new lake one of `wanted` kind, and tells which kind the lake is of: the one that was
 * there first wins. Idempotent; any number of processes may call it at once.
 */
export async function settleLakeKind(lake: Lake, wanted: LakeKind): Promise<LakeKind> {
  const known = await readLakeKind(lake);
  if (known !== null) return known;
  await lake.create(lakeKindKey, encodeLakeKind(wanted));
  return (await readLakeKind(lake)) ?? wanted;
}

/**
 * Like {@link settleLakeKind}, for those who cannot work with the other kind.
 * @throws E_LAKE_KIND
 */
export async function ensureLakeKind(lake: Lake, wanted: LakeKind): Promise<void> {
  const kind = await settleLakeKind(lake, wanted);
  if (kind === wanted) return;
  throw new EgxError("E_LAKE_KIND", `the lake ${lake.url} holds ${kind} bars, not ${wanted} ones`);
}

/**
 * Proves that the store refuses to create an object twice: the whole protocol rests on it.
 * @throws E_LAKE_NOT_EXCLUSIVE
 */
export async function probeExclusiveCreate(lake: Lake): Promise<void> {
  await lake.create(probeKey, probeBody);
  if ((await lake.create(probeKey, probeBody)) === "exists") return;
  throw new EgxError("E_LAKE_NOT_EXCLUSIVE", `${lake.url} created ${probeKey} twice`);
}

/** Whether the probe object is as {@link probeExclusiveCreate} left it, or not there yet. */
export async function probeIsWhole(lake: Lake): Promise<boolean> {
  const stored = await lake.get(probeKey);
  return stored === null || Buffer.compare(stored.body, probeBody) === 0;
}
