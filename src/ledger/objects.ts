import { sha256Hex } from "../base/bytes.ts";
import { EgxError, hasCode } from "../base/errors.ts";
import { compressionOf, decompressByKey } from "../lake/compression.ts";
import type { Lake } from "../lake/lake.ts";
import type { EntryObject } from "./entry.ts";

export type ObjectState =
  /** There, with the right digest. */
  | "whole"
  | "missing"
  /** There, with other content. */
  | "wrong";

/**
 * Holds an object against its entry. Where the store keeps digests as metadata, or with `fast`,
 * its content is not read.
 */
export async function objectState(
  lake: Lake,
  object: EntryObject,
  options: { readonly fast?: boolean; readonly readContent?: boolean } = {},
): Promise<ObjectState> {
  const info = await lake.head(object.key);
  if (info === null) return "missing";
  const uncompressed = compressionOf(object.key) === "none";
  if (uncompressed && info.bytes !== object.bytes) return "wrong";
  if (info.sha256 !== null && info.sha256 !== object.sha256) return "wrong";
  const settled = options.readContent === true ? false : info.sha256 !== null;
  if (settled || options.fast === true) return "whole";
  try {
    return (await readLines(lake, object)) === null ? "missing" : "whole";
  } catch (error) {
    if (hasCode(error, "E_LAKE_OBJECT_DAMAGED")) return "wrong";
    throw error;
  }
}

/**
 * The lines of an object, held against its entry; null when there is no such object.
 * @throws E_LAKE_OBJECT_DAMAGED when they are not what the entry names.
 */
export async function readLines(lake: Lake, object: EntryObject): Promise<Uint8Array | null> {
  const stored = await lake.get(object.key);
  if (stored === null) return null;
  const lines = await decompressByKey(object.key, stored.body);
  if (lines.length !== object.bytes || sha256Hex(lines) !== object.sha256) {
    throw new EgxError("E_LAKE_OBJECT_DAMAGED", `${object.key} is not what its entry names`, {
      details: { key: object.key },
    });
  }
  return lines;
}
