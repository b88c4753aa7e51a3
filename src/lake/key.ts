import { EgxError } from "../base/errors.ts";

const keyPattern =
  /^[A-Za-z0-9_=][A-Za-z0-9._=-]{0,254}(?:\/[A-Za-z0-9_=][A-Za-z0-9._=-]{0,254})*$/;
const segmentPattern = /^[A-Za-z0-9_=][A-Za-z0-9._=-]{0,254}$/;
const keyBytesMax = 900;

/**
 * The key itself when it is plain: segments of `[A-Za-z0-9._=-]` that begin with neither a dot
 * nor a dash, so that no key can leave its prefix or meet a temporary file.
 * @throws E_LAKE_KEY
 */
export function checkKey(key: string): string {
  if (!keyPattern.test(key) || key.length > keyBytesMax) {
    throw new EgxError("E_LAKE_KEY", `"${key.slice(0, 200)}" is not a plain object key`);
  }
  return key;
}

/**
 * The prefix itself when a plain key can begin with it; the empty prefix is one.
 * @throws E_LAKE_KEY
 */
export function checkPrefix(prefix: string): string {
  const plain = keyPattern.test(prefix) || keyPattern.test(`${prefix}0`) || prefix === "";
  if (!plain || prefix.length > keyBytesMax) {
    throw new EgxError("E_LAKE_KEY", `no plain object key begins with "${prefix.slice(0, 200)}"`);
  }
  return prefix;
}

/** Whether `name` can stand between two slashes of a key. */
export function isKeySegment(name: string): boolean {
  return segmentPattern.test(name);
}
